import { recordChange } from "#lib/audit/record-change.ts";
import type { Ctx } from "#lib/context.ts";
import { inTransaction } from "#lib/db/transaction.ts";
import { getWebhookRow } from "./manageable-webhooks.ts";
import { newSecret } from "./sign-message.ts";

/** Both secrets sign until then, so that the receiver can be told of the new one in between. */
const OVERLAP_MS = 24 * 60 * 60 * 1000;

/** A new secret, which is told once. Throws `webhook_not_found`. */
export async function rotateSecret(
  ctx: Ctx,
  { id }: { id: string },
): Promise<{ secret: string; old_valid_until: string }> {
  const { secret: oldSecret } = await getWebhookRow(ctx, id);
  const secret = newSecret();
  const oldSecretUntil = new Date(ctx.now().getTime() + OVERLAP_MS);
  await inTransaction(ctx.db, async (tx) => {
    await tx.webhook.update({ where: { id }, data: { secret, oldSecret, oldSecretUntil } });
    await recordChange(tx, ctx, { action: "webhook.rotated", model: null, detail: { id } });
  });
  return { secret, old_valid_until: oldSecretUntil.toISOString() };
}
