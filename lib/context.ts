/** What every use case is given: who acts, and what it may work with. */
import type { BlobStore } from "#lib/blobs/blob-store.ts";
import type { CardParser } from "#lib/cards/card-parser.ts";
import type { Config } from "#lib/config/load-config.ts";
import type { Database } from "#lib/db/client.ts";
import type { FactsPool } from "#lib/inspection/facts-pool.ts";
import type { Logger } from "./log.ts";
import type { DownloadRecorder } from "#lib/metrics/record-download.ts";
import type { CountCache } from "#lib/models/count-cache.ts";
import type { ModelTurns } from "#lib/models/model-turns.ts";
import type { StorageDriver } from "#lib/storage/contract.ts";
import type { UploadTransfers } from "#lib/uploads/resumable/upload-transfers.ts";

/** `anonymous` is everybody while `api.auth_required` is false. */
export type Actor = { kind: "anonymous" | "user" | "service"; name: string };

export const ANONYMOUS: Actor = { kind: "anonymous", name: "anonymous" };
/** The registry itself: what jobs do. */
export const SYSTEM: Actor = { kind: "service", name: "system" };

export type Ctx = {
  actor: Actor;
  db: Database;
  storage: StorageDriver;
  blobs: BlobStore;
  /** Reads what uploaded bytes are, apart from this process. */
  facts: FactsPool;
  /** Reads Markdown that somebody uploaded, apart from this thread. */
  cards: CardParser;
  downloads: DownloadRecorder;
  counts: CountCache;
  /** Changes of one model wait for each other. */
  turns: ModelTurns;
  /** Resumable uploads that this process is busy with. */
  transfers: UploadTransfers;
  config: Config;
  now: () => Date;
  log: Logger;
  /** null for work that no request started. */
  requestId: string | null;
  /** The client's network address, null where there is none. */
  address: string | null;
};
