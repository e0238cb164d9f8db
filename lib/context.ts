/** The context of every use case. A room that works with more says so in a type of its own, such as `BlobCtx`. */
import type { Actor } from "#lib/access/actor.ts";
import type { Refusal } from "#lib/access/refusals.ts";
import type { Config } from "#lib/config/config.ts";
import type { Database } from "#lib/db/client.ts";
import type { StorageDriver } from "#lib/storage/contract.ts";
import type { Logger } from "./log.ts";

export type Ctx = {
  actor: Actor;
  /** The actor of the same credential as of now. Throws `unauthenticated` when that is not valid any more. */
  currentActor: () => Promise<Actor>;
  db: Database;
  storage: StorageDriver;
  config: Config;
  now: () => Date;
  log: Logger;
  /** null for work that no request started. */
  requestId: string | null;
  /** The client's network address, null where there is none. */
  address: string | null;
  /** Notes down that the actor was refused; absent where nobody is. */
  refused?: (refusal: Refusal) => void;
};

/** The context for what comes after a long wait, such as for a body: rights that were taken meanwhile are gone. */
export async function withCurrentActor<C extends Ctx>(ctx: C): Promise<C> {
  return { ...ctx, actor: await ctx.currentActor() };
}
