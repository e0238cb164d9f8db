import { assertMay } from "#lib/access/policy.ts";
import type { Ctx } from "#lib/context.ts";
import type { OperationWire } from "./schema.ts";
import { getOperationRow, operationToWire } from "./store.ts";

/** Throws `operation_not_found`. */
export async function getOperation(ctx: Ctx, { id }: { id: string }): Promise<OperationWire> {
  assertMay(ctx, "operation.read");
  return operationToWire(await getOperationRow(ctx, ctx.db, BigInt(id)));
}
