import { randomUUID } from "node:crypto";
import type { z } from "zod";
import { resolveAlert } from "#lib/alerts/raise-alert.ts";
import { recordChange } from "#lib/audit/record-change.ts";
import type { Ctx } from "#lib/context.ts";
import type { Prisma } from "#lib/db/generated/client.ts";
import { inTransaction, type TransactionClient } from "#lib/db/transaction.ts";
import { RegistryError } from "#lib/errors.ts";
import { checkWebhookUrl } from "./check-webhook-url.ts";
import { getWebhook } from "./list-webhooks.ts";
import { assertMayHear, getWebhookRow } from "./manageable-webhooks.ts";
import {
  type createWebhookBody,
  type updateWebhookBody,
  WEBHOOKS_MAX,
  type WebhookWire,
} from "./schema.ts";
import { newSecret } from "./sign-message.ts";
import { webhookDetail, webhookToWire } from "./webhook-wire.ts";

/** The secret is in this answer and in no other. Throws `forbidden`, `model_not_found`, `invalid_request`. */
export async function createWebhook(
  ctx: Ctx,
  input: z.output<typeof createWebhookBody>,
): Promise<WebhookWire & { secret: string }> {
  await assertMayHear(ctx, input.models);
  const url = await checkWebhookUrl(ctx, input.url);
  const secret = newSecret();
  return inTransaction(ctx.db, async (tx) => {
    if ((await tx.webhook.count()) >= WEBHOOKS_MAX)
      throw new RegistryError("invalid_request", `There are ${WEBHOOKS_MAX} webhooks already.`);
    const row = await tx.webhook.create({
      data: {
        id: randomUUID(),
        ...{ ...input, url, modelKeys: input.models.map((name) => name.toLowerCase()), secret },
        ...{ createdAt: ctx.now(), createdBy: ctx.actor.name },
        ...saved(ctx),
      },
    });
    await recordChange(tx, ctx, { action: "webhook.set", model: null, detail: webhookDetail(row) });
    return { ...webhookToWire(row, 0), secret };
  });
}

/**
 * Whoever saves it answers for it from then on: it is told of what that actor may see. Switched on again, it gets what has waited.
 * Throws `webhook_not_found` and what `createWebhook` throws.
 */
export async function updateWebhook(
  ctx: Ctx,
  { id, enabled, ...input }: { id: string } & z.output<typeof updateWebhookBody>,
): Promise<WebhookWire> {
  const before = await getWebhookRow(ctx, id);
  await assertMayHear(ctx, input.models ?? before.models);
  const { url, description, events, models } = input;
  const data: Prisma.WebhookUpdateInput = {
    ...(url === undefined ? {} : { url: await checkWebhookUrl(ctx, url) }),
    ...(description === undefined ? {} : { description }),
    ...(events === undefined ? {} : { events }),
    ...(models && { models, modelKeys: models.map((name) => name.toLowerCase()) }),
    ...(enabled === false && before.disabledAt === null
      ? { disabledAt: ctx.now(), disabledReason: "by_hand" }
      : {}),
    ...(enabled === true ? { disabledAt: null, disabledReason: null, failingSince: null } : {}),
    ...saved(ctx),
  };
  await inTransaction(ctx.db, async (tx) => {
    const row = await tx.webhook.update({ where: { id }, data });
    if (enabled === true && before.disabledAt !== null) await takeUp(tx, ctx, id);
    await recordChange(tx, ctx, {
      action: "webhook.set",
      model: null,
      detail: { ...webhookDetail(row), enabled: row.disabledAt === null },
    });
  });
  return getWebhook(ctx, { id });
}

/** Throws `webhook_not_found`. */
export async function removeWebhook(ctx: Ctx, { id }: { id: string }): Promise<void> {
  const row = await getWebhookRow(ctx, id);
  await inTransaction(ctx.db, async (tx) => {
    await tx.webhook.deleteMany({ where: { id } });
    await resolveAlert(tx, "webhook_disabled", id, ctx.now());
    await recordChange(tx, ctx, {
      action: "webhook.removed",
      model: null,
      detail: webhookDetail(row),
    });
  });
}

async function takeUp(tx: TransactionClient, ctx: Ctx, id: string): Promise<void> {
  await resolveAlert(tx, "webhook_disabled", id, ctx.now());
  await tx.$executeRaw`
    update delivery set next_attempt_at = now(), expires_at = now() + interval '3 days', attempts = 0
    where webhook_id = ${id}::uuid and state = 'pending'`;
}

function saved(ctx: Ctx) {
  return { savedById: ctx.actor.id, savedBy: ctx.actor.name, savedAt: ctx.now() };
}
