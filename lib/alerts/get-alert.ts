import { assertMay } from "#lib/access/policy.ts";
import type { Ctx } from "#lib/context.ts";
import type { Alert } from "#lib/db/generated/client.ts";
import { RegistryError } from "#lib/errors.ts";
import { alertToWire } from "./alert-wire.ts";
import type { AlertWire } from "./schema.ts";
import { activeSilences } from "./silences.ts";
import { visibleAlerts } from "./visible-alerts.ts";

/** Throws `alert_not_found`, also for one about a model that the actor may not see. */
export async function getAlert(ctx: Ctx, { id }: { id: string }): Promise<AlertWire> {
  assertMay(ctx, "alert.read");
  const row = await getAlertRow(ctx, id);
  return alertToWire(row, await activeSilences(ctx.db, ctx.now()));
}

/** Throws `alert_not_found`. */
export async function getAlertRow(ctx: Ctx, id: string): Promise<Alert> {
  const row = await ctx.db.alert.findFirst({
    where: { AND: [{ id: BigInt(id) }, await visibleAlerts(ctx)] },
  });
  if (row === null) throw new RegistryError("alert_not_found", `There is no alert ${id}.`);
  return row;
}
