import { assertMay } from "#lib/access/policy.ts";
import { recordChange } from "#lib/audit/record-change.ts";
import type { Ctx } from "#lib/context.ts";
import { inTransaction } from "#lib/db/transaction.ts";
import { RegistryError } from "#lib/errors.ts";
import { alertChange } from "./alert-change.ts";
import { alertToWire } from "./alert-wire.ts";
import { getAlertRow } from "./get-alert.ts";
import type { AlertWire } from "./schema.ts";
import { activeSilences } from "./silences.ts";

/**
 * Says that somebody looks after it. Of several who say so the last one is named; the audit log has all. Throws `alert_not_found`
 * and, for one that has ended for good, `alert_over`.
 */
export async function acknowledgeAlert(
  ctx: Ctx,
  { id, comment }: { id: string; comment: string },
): Promise<AlertWire> {
  assertMay(ctx, "alert.manage");
  await getAlertRow(ctx, id);
  return inTransaction(ctx.db, async (tx) => {
    const [row] = await tx.alert.updateManyAndReturn({
      where: { id: BigInt(id), settledAt: null },
      data: {
        acknowledgedAt: ctx.now(),
        acknowledgedBy: ctx.actor.name,
        acknowledgedById: ctx.actor.id,
        comment,
      },
    });
    if (row === undefined) throw new RegistryError("alert_over", `The alert ${id} is over.`);
    const { detail, model, key } = alertChange(row, "acknowledged");
    await recordChange(tx, ctx, {
      action: "alert.acknowledged",
      model,
      detail: { ...detail, comment },
      ...(key === undefined ? {} : { key }),
    });
    return alertToWire(row, await activeSilences(tx, ctx.now()));
  });
}
