/** Actors of tests. */
import { type Actor, anonymous } from "../../lib/access/actor.ts";

/** Everybody, while accounts are off. */
export const OPEN = anonymous(false);

/** A user who may register; `more` says what is different about this one. */
export function userActor(name: string, more: Partial<Actor> = {}): Actor {
  const id = `user-${name}`;
  return { id, kind: "user", name, role: "contributor", scopes: null, models: null, ...more };
}

export const READER = userActor("reader", { role: "reader" });

/** May do everything, with models whose name begins with `mine-`. */
export const CONFINED = userActor("confined", { role: "administrator", models: ["mine-*"] });
