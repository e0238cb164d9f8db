/** The one table of who may do what. A route declares its permission, and the use case asks again with the model. */
import { type ErrorCode, RegistryError } from "#lib/errors.ts";
import { type Actor, ROLES, type Role, type Scope } from "./actor.ts";
import { visibleModels } from "./visible-models.ts";

type Rule = {
  /** `model`: the use case asks again with the model's name. */
  resource: "model" | "registry";
  /** The least role that may. */
  role: Role;
  /** Which scope a token needs, if it has any; `admin` contains all of them. */
  scope: Scope;
  /** What is answered about a model that the actor may not see: as if there were none. */
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

/** What of a context is needed to decide. */
type Acting = { actor: Actor };

/**
 * Throws `unauthenticated` for somebody who has not signed in, `forbidden` for whoever lacks the role or the scope, and
 * the rule's `hidden` when the actor may not see the model named.
 */
export function assertMay({ actor }: Acting, permission: Permission, modelName?: string): void {
  const rule: Rule = PERMISSIONS[permission];
  if (actor.role === null)
    throw new RegistryError("unauthenticated", `Sign in to do this (${permission}).`);
  if (ROLES.indexOf(actor.role) < ROLES.indexOf(rule.role))
    throw new RegistryError("forbidden", `This takes the role ${rule.role} (${permission}).`);
  if (!hasScope(actor, rule.scope))
    throw new RegistryError("forbidden", `This takes a token with the scope ${rule.scope}.`);
  if (modelName !== undefined && !visibleModels(actor).has(modelName))
    throw new RegistryError(rule.hidden, `There is no model named ${modelName}.`);
}

/** Whether a page offers it. */
export function may(acting: Acting, permission: Permission, modelName?: string): boolean {
  try {
    assertMay(acting, permission, modelName);
    return true;
  } catch {
    return false;
  }
}

function hasScope({ scopes }: Actor, scope: Scope): boolean {
  return scopes === null || scopes.includes(scope) || scopes.includes("admin");
}
