/** What every use case is given: who acts, and what it may work with. */
import type { Config } from "./config/load-config.ts";
import type { Database } from "./db/client.ts";
import type { Logger } from "./log.ts";
import type { DownloadRecorder } from "./metrics/record-download.ts";
import type { StorageDriver } from "./storage/contract.ts";

/** `anonymous` is everybody while `api.auth_required` is false. */
export type Actor = { kind: "anonymous" | "user" | "service"; name: string };

export const ANONYMOUS: Actor = { kind: "anonymous", name: "anonymous" };

export type Ctx = {
  actor: Actor;
  db: Database;
  storage: StorageDriver;
  downloads: DownloadRecorder;
  config: Config;
  now: () => Date;
  log: Logger;
  /** null for work that no request started. */
  requestId: string | null;
  /** The client's network address, null where there is none. */
  address: string | null;
};
