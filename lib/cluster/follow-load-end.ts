import { raiseAlert, resolveAlert } from "#lib/alerts/raise-alert.ts";
import type { Ctx } from "#lib/context.ts";
import type { TransactionClient } from "#lib/db/transaction.ts";
import type { LoadWire } from "./schema.ts";

/** A version that could not be put on a cluster is an alert, until it can. In the transaction in which the load ends. */
export async function followLoadEnd(
  tx: TransactionClient,
  ctx: Pick<Ctx, "now">,
  { id, action, model, version, state, error }: Omit<LoadWire, "progress">,
): Promise<void> {
  if (action !== "load") return;
  const subject = `${model}/${version}`;
  if (state === "succeeded") await resolveAlert(tx, "load_failed", subject, ctx.now());
  if (state === "failed")
    await raiseAlert(
      tx,
      {
        kind: "load_failed",
        subject,
        model,
        detail: { load: id, code: error?.code ?? null, reason: error?.detail ?? null },
      },
      ctx.now(),
    );
}
