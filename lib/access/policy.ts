/** The one table of who may do what. A route declares its permission, and the use case asks again with the model. */
import { type ErrorCode, RegistryError } from "#lib/errors.ts";
import { type Actor, ROLES, type Role, type Scope } from "./actor.ts";
import { visibleModels } from "./visible-models.ts";

type Rule = {
  /** With `model` the use case asks again, with the model that it has found. */
  resource: "model" | "registry";
  /** The least role that may. */
  role: Role;
  /** The scope that a token needs, if there is one; `admin` contains all of them. */
  scope: Scope;
  /** The error for a model that the actor may not see: the same as if there were none. */
  hidden: ErrorCode;
};

const model = { resource: "model", hidden: "model_not_found" } as const;
const registry = { resource: "registry", hidden: "not_found" } as const;

export const PERMISSIONS = {
  "model.read": { ...model, role: "reader", scope: "models:read" },
  "version.register": { ...model, role: "contributor", scope: "models:write" },
  "model.write": { ...model, role: "contributor", scope: "models:write" },
  "version.promote": { ...model, role: "contributor", scope: "models:write" },
  "model.delete": { ...model, role: "maintainer", scope: "models:write" },
  "event.read": { ...registry, role: "reader", scope: "models:read" },
  "statistics.read": { ...registry, role: "reader", scope: "models:read" },
  "audit.read": { ...registry, role: "maintainer", scope: "admin" },
  "alert.read": { ...registry, role: "maintainer", scope: "admin" },
  "storage.read": { ...registry, role: "maintainer", scope: "admin" },
  "operation.read": { ...registry, role: "maintainer", scope: "admin" },
  "operation.manage": { ...registry, role: "administrator", scope: "admin" },
  "storage.maintain": { ...registry, role: "administrator", scope: "admin" },
} as const satisfies Record<string, Rule>;

export type Permission = keyof typeof PERMISSIONS;
/** Permissions that the use case asks again with the model. */
export type ModelPermission = {
  [P in Permission]: (typeof PERMISSIONS)[P]["resource"] extends "model" ? P : never;
}[Permission];

/** The part of a context that decides. */
type Acting = { actor: Actor };

/** Throws `unauthenticated` for somebody who has not signed in, and `forbidden` for whoever lacks the role or the scope. */
export function assertMay({ actor }: Acting, permission: Permission): void {
  const rule: Rule = PERMISSIONS[permission];
  if (actor.role === null)
    throw new RegistryError("unauthenticated", `Sign in to do this (${permission}).`);
  if (ROLES.indexOf(actor.role) < ROLES.indexOf(rule.role))
    throw new RegistryError("forbidden", `This takes the role ${rule.role} (${permission}).`);
  if (!hasScope(actor, rule.scope))
    throw new RegistryError("forbidden", `This takes a token with the scope ${rule.scope}.`);
}

/**
 * Asks again with the model that was found, or with null. A model that the actor may not see is refused by the same
 * error as one that does not exist. `asked` is the name by which the client called it.
 */
export function assertMayOn<M extends { name: string }>(
  { actor }: Acting,
  permission: ModelPermission,
  model: M | null,
  asked: string,
): asserts model is M {
  assertMay({ actor }, permission);
  if (model !== null && visibleModels(actor).has(model.name)) return;
  throw new RegistryError(PERMISSIONS[permission].hidden, `There is no model named ${asked}.`);
}

/**
 * Asks for a name under which a model may come to be. Throws `forbidden` where the actor could not see it afterwards.
 */
export function assertMayName({ actor }: Acting, permission: ModelPermission, name: string): void {
  assertMay({ actor }, permission);
  if (visibleModels(actor).has(name)) return;
  throw new RegistryError(
    "forbidden",
    `You may not give a model the name ${name} (${permission}).`,
  );
}

/** Whether a page offers it. */
export function may(acting: Acting, permission: Permission): boolean {
  try {
    assertMay(acting, permission);
    return true;
  } catch {
    return false;
  }
}

function hasScope({ scopes }: Actor, scope: Scope): boolean {
  return scopes === null || scopes.includes(scope) || scopes.includes("admin");
}
