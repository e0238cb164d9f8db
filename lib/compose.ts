/** Builds the services from the configuration. Knows nothing of Next. */
import type { Config } from "./config/load-config.ts";
import { type Actor, ANONYMOUS, type Ctx } from "./context.ts";
import { createDatabase, type Database } from "./db/client.ts";
import { EventBus } from "./events/event-bus.ts";
import { createLogger, type Logger } from "./log.ts";
import { DownloadRecorder } from "./metrics/record-download.ts";
import { forgetOldKeys } from "./models/idempotency.ts";
import type { StorageDriver } from "./storage/contract.ts";
import { openStorage } from "./storage/open-storage.ts";

export type Services = {
  config: Config;
  db: Database;
  storage: StorageDriver;
  log: Logger;
  events: EventBus;
  downloads: DownloadRecorder;
  createContext(request: { requestId: string | null; address: string | null; actor?: Actor }): Ctx;
  close(): Promise<void>;
};

/** How often expired keys and abandoned temp data are cleared away. */
const HOUSEKEEPING_MS = 60 * 60 * 1000;
/** Temp data that no live process holds and that is older than this is nobody's any more. */
const TEMPORARY_MAX_AGE_MS = 24 * 60 * 60 * 1000;

export async function composeServices(config: Config): Promise<Services> {
  const log = createLogger(config.log.level);
  const db = createDatabase(config.database);
  const storage = await openStorage(config.storage);
  const events = new EventBus(config.database.url ?? "", log);
  const downloads = new DownloadRecorder(db, log);

  const createContext: Services["createContext"] = ({ requestId, address, actor = ANONYMOUS }) => ({
    actor,
    db,
    storage,
    downloads,
    config,
    now: () => new Date(),
    log,
    requestId,
    address,
  });
  const tidy = async () => {
    const reclaimed = await storage.reclaimTemporary(TEMPORARY_MAX_AGE_MS);
    const keys = await forgetOldKeys(createContext({ requestId: null, address: null }));
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
    log,
    events,
    downloads,
    createContext,
    async close() {
      clearInterval(timer);
      await downloads.close();
      await events.close();
      await storage.close();
      await db.$disconnect();
    },
  };
}
