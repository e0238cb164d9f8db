/** Builds the services from the configuration. Knows nothing of Next. */

import { type Actor, SYSTEM } from "#lib/access/actor.ts";
import { Accounts } from "#lib/accounts/accounts.ts";
import { BasicCredentials } from "#lib/accounts/basic-credentials.ts";
import type { Identity } from "#lib/accounts/identify.ts";
import { forgetOldSessions } from "#lib/accounts/sessions.ts";
import { AuditChain } from "#lib/audit/audit-chain.ts";
import { AuditRecorder } from "#lib/audit/audit-recorder.ts";
import { recordRefusal } from "#lib/audit/record-access.ts";
import { backupCopies } from "#lib/backup/backup-copies.ts";
import { BackupTargets } from "#lib/backup/backup-targets.ts";
import type { BlobStore } from "#lib/blobs/blob-store.ts";
import { CompressionThreads } from "#lib/blobs/compression/compression-threads.ts";
import { openBlobStore } from "#lib/blobs/open-blob-store.ts";
import { CardParser } from "#lib/cards/card-parser.ts";
import { WaitingAgents } from "#lib/cluster/waiting-agents.ts";
import type { Config } from "#lib/config/config.ts";
import { createDatabase, type Database } from "#lib/db/client.ts";
import { DeliveryWatch } from "#lib/deliveries/delivery-watch.ts";
import { forgetOldDeliveries } from "#lib/deliveries/forget-deliveries.ts";
import { EventBus, MISSED_ACTION } from "#lib/events/event-bus.ts";
import { FactsPool } from "#lib/inspection/facts-pool.ts";
import { assertNotLost } from "#lib/models/assert-not-lost.ts";
import { CountCache } from "#lib/models/count-cache.ts";
import { forgetOldKeys } from "#lib/models/idempotency.ts";
import type { ModelCtx } from "#lib/models/model-context.ts";
import { ModelTurns } from "#lib/models/model-turns.ts";
import { DownloadRecorder } from "#lib/models/record-download.ts";
import { WeightComparer } from "#lib/models/weights/weight-comparer.ts";
import { followAlerts } from "#lib/notifications/follow-alerts.ts";
import { addJob } from "#lib/operations/add-job.ts";
import { JobRunner } from "#lib/operations/job-runner.ts";
import type { LaneLoads } from "#lib/operations/lanes.ts";
import type { StorageDriver } from "#lib/storage/contract.ts";
import { openStorage } from "#lib/storage/open-storage.ts";
import { tracedStorage } from "#lib/tracing/traced-storage.ts";
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
  accounts: Accounts;
  audit: AuditRecorder;
  /** Jobs that this process runs now; null where it runs none of its own. */
  lanes: LaneLoads | null;
  /** Those that wait for a load of a cluster. */
  agents: WaitingAgents;
  /** Who sends a request with these headers. Throws `unauthenticated`. */
  identify: (headers: Pick<Headers, "get">) => Promise<Identity>;
  /** Of protocols whose clients send a name and a password with every request. */
  basic: BasicCredentials;
  /** Without an identity it is for whoever presents nothing; `actor` is for work that no request started. */
  createContext(request: {
    requestId: string | null;
    address: string | null;
    identity?: Identity;
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
  const storage = tracedStorage(await openStorage(config.storage));
  const checkBlob = (sha256: string) =>
    void addJob(db, "check-blob", { sha256 }, { key: `check-blob:${sha256}` }).catch((error) =>
      log.warn({ operation: "check_blob", digest: sha256, error }, "cannot be queued"),
    );
  const backups = new BackupTargets(config);
  const spares = backupCopies(backups);
  const blobs = await openBlobStore(config.storage, storage, {
    ...{ db, log, onDoubt: checkBlob, spares },
  });
  const events = new EventBus(config.database.url ?? "", log);
  const downloads = new DownloadRecorder(db, log);
  const audit = new AuditRecorder(db, log);
  const agents = new WaitingAgents(events);
  const counts = new CountCache();
  const turns = new ModelTurns();
  const accounts = new Accounts(db, events, config.api);
  void forgetOnChanges(counts, accounts, events);
  const facts = new FactsPool();
  const cards = new CardParser();
  const weights = new WeightComparer();
  const transfers = new UploadTransfers(new UploadHasher(config.storage, storage));

  const { identification } = accounts;
  const createContext: Services["createContext"] = ({
    requestId,
    address,
    identity = identification.visitor,
    actor = identity.actor,
  }) => ({
    actor,
    currentActor: actor === identity.actor ? identity.current : async () => actor,
    credential: identity.credential,
    accounts,
    db,
    storage,
    blobs,
    facts,
    cards,
    weights,
    downloads,
    audit,
    counts,
    turns,
    transfers,
    backups,
    config,
    now: () => new Date(),
    log,
    requestId,
    address,
    refused: (refusal) => recordRefusal(audit, { actor, address, requestId }, refusal),
  });
  const system = createContext({ requestId: null, address: null, actor: SYSTEM });
  if (background) await assertNotLost(system);
  const compression = new CompressionThreads(config.storage);
  const handlers = createJobHandlers(system, { compression });
  const jobs = background ? await JobRunner.start(config.database.url ?? "", handlers, log) : null;
  const chain = background ? AuditChain.start(system, events) : null;
  const watch = background ? new DeliveryWatch(log, events, () => followAlerts(system)) : null;
  if (jobs) await addJob(db, "compress-pending", {}, { key: "compress-pending" });
  const tidy = async () => {
    const reclaimed = await storage.reclaimTemporary(TEMPORARY_MAX_AGE_MS);
    const keys = await forgetOldKeys(system);
    await accounts.keys.maintain();
    await forgetOldSessions(system);
    await forgetOldDeliveries(system);
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
    audit,
    agents,
    lanes: jobs?.loads ?? null,
    accounts,
    basic: new BasicCredentials(accounts.jwts, accounts.directory, config.api),
    identify: (headers) => identification.identify(headers),
    createContext,
    async close() {
      clearInterval(timer);
      await watch?.close();
      await jobs?.close();
      await compression.close();
      await transfers.close();
      await facts.close();
      await cards.close();
      await weights.close();
      await downloads.close();
      await audit.close();
      await chain?.close();
      await accounts.close();
      await events.close();
      await blobs.close();
      await storage.close();
      await db.$disconnect();
    },
  };
}

/** Forgets what another replica has changed, and everything when changes may have been missed. */
async function forgetOnChanges(
  counts: CountCache,
  accounts: Accounts,
  events: EventBus,
): Promise<void> {
  const changes = events.subscribe();
  for (;;) {
    const delivered = await changes.next(IDLE_MS);
    if (delivered.kind === "closed") return;
    if (delivered.kind === "idle") continue;
    const { action } = delivered.event.event;
    const isMissed = action === MISSED_ACTION;
    if (isMissed || /^(model|version)\./.test(action)) counts.forget();
    if (isMissed) accounts.forget();
    else accounts.hear(action);
  }
}
