/** When verdicts are made anew: once for each number of the rules, and whenever an administrator asks for it. */
import { assertMay } from "#lib/access/policy.ts";
import type { Ctx } from "#lib/context.ts";
import { databaseNow, millis } from "#lib/db/database-clock.ts";
import { isRegistryError } from "#lib/errors.ts";
import { addJob } from "#lib/operations/add-job.ts";
import type { OperationWire } from "#lib/operations/schema.ts";
import { startOperation } from "#lib/operations/start-operation.ts";
import { operationToWire } from "#lib/operations/store.ts";
import { RULES_VERSION } from "#lib/scan/rules-version.ts";

/** What a run could not read, and what a server of older rules registered meanwhile, is looked at again so much later. */
const AGAIN_AFTER_MS = 24 * 60 * 60 * 1000;
/** How long a job waits for a server that has the rules that it is about. */
const PUT_OFF_MS = 60_000;
const RULES = "rules:";

/** Reads all versions again in the background, whatever rules their verdicts were made by. Throws `run_in_progress`. */
export async function startRescan(ctx: Ctx): Promise<OperationWire> {
  assertMay(ctx, "operation.manage");
  return operationToWire(await startOperation(ctx, { kind: "rescan", subject: null }));
}

/**
 * Called every minute by one replica: begins a rescan where verdicts are older than the rules of this server. Those by newer
 * rules stay: a server that went back to an older release leaves them alone.
 */
export async function scheduleRescan(ctx: Ctx): Promise<void> {
  const subject = `${RULES}${RULES_VERSION}`;
  const [row] = await ctx.db.$queryRaw<{ is_due: boolean }[]>`
    select exists (
      select from version
      where rules_version < ${RULES_VERSION} and purged_at is null and location is null
    ) and not exists (
      select from operation where kind = 'rescan' and (state in ('queued', 'running')
        or (subject = ${subject} and created_at > now() - ${millis(AGAIN_AFTER_MS)}))
    ) as is_due`;
  if (row?.is_due !== true) return;
  await startOperation(ctx, { kind: "rescan", subject }).catch((error: unknown) => {
    if (!isRegistryError(error) || error.code !== "run_in_progress") throw error;
  });
}

/**
 * Servers of two releases share the queue while replicas are replaced. An operation for newer rules than this server's is left to
 * one that has them: its job waits for a minute. True if that is so.
 */
export async function isLeftToNewerRules(ctx: Ctx, operationId: string): Promise<boolean> {
  const row = await ctx.db.operation.findUnique({
    where: { id: BigInt(operationId) },
    select: { subject: true, state: true },
  });
  const isOpen = row?.state === "queued" || row?.state === "running";
  if (!isOpen || !row.subject?.startsWith(RULES)) return false;
  if (Number(row.subject.slice(RULES.length)) <= RULES_VERSION) return false;
  const runAt = new Date((await databaseNow(ctx.db)).getTime() + PUT_OFF_MS);
  const key = `operation:${operationId}`;
  await addJob(ctx.db, "rescan-versions", { operation_id: operationId }, { key, runAt });
  return true;
}
