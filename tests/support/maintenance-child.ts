import { SYSTEM } from "../../lib/access/actor.ts";
import type { BlobCtx } from "../../lib/blobs/blob-context.ts";
import { openBlobStore } from "../../lib/blobs/open-blob-store.ts";
import { createDatabase } from "../../lib/db/client.ts";
import { createLogger } from "../../lib/log.ts";
import { openStorage } from "../../lib/storage/open-storage.ts";
import { carryOut, type MaintenanceInput } from "./maintenance.ts";

const input = JSON.parse(process.argv[2] ?? "") as MaintenanceInput;
const log = createLogger("silent");
const db = createDatabase({ url: input.url, poolSize: 3 });
const settings = {
  driver: "disk" as const,
  basePath: input.basePath,
  cacheSizeBytes: 0,
  minFreeSpaceBytes: 0,
};
const storage = await openStorage(settings);
const blobs = await openBlobStore(settings, storage, { db, log });
const ctx = {
  actor: SYSTEM,
  db,
  storage,
  blobs,
  config: { storage: settings },
  now: () => new Date(),
  log,
  requestId: null,
  address: null,
} as unknown as BlobCtx;
await db.$queryRaw`select 1`;
process.stdout.write("begun\n");
await carryOut(ctx, settings, input);
process.exit(0);
