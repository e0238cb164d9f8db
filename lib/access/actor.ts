/** Who acts. An actor is the same as another one when the ids are equal; a name is for people to read and may change. */

/** Each role may do what those before it may. */
export const ROLES = ["reader", "contributor", "maintainer", "administrator"] as const;
export type Role = (typeof ROLES)[number];

/** What a token may be used for; it never adds to its owner's role. */
export const SCOPES = [
  "models:read",
  "models:write",
  "loads:write",
  "cluster:agent",
  "admin",
] as const;
export type Scope = (typeof SCOPES)[number];

/** What a grant on one model adds to the role; each level has what those before it have. */
export const LEVELS = ["read", "write", "owner"] as const;
export type Level = (typeof LEVELS)[number];

export type Actor = {
  id: string;
  kind: "anonymous" | "user" | "service";
  name: string;
  /** null for somebody who has not signed in where that is required. */
  role: Role | null;
  /** null: all that the role allows. */
  scopes: readonly Scope[] | null;
  /** Names of models, or beginnings of names followed by `*`, that the actor is confined to; null: all models. */
  models: readonly string[] | null;
  /** The token or session by which the actor came, for the audit log. */
  tokenId?: string | null;
  /** Grants on single models, by the model's name in lower case: the highest of the account's own and its groups'. */
  grants: ReadonlyMap<string, Level>;
};

const NO_GRANTS: ReadonlyMap<string, Level> = new Map();
const EVERYTHING = { scopes: null, models: null, grants: NO_GRANTS } as const;
const ANONYMOUS = { id: "anonymous", kind: "anonymous", name: "anonymous", ...EVERYTHING } as const;

/** Everybody who has not signed in: an administrator while `api.auth_required` is false, nobody otherwise. */
export function anonymous(authRequired: boolean): Actor {
  return { ...ANONYMOUS, role: authRequired ? null : "administrator" };
}

/** The registry itself, as which jobs act. */
export const SYSTEM: Actor = {
  id: "system",
  kind: "service",
  name: "system",
  role: "administrator",
  ...EVERYTHING,
};
