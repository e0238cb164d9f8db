/** The context of every use case. A room that works with more says so in a type of its own, such as `BlobCtx`. */
import type { Actor } from "#lib/access/actor.ts";
import type { Config } from "#lib/config/load-config.ts";
import type { Database } from "#lib/db/client.ts";
import type { StorageDriver } from "#lib/storage/contract.ts";
import type { Logger } from "./log.ts";

export type Ctx = {
  actor: Actor;
  db: Database;
  storage: StorageDriver;
  config: Config;
  now: () => Date;
  log: Logger;
  /** null for work that no request started. */
  requestId: string | null;
  /** The client's network address, null where there is none. */
  address: string | null;
};
