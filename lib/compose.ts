/** Builds the services from the configuration. Knows nothing of Next. */

import { type Actor, anonymous, SYSTEM } from "#lib/access/actor.ts";
import type { BlobStore } from "#lib/blobs/blob-store.ts";
import { CompressionThreads } from "#lib/blobs/compression/compression-threads.ts";
import { openBlobStore } from "#lib/blobs/open-blob-store.ts";
import { CardParser } from "#lib/cards/card-parser.ts";
import type { Config } from "#lib/config/load-config.ts";
import { createDatabase, type Database } from "#lib/db/client.ts";
import { EventBus, MISSED_ACTION } from "#lib/events/event-bus.ts";
import { FactsPool } from "#lib/inspection/facts-pool.ts";
import { CountCache } from "#lib/models/count-cache.ts";
import { forgetOldKeys } from "#lib/models/idempotency.ts";
import type { ModelCtx } from "#lib/models/model-context.ts";
import { ModelTurns } from "#lib/models/model-turns.ts";
import { DownloadRecorder } from "#lib/models/record-download.ts";
import { addJob } from "#lib/operations/add-job.ts";
import { JobRunner } from "#lib/operations/job-runner.ts";
import type { StorageDriver } from "#lib/storage/contract.ts";
import { openStorage } from "#lib/storage/open-storage.ts";
import { UploadHasher } from "#lib/uploads/resumable/upload-hasher.ts";
import { UploadTransfers } from "#lib/uploads/resumable/upload-transfers.ts";
import { createJobHandlers } from "./job-handlers.ts";
import { createLogger, type Logger } from "./log.ts";

export type Services = {
  config: Config;
  db: Database;
  storage: StorageDriver;
  blobs: BlobStore;
  log: Logger;
  events: EventBus;
  downloads: DownloadRecorder;
  /** The actor of a request with these headers. */
  identify: (headers: Pick<Headers, "get">) => Actor;
  createContext(request: {
    requestId: string | null;
    address: string | null;
    actor?: Actor;
  }): ModelCtx;
  close(): Promise<void>;
};

/** How often expired keys and abandoned temp data are cleared away. */
const HOUSEKEEPING_MS = 60 * 60 * 1000;
/** Temp data older than this that no live process holds may be removed. */
const TEMPORARY_MAX_AGE_MS = 24 * 60 * 60 * 1000;

/** Reading events needs a time-out; nothing is done when it is over. */
const IDLE_MS = 60 * 60 * 1000;

/** Without `background` no jobs run here: for commands that do one thing and end. */
export async function composeServices(
  config: Config,
  { background = true }: { background?: boolean } = {},
): Promise<Services> {
  const log = createLogger(config.log.level);
  const db = createDatabase(config.database, log);
  const storage = await openStorage(config.storage);
  const checkBlob = (sha256: string) =>
    void addJob(db, "check-blob", { sha256 }, { key: `check-blob:${sha256}` }).catch((error) =>
      log.warn({ operation: "check_blob", digest: sha256, error }, "cannot be queued"),
    );
  const blobs = await openBlobStore(config.storage, storage, { db, log, onDoubt: checkBlob });
  const events = new EventBus(config.database.url ?? "", log);
  const downloads = new DownloadRecorder(db, log);
  const counts = new CountCache();
  const turns = new ModelTurns();
  void forgetOnChanges(counts, events);
  const facts = new FactsPool();
  const cards = new CardParser();
  const transfers = new UploadTransfers(new UploadHasher(config.storage, storage));

  const visitor = anonymous(config.api.authRequired);
  const createContext: Services["createContext"] = ({ requestId, address, actor = visitor }) => ({
    actor,
    db,
    storage,
    blobs,
    facts,
    cards,
    downloads,
    counts,
    turns,
    transfers,
    config,
    now: () => new Date(),
    log,
    requestId,
    address,
  });
  const system = createContext({ requestId: null, address: null, actor: SYSTEM });
  const compression = new CompressionThreads(config.storage);
  const handlers = createJobHandlers(system, { compression });
  const jobs = background ? await JobRunner.start(config.database.url ?? "", handlers, log) : null;
  if (jobs) await addJob(db, "compress-pending", {}, { key: "compress-pending" });
  const tidy = async () => {
    const reclaimed = await storage.reclaimTemporary(TEMPORARY_MAX_AGE_MS);
    const keys = await forgetOldKeys(system);
    if (reclaimed.files + keys > 0)
      log.info({ operation: "housekeeping", ...reclaimed, keys }, "cleared away");
  };
  const runTidy = () =>
    tidy().catch((error) => log.warn({ operation: "housekeeping", error }, "failed"));
  void runTidy();
  const timer = setInterval(runTidy, HOUSEKEEPING_MS);
  timer.unref();

  return {
    config,
    db,
    storage,
    blobs,
    log,
    events,
    downloads,
    identify: () => visitor,
    createContext,
    async close() {
      clearInterval(timer);
      await jobs?.close();
      await compression.close();
      await transfers.close();
      await facts.close();
      await cards.close();
      await downloads.close();
      await events.close();
      await blobs.close();
      await storage.close();
      await db.$disconnect();
    },
  };
}

/** Forgets counts when another replica has changed models, and when changes may have been missed. */
async function forgetOnChanges(counts: CountCache, events: EventBus): Promise<void> {
  const changes = events.subscribe();
  for (;;) {
    const delivered = await changes.next(IDLE_MS);
    if (delivered.kind === "closed") return;
    if (delivered.kind === "idle") continue;
    const { action } = delivered.event.event;
    if (action === MISSED_ACTION || /^(model|version)\./.test(action)) counts.forget();
  }
}
