import type { z } from "zod";
import { recordChange } from "#lib/audit/record-change.ts";
import type { Ctx } from "#lib/context.ts";
import { inTransaction } from "#lib/db/transaction.ts";
import { inProgress, insertOperation } from "#lib/operations/start-operation.ts";
import { operationToWire } from "#lib/operations/store.ts";
import { getSyncRow } from "./list-syncs.ts";
import { checkOverride, saveOverride } from "./run-override.ts";
import type { RunWire, startSyncBody } from "./schema.ts";
import { syncSubject } from "./sync-subject.ts";

type Asked = {
  id: string;
  isDryRun: boolean;
  override?: z.output<typeof startSyncBody>["override"];
};

/**
 * Runs a rule in the background, with `override` in place of what it says. Throws `sync_not_found`, `run_in_progress`,
 * `invalid_request`.
 */
export async function startSync(
  ctx: Ctx,
  { id, isDryRun, override: asked = {} }: Asked,
): Promise<RunWire> {
  const { name } = await getSyncRow(ctx, id);
  const subject = syncSubject({ id, isDryRun });
  const override = await checkOverride(ctx, asked);
  const started = inTransaction(ctx.db, async (tx) => {
    const row = await insertOperation(tx, ctx, "mlflow_sync", subject);
    if (override !== null) await saveOverride(tx, { operationId: row.id, syncId: id }, override);
    const run = { id, name, operation: row.id.toString(), dry_run: isDryRun };
    await recordChange(tx, ctx, {
      action: "sync.started",
      model: null,
      detail: { ...run, ...(override && { override: override.fields }) },
    });
    return row;
  });
  const operation = await started.catch((error) => {
    throw inProgress(error, "mlflow_sync");
  });
  return {
    operation: operationToWire(operation),
    dry_run: isDryRun,
    override: override?.fields ?? {},
  };
}
