import type { Ctx } from "#lib/context.ts";
import { millis } from "#lib/db/database-clock.ts";
import { Prisma } from "#lib/db/generated/client.ts";
import { inTransaction, type TransactionClient } from "#lib/db/transaction.ts";
import { countJobs } from "#lib/operations/count-jobs.ts";
import { applyFindings } from "./alerts/apply-findings.ts";
import { findAll } from "./alerts/find-all.ts";
import { REGISTRY_KEYS, type RegistryFigures } from "./columns.ts";

/** Every blob is looked at to add up what they take. */
const STORED_EVERY_MS = 5 * 60_000;

/**
 * Measures what is not one server's, and what the alerts look at. Whichever server comes first in an interval does it; the
 * others find its row and leave it alone.
 */
export async function sampleRegistry(ctx: Ctx): Promise<void> {
  const { sampleIntervalMs } = ctx.config.monitoring;
  const disk = await ctx.storage.capacity();
  await inTransaction(ctx.db, async (tx) => {
    const [claimed] = await tx.$queryRaw<{ at: Date; now: Date }[]>`
      insert into monitoring_sample (tier, at, server)
      values (0, date_bin(${millis(sampleIntervalMs)}, now(), 'epoch'), '')
      on conflict do nothing returning at, now()`;
    if (claimed === undefined) return;
    const isFirst = claimed.at.getTime() % STORED_EVERY_MS < sampleIntervalMs;
    const figures: RegistryFigures = {
      ...(await measureQueue(tx)),
      stored_bytes: isFirst ? await sumStored(tx) : null,
      disk_bytes: disk?.totalBytes ?? null,
      disk_used: disk === null ? null : disk.totalBytes - disk.freeBytes,
    };
    const findings = await findAll(ctx, tx, disk);
    const values = REGISTRY_KEYS.map(
      (key) => Prisma.sql`${Prisma.raw(key)} = ${figures[key]}::float8`,
    );
    await tx.$executeRaw`
      update monitoring_sample set ${Prisma.join(values)}, findings = ${JSON.stringify(findings)}::jsonb
      where tier = 0 and at = ${claimed.at} and server = ''`;
    await applyFindings(tx, findings, claimed);
  });
}

async function measureQueue(tx: TransactionClient) {
  const { waiting, running, failed, oldestSeconds } = await countJobs(tx);
  return {
    jobs_waiting: waiting,
    jobs_running: running,
    jobs_failed: failed,
    oldest_job: oldestSeconds,
    open_uploads: await tx.upload.count({ where: { state: "open" } }),
  };
}

async function sumStored(tx: TransactionClient): Promise<number> {
  const { _sum } = await tx.blob.aggregate({ _sum: { storedBytes: true } });
  return Number(_sum.storedBytes ?? 0n);
}
