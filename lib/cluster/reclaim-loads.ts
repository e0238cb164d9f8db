import { SYSTEM } from "#lib/access/actor.ts";
import { recordChange } from "#lib/audit/record-change.ts";
import type { Ctx } from "#lib/context.ts";
import { databaseNow } from "#lib/db/database-clock.ts";
import { inTransaction, type TransactionClient } from "#lib/db/transaction.ts";
import { applyChange, type LoadChange, type LoadRow, loadToWire, withOperation } from "./store.ts";

/** So often a load is given to an agent. One whose agents keep dying may be why they die. */
const ATTEMPTS_MAX = 3;
/** Of one look; the next one goes on. */
const BATCH = 100;
/** An agent that waits looks again this late at the latest, whatever is leased. */
const LOOK_AGAIN_MS = 30_000;

/**
 * Takes loads back whose lease has ended without word: the agent is gone. Each waits for another one, or has failed after
 * so many. Called by whoever asks for a load, and every minute. `nextEndMs`: until the next lease ends.
 */
export async function reclaimLoads(ctx: Ctx): Promise<{ nextEndMs: number }> {
  const [{ ended, next_ms } = { ended: 0, next_ms: null }] = await ctx.db.$queryRaw<
    { ended: number; next_ms: number | null }[]
  >`
    select count(*) filter (where lease_expires_at <= clock_timestamp())::int as ended,
      extract(epoch from min(lease_expires_at) filter (where lease_expires_at > clock_timestamp())
        - clock_timestamp())::float8 * 1000 as next_ms
    from cluster_load where lease_expires_at is not null`;
  // Nobody who asks for a load has done this.
  const system = { ...ctx, actor: SYSTEM };
  if (ended > 0) await inTransaction(ctx.db, (tx) => takeBack(tx, system));
  // A moment later it has surely ended.
  return { nextEndMs: Math.min(LOOK_AGAIN_MS, next_ms === null ? LOOK_AGAIN_MS : next_ms + 50) };
}

async function takeBack(tx: TransactionClient, ctx: Ctx): Promise<void> {
  const lost = await tx.$queryRaw<{ id: bigint }[]>`
    select operation.id from operation join cluster_load as load on load.operation_id = operation.id
    where load.lease_expires_at <= clock_timestamp() and operation.state = 'running'
    order by operation.id limit ${BATCH}
    for update of operation skip locked`;
  for (const { id } of lost) {
    const row = await tx.clusterLoad.findUniqueOrThrow({
      where: { operationId: id },
      ...withOperation,
    });
    // It may have been prolonged before its row was locked.
    const now = await databaseNow(tx);
    if (row.leaseExpiresAt === null || row.leaseExpiresAt > now) continue;
    const next = afterLoss(row, now);
    const changed = await applyChange(tx, ctx, row, next);
    const { action, model, version, state } = loadToWire(changed);
    if (state !== "failed") continue;
    await recordChange(tx, ctx, {
      action: "load.failed",
      model,
      version,
      detail: { load: id.toString(), action, code: changed.errorCode },
    });
  }
}

function afterLoss({ operation, agent }: LoadRow, now: Date): LoadChange {
  const free = { leaseHash: null, leaseExpiresAt: null };
  if (operation.cancelRequestedAt !== null)
    return { operation: { state: "cancelled", finishedAt: now }, load: free };
  const attempts = operation.attempts + 1;
  const host = (agent as { host?: string } | null)?.host;
  const error = `The agent${host ? ` on ${host}` : ""} was lost while it worked on this (attempt ${attempts} of ${ATTEMPTS_MAX}).`;
  const load = { ...free, errorCode: "agent_lost" };
  return attempts >= ATTEMPTS_MAX
    ? { operation: { state: "failed", attempts, error, finishedAt: now }, load }
    : { operation: { state: "queued", attempts, error }, load };
}
