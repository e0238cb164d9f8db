import { assertMay } from "#lib/access/policy.ts";
import { recordChange } from "#lib/audit/record-change.ts";
import type { Ctx } from "#lib/context.ts";
import { RegistryError } from "#lib/errors.ts";
import { isLeasedKind, isQueuedKind, isRetryable, type OperationWire } from "./schema.ts";
import { inProgress } from "./start-operation.ts";
import { changeOperation, operationToWire, queueOperation } from "./store.ts";

/**
 * Queues an operation again that has failed or was cancelled. Its progress stays, and kinds that can go on from it do.
 * Throws `operation_not_found`, `operation_not_retryable`, and `run_in_progress` where another one of its kind runs.
 */
export async function retryOperation(ctx: Ctx, { id }: { id: string }): Promise<OperationWire> {
  assertMay(ctx, "operation.manage");
  let kindAsked = "";
  const retry = () =>
    changeOperation(ctx, BigInt(id), async (row, tx) => {
      const { kind, subject, state } = operationToWire(row);
      kindAsked = kind;
      if (!isQueuedKind(kind) || !isRetryable({ kind, state }))
        throw new RegistryError("operation_not_retryable", whyNot(kind, state));
      await recordChange(tx, ctx, {
        action: "operation.retried",
        model: null,
        detail: { operation: id, kind, subject },
      });
      await queueOperation(tx, { id: row.id, kind });
      return {
        state: "queued",
        attempts: 0,
        error: null,
        startedAt: null,
        finishedAt: null,
        cancelRequestedAt: null,
      };
    });
  const row = await retry().catch((error) => {
    throw inProgress(error, kindAsked);
  });
  return operationToWire(row);
}

function whyNot(kind: string, state: string): string {
  if (isLeasedKind(kind)) return `Ask for the ${kind} again.`;
  if (!isQueuedKind(kind)) return `A ${kind} goes on when its command is run again.`;
  return state === "done"
    ? "The operation is done; start another one."
    : `The operation is ${state}: it is not over.`;
}
