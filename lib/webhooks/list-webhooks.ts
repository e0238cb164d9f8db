import type { Ctx } from "#lib/context.ts";
import type { Webhook } from "#lib/db/generated/client.ts";
import { getWebhookRow, manageableOf } from "./manageable-webhooks.ts";
import type { WebhookWire } from "./schema.ts";
import { webhookToWire } from "./webhook-wire.ts";

/** Those that the actor may change, the newest first; with `model` those that are told of it. */
export async function listWebhooks(
  ctx: Ctx,
  { model }: { model?: string | undefined } = {},
): Promise<{ items: WebhookWire[] }> {
  const all = await ctx.db.webhook.findMany({ orderBy: [{ createdAt: "desc" }, { id: "asc" }] });
  const rows = await manageableOf(
    ctx,
    all.filter((row) => model === undefined || hears(row, model)),
  );
  const waiting = await countWaiting(ctx, rows);
  return { items: rows.map((row) => webhookToWire(row, waiting.get(row.id) ?? 0)) };
}

/** Throws `webhook_not_found`. */
export async function getWebhook(ctx: Ctx, { id }: { id: string }): Promise<WebhookWire> {
  const row = await getWebhookRow(ctx, id);
  return webhookToWire(row, (await countWaiting(ctx, [row])).get(id) ?? 0);
}

/** As the function `fits_any` of the database has it. */
function hears({ modelKeys }: Webhook, model: string): boolean {
  const key = model.toLowerCase();
  return (
    modelKeys.length === 0 ||
    modelKeys.some((pattern) =>
      pattern.endsWith("*") ? key.startsWith(pattern.slice(0, -1)) : key === pattern,
    )
  );
}

async function countWaiting({ db }: Ctx, rows: readonly Webhook[]): Promise<Map<string, number>> {
  const counts = await db.delivery.groupBy({
    by: ["webhookId"],
    where: { webhookId: { in: rows.map(({ id }) => id) }, state: "pending" },
    _count: true,
  });
  return new Map(counts.map(({ webhookId, _count }) => [webhookId ?? "", _count]));
}
