import { assertMay } from "#lib/access/policy.ts";
import { recordChange } from "#lib/audit/record-change.ts";
import type { Ctx } from "#lib/context.ts";
import { databaseNow } from "#lib/db/database-clock.ts";
import { RegistryError } from "#lib/errors.ts";
import { isCancellable, isLeasedKind, type OperationWire } from "./schema.ts";
import { changeOperation, operationToWire } from "./store.ts";

/**
 * Ends an operation that waits at once, and asks for the end of one that runs: the process that runs it notices within
 * seconds. Asking twice changes nothing. Throws `operation_not_found`, `operation_not_cancellable`.
 */
export async function cancelOperation(ctx: Ctx, { id }: { id: string }): Promise<OperationWire> {
  assertMay(ctx, "operation.manage");
  const row = await changeOperation(ctx, BigInt(id), async (found, tx) => {
    const { kind, subject, state } = operationToWire(found);
    if (!isCancellable({ kind, state }))
      throw new RegistryError("operation_not_cancellable", whyNot(kind, state));
    if (found.cancelRequestedAt !== null) return null;
    await recordChange(tx, ctx, {
      action: "operation.cancelled",
      model: null,
      detail: { operation: id, kind, subject },
    });
    const now = await databaseNow(tx);
    return state === "queued"
      ? { state: "cancelled", cancelRequestedAt: now, finishedAt: now }
      : { cancelRequestedAt: now };
  });
  return operationToWire(row);
}

function whyNot(kind: string, state: string): string {
  if (kind === "reindex") return "A reindex ends with the command that runs it.";
  // Whoever may change the model cancels its loads, and needs no right to operations for that.
  if (isLeasedKind(kind)) return `A ${kind} is cancelled by DELETE /loads/{id}.`;
  return `The operation is ${state} already.`;
}
