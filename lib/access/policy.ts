/** The one table of who may do what. A route declares its permission, and the use case asks again with the model. */
import { type ErrorCode, RegistryError } from "#lib/errors.ts";
import { type Actor, LEVELS, type Level, ROLES, type Role, type Scope, SYSTEM } from "./actor.ts";
import type { Acting, Refusal } from "./refusals.ts";
import { type SeenModel, visibleModels } from "./visible-models.ts";

type Rule = {
  /** With `model` the use case asks again, with the model that it has found. */
  resource: "model" | "registry";
  /** The least role that may. */
  role: Role;
  /** The least grant on the model by which a lower role may as well; null for what no model is asked about. */
  level: Level | null;
  /** The scope that a token needs, if there is one; `admin` contains all of them. null: any token may. */
  scope: Scope | null;
  /**
   * A service account whose token names the scope may, whatever its role: administrators alone make such tokens
   * (lib/accounts/tokens.ts).
   */
  byServiceToken?: boolean;
  /** It concerns the registry as a whole, accounts and storage: a token that is confined to models may not. */
  unconfined?: boolean;
  /** Programs may not: one may be that of whoever asks. */
  byPeople?: boolean;
  /** The error for a model that the actor may not see: the same as if there were none. */
  hidden: ErrorCode;
};

const model = { resource: "model", hidden: "model_not_found" } as const;
const registry = { resource: "registry", hidden: "not_found", level: null } as const;
const whole = { ...registry, unconfined: true } as const;

export const PERMISSIONS = {
  "model.read": { ...model, role: "reader", level: "read", scope: "models:read" },
  "version.register": { ...model, role: "contributor", level: "write", scope: "models:write" },
  "model.write": { ...model, role: "contributor", level: "write", scope: "models:write" },
  "version.promote": { ...model, role: "contributor", level: "write", scope: "models:write" },
  "model.delete": { ...model, role: "maintainer", level: "owner", scope: "models:write" },
  "move.decide": {
    ...model,
    role: "maintainer",
    level: "owner",
    scope: "models:write",
    byPeople: true,
  },
  // A token that is confined to models manages protections of these only.
  "protection.manage": { ...registry, role: "maintainer", scope: "admin" },
  // Who else may: visibility and grants of one model.
  "model.share": { ...model, role: "administrator", level: "owner", scope: "admin" },
  "load.write": { ...model, role: "contributor", level: "write", scope: "loads:write" },
  "cluster.read": { ...registry, role: "reader", scope: "models:read" },
  // Carries out loads, and says what is on the cluster.
  "cluster.agent": {
    ...whole,
    role: "administrator",
    scope: "cluster:agent",
    byServiceToken: true,
  },
  "event.read": { ...registry, role: "reader", scope: "models:read" },
  "statistics.read": { ...registry, role: "reader", scope: "models:read" },
  // One's own name and rights, which a client asks for with whatever token it has.
  "self.read": { ...registry, role: "reader", scope: null },
  // One's own tokens, sessions and password: a token of less than everything must not beget one of more.
  "self.manage": { ...whole, role: "reader", scope: "admin" },
  "audit.read": { ...registry, role: "maintainer", scope: "admin" },
  "alert.read": { ...registry, role: "maintainer", scope: "admin" },
  // Acknowledge, silence.
  "alert.manage": { ...registry, role: "maintainer", scope: "admin" },
  // Who is told of alerts, and by which addresses.
  "contact.manage": { ...whole, role: "administrator", scope: "admin" },
  // Of one's own models; those that hear of others are for administrators.
  "webhook.manage": { ...model, role: "administrator", level: "owner", scope: "admin" },
  // For Prometheus: the totals are those of private models too, and a token to read models is enough for who may know them.
  "metrics.read": { ...whole, role: "maintainer", scope: "models:read" },
  "monitoring.read": { ...whole, role: "maintainer", scope: "admin" },
  "storage.read": { ...whole, role: "maintainer", scope: "admin" },
  "operation.read": { ...registry, role: "maintainer", scope: "admin" },
  "operation.manage": { ...whole, role: "administrator", scope: "admin" },
  "backup.read": { ...whole, role: "maintainer", scope: "admin" },
  "backup.manage": { ...whole, role: "administrator", scope: "admin" },
  // Who the registry exchanges models with.
  "integration.manage": { ...whole, role: "administrator", scope: "admin" },
  "storage.maintain": { ...whole, role: "administrator", scope: "admin" },
  "account.manage": { ...whole, role: "administrator", scope: "admin" },
} as const satisfies Record<string, Rule>;

export type Permission = keyof typeof PERMISSIONS;
/** Permissions that the use case asks again with the model. */
export type ModelPermission = {
  [P in Permission]: (typeof PERMISSIONS)[P]["resource"] extends "model" ? P : never;
}[Permission];

type About = Pick<Refusal, "model" | "version">;

/**
 * Throws `unauthenticated` for somebody who has not signed in, and `forbidden` for whoever lacks the scope, has neither the
 * role nor a grant on any model that would do, is a program where people decide, or is confined to models where the whole
 * registry is concerned. The refusal is noted down, with what it is `about`.
 */
export function assertMay(acting: Acting, permission: Permission, about: About = {}): void {
  const rule: Rule = PERMISSIONS[permission];
  const { actor } = acting;
  const refusal = (code: ErrorCode, detail: string) => {
    acting.refused?.({ permission, code, ...about });
    return new RegistryError(code, detail);
  };
  if (actor.role === null) throw refusal("unauthenticated", `Sign in to do this (${permission}).`);
  const isEnough =
    hasRole(actor, rule.role) ||
    [...actor.grants.values()].some(isAtLeast(rule)) ||
    isByServiceToken(actor, rule);
  if (!isEnough) throw refusal("forbidden", `This takes the role ${rule.role} (${permission}).`);
  if (!hasScope(actor, rule.scope))
    throw refusal("forbidden", `This takes a token with the scope ${rule.scope}.`);
  if (rule.byPeople && actor.kind === "service" && actor.id !== SYSTEM.id)
    throw refusal("forbidden", "This is decided by people, not by programs.");
  if (rule.unconfined && actor.models !== null)
    throw refusal("forbidden", "This takes a token that is not confined to some models.");
}

/**
 * Asks again with the model that was found, or with null. A model that the actor may not see is refused by the same
 * error as one that does not exist. `asked` is the name by which the client called it.
 */
export function assertMayOn<M extends SeenModel>(
  acting: Acting,
  permission: ModelPermission,
  model: M | null,
  asked: string,
): asserts model is M {
  assertMay(acting, permission, { model: asked });
  const { actor } = acting;
  const rule: Rule = PERMISSIONS[permission];
  const note = (code: ErrorCode) => acting.refused?.({ permission, code, model: asked });
  if (model === null || !visibleModels(actor).has(model)) {
    // A model that does not exist is nobody's secret: only the hidden one was refused.
    if (model !== null) note(rule.hidden);
    throw new RegistryError(rule.hidden, `There is no model named ${asked}.`);
  }
  if (hasRole(actor, rule.role) || isAtLeast(rule)(actor.grants.get(model.name.toLowerCase())))
    return;
  note("forbidden");
  const { role, level } = rule;
  throw new RegistryError(
    "forbidden",
    `This takes the role ${role}, or the grant ${level} on ${model.name} (${permission}).`,
  );
}

/**
 * Asks for a name under which a model may come to be: a grant on another model does not help. Throws `forbidden`, also
 * where the actor could not see the model afterwards.
 */
export function assertMayName(acting: Acting, permission: ModelPermission, name: string): void {
  assertMay(acting, permission, { model: name });
  const { role }: Rule = PERMISSIONS[permission];
  if (!hasRole(acting.actor, role)) {
    acting.refused?.({ permission, code: "forbidden", model: name });
    throw new RegistryError("forbidden", `A new model takes the role ${role} (${permission}).`);
  }
  assertAdmitsName(acting, permission, name);
}

/**
 * Asks for the new name of a model that is there: whoever may rename it, but not to a name that the actor's token is not for.
 * Throws `forbidden`.
 */
export function assertAdmitsName(acting: Acting, permission: ModelPermission, name: string): void {
  if (visibleModels(acting.actor).admits(name)) return;
  throw nameRefused(acting, permission, name);
}

/**
 * Asks whether versions may be registered under a name, of the model that was found there or of a new one. A hidden
 * model's name is refused as one that the actor may not use: it cannot be free.
 */
export function assertMayRegister(acting: Acting, model: SeenModel | null, name: string): void {
  if (model === null) {
    assertMayName(acting, "version.register", name);
    return;
  }
  assertMay(acting, "version.register", { model: name });
  if (!visibleModels(acting.actor).has(model)) throw nameRefused(acting, "version.register", name);
  assertMayOn(acting, "version.register", model, name);
}

function nameRefused(acting: Acting, permission: ModelPermission, name: string): RegistryError {
  acting.refused?.({ permission, code: "forbidden", model: name });
  return new RegistryError(
    "forbidden",
    `You may not give a model the name ${name} (${permission}).`,
  );
}

/** Whether a page offers it. */
export function may({ actor }: Acting, permission: Permission): boolean {
  return isAllowed(() => assertMay({ actor }, permission));
}

/** Whether the page of a model offers it. */
export function mayOn({ actor }: Acting, permission: ModelPermission, model: SeenModel): boolean {
  return isAllowed(() => assertMayOn({ actor }, permission, model, model.name));
}

function isAllowed(ask: () => void): boolean {
  try {
    ask();
    return true;
  } catch {
    return false;
  }
}

function hasRole({ role }: Actor, least: Role): boolean {
  return role !== null && ROLES.indexOf(role) >= ROLES.indexOf(least);
}

function isByServiceToken({ kind, scopes }: Actor, { scope, byServiceToken }: Rule): boolean {
  return byServiceToken === true && kind === "service" && !!scope && !!scopes?.includes(scope);
}

function isAtLeast({ level }: Rule): (given: Level | undefined) => boolean {
  return (given) =>
    level !== null && given !== undefined && LEVELS.indexOf(given) >= LEVELS.indexOf(level);
}

function hasScope({ scopes }: Actor, scope: Scope | null): boolean {
  return scopes === null || scope === null || scopes.includes(scope) || scopes.includes("admin");
}
