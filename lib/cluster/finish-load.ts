import type { z } from "zod";
import { assertMay } from "#lib/access/policy.ts";
import { recordChange } from "#lib/audit/record-change.ts";
import type { Ctx } from "#lib/context.ts";
import { databaseNow } from "#lib/db/database-clock.ts";
import type { TransactionClient } from "#lib/db/transaction.ts";
import type { finishBody } from "./agent-schema.ts";
import { countersOf, holdsLease, leaseLost } from "./record-progress.ts";
import type { LoadDetailWire } from "./schema.ts";
import {
  changeLoad,
  type LoadCounters,
  type LoadRow,
  loadToWire,
  OPERATION_STATE_OF,
} from "./store.ts";

/** How long a load took that succeeded just now. */
type Measured = { framework: string; seconds: number };

/**
 * How a load ended. Whoever had the lease may say it again and hears how it ended: the first answer may have been lost.
 * Throws `load_not_found`, and `lease_lost` when the load is not the agent's any more.
 */
export async function finishLoad(
  ctx: Ctx,
  input: { id: string } & z.output<typeof finishBody>,
): Promise<{ load: LoadDetailWire; measured: Measured | null }> {
  assertMay(ctx, "cluster.agent");
  const { id, lease, state, workers } = input;
  const error = state === "succeeded" ? null : input.error;
  let measured: Measured | null = null;
  const row = await changeLoad(ctx, BigInt(id), async (found, tx) => {
    if (!holdsLease(found, lease)) throw leaseLost(id);
    if (found.operation.state !== "running") return null;
    const now = await databaseNow(tx);
    // One whose time is over is free for others, also where none has come yet.
    if (found.leaseExpiresAt === null || found.leaseExpiresAt <= now) throw leaseLost(id);
    const { action, model, version } = loadToWire(found);
    // Whoever asked for the end has been written down already.
    if (state !== "cancelled" || found.operation.cancelRequestedAt === null)
      await recordChange(tx, ctx, {
        action: `load.${state}`,
        model,
        version,
        detail: { load: id, action, ...(error ? { code: error.code } : {}) },
      });
    if (action === "load" && state === "succeeded") measured = await measure(tx, found, now);
    const before = found.operation.progress as Partial<LoadCounters>;
    const { bytes_done = 0, bytes_total = 0 } = before;
    return {
      operation: {
        state: OPERATION_STATE_OF[state],
        finishedAt: now,
        error: error?.detail ?? null,
        progress: countersOf({ workers, bytes_done, bytes_total }),
      },
      load: {
        progress: workers,
        leaseExpiresAt: null,
        errorCode: error?.code ?? (state === "failed" ? "unknown" : null),
      },
    };
  });
  return { load: { ...loadToWire(row), progress: workers }, measured };
}

/** null when the version is not there any more: nobody knows its framework then. */
async function measure(
  tx: TransactionClient,
  { modelName, version: text, digest, operation }: LoadRow,
  now: Date,
): Promise<Measured | null> {
  const version = await tx.version.findFirst({
    where: { version: text, digest, model: { name: modelName } },
    select: { framework: true },
  });
  if (version === null || operation.startedAt === null) return null;
  const seconds = (now.getTime() - operation.startedAt.getTime()) / 1000;
  return { framework: version.framework, seconds };
}
