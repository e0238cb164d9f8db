import type { Ctx } from "#lib/context.ts";
import { databaseNow } from "#lib/db/database-clock.ts";
import type { MlflowSync } from "#lib/db/generated/client.ts";
import { isRegistryError } from "#lib/errors.ts";
import { nextTime } from "#lib/wire/cron.ts";
import { forgetCredentials } from "./run-override.ts";
import { startSync } from "./start-sync.ts";
import { syncSubject } from "./sync-subject.ts";

/** Called every minute by one replica: begins what is due, and forgets credentials of runs that have ended. Times that have passed meanwhile are made up for once. */
export async function scheduleSyncs(ctx: Ctx): Promise<void> {
  await forgetCredentials(ctx);
  const rows = await ctx.db.mlflowSync.findMany({ where: { schedule: { not: null } } });
  for (const row of rows) {
    if (!(await isDue(ctx, row))) continue;
    await startSync(ctx, { id: row.id, isDryRun: false }).catch((error) => {
      if (!isRegistryError(error)) throw error;
    });
  }
}

async function isDue(ctx: Ctx, { id, schedule, savedAt }: MlflowSync): Promise<boolean> {
  if (schedule === null) return false;
  const last = await ctx.db.operation.findFirst({
    where: { kind: "mlflow_sync", subject: syncSubject({ id, isDryRun: false }) },
    orderBy: { id: "desc" },
    select: { createdAt: true },
  });
  const since = last !== null && last.createdAt > savedAt ? last.createdAt : savedAt;
  const next = nextTime(schedule, since);
  return next !== null && next <= (await databaseNow(ctx.db));
}
