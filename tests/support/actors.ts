/** Actors of tests. */
import { type Actor, anonymous } from "../../lib/access/actor.ts";
import type { Identity } from "../../lib/accounts/identify.ts";

/** Everybody, while accounts are off. */
export const OPEN = anonymous(false);

/** A user who may register; `more` says what is different about this one. */
export function userActor(name: string, more: Partial<Actor> = {}): Actor {
  const id = `user-${name}`;
  const nothing = { scopes: null, models: null, grants: new Map() };
  return { id, kind: "user", name, role: "contributor", ...nothing, ...more };
}

export const READER = userActor("reader", { role: "reader" });

/** May do everything, with models whose name begins with `mine-`. */
export const CONFINED = userActor("confined", { role: "administrator", models: ["mine-*"] });

/** As whom a request comes, without a credential that could be looked up. */
export function identityOf(actor: Actor): Identity {
  return { actor, isBySession: false, credential: null, current: async () => actor };
}
