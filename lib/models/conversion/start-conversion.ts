import { recordChange } from "#lib/audit/record-change.ts";
import { inTransaction } from "#lib/db/transaction.ts";
import type { OperationWire } from "#lib/operations/schema.ts";
import { insertOperation } from "#lib/operations/start-operation.ts";
import { operationToWire } from "#lib/operations/store.ts";
import type { ModelCtx } from "../model-context.ts";
import { parseVersion } from "../semantic-version.ts";
import { getLiveModel, resolveRef } from "../store.ts";
import type { ConvertBody } from "./conversion-schema.ts";
import { findConvertible } from "./find-convertible.ts";

/**
 * Converts the checkpoints of a version in the background, into a new version of the same model. Throws what `findConvertible`
 * throws, and `invalid_version`.
 */
export async function startConversion(
  ctx: ModelCtx,
  { name, ref, ...asked }: { name: string; ref: string } & ConvertBody,
): Promise<OperationWire> {
  const model = await getLiveModel(ctx, "version.register", name);
  const { version } = await findConvertible(ctx, await resolveRef(ctx.db, model, ref));
  if (asked.version !== undefined) parseVersion(asked.version);
  const operation = await inTransaction(ctx.db, async (tx) => {
    const input = { version_id: version.id.toString(), ...asked };
    const row = await insertOperation(tx, ctx, "conversion", `model:${model.name}`, input);
    await recordChange(tx, ctx, {
      action: "version.conversion_started",
      model: model.name,
      version: version.version,
      detail: { ...asked, operation: row.id.toString() },
    });
    return row;
  });
  return operationToWire(operation);
}
