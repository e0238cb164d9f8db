/** Who may see and change a webhook: administrators all of them, others those that are told of nothing but their own models. */
import { assertMay, assertMayOn, mayOn } from "#lib/access/policy.ts";
import { visibleModels } from "#lib/access/visible-models.ts";
import type { Ctx } from "#lib/context.ts";
import type { Webhook } from "#lib/db/generated/client.ts";
import { RegistryError } from "#lib/errors.ts";

const PERMISSION = "webhook.manage";

/** Asks whether the actor may have a webhook that is told of these models. Throws `forbidden`, `model_not_found`. */
export async function assertMayHear(ctx: Ctx, models: readonly string[]): Promise<void> {
  assertMay(ctx, PERMISSION);
  if (visibleModels(ctx.actor).isAll) return;
  if (models.length === 0 || models.some((pattern) => pattern.endsWith("*"))) {
    ctx.refused?.({ permission: PERMISSION, code: "forbidden" });
    throw new RegistryError(
      "forbidden",
      "Name the models, which you own: webhooks of all models, or of names that begin alike, are for administrators.",
    );
  }
  const rows = await findModels(ctx, models);
  for (const name of models)
    assertMayOn(ctx, PERMISSION, rows.get(name.toLowerCase()) ?? null, name);
}

export async function manageableOf(ctx: Ctx, webhooks: readonly Webhook[]): Promise<Webhook[]> {
  assertMay(ctx, PERMISSION);
  if (visibleModels(ctx.actor).isAll) return [...webhooks];
  const rows = await findModels(
    ctx,
    webhooks.flatMap(({ models }) => models),
  );
  const isOwn = (key: string) => {
    const row = rows.get(key);
    return row !== undefined && mayOn(ctx, PERMISSION, row);
  };
  return webhooks.filter(({ modelKeys }) => modelKeys.length > 0 && modelKeys.every(isOwn));
}

/** Throws `webhook_not_found`, also for one that the actor may not see. */
export async function getWebhookRow(ctx: Ctx, id: string): Promise<Webhook> {
  assertMay(ctx, PERMISSION);
  const row = await ctx.db.webhook.findUnique({ where: { id } });
  const [found] = row === null ? [] : await manageableOf(ctx, [row]);
  if (found === undefined)
    throw new RegistryError("webhook_not_found", `There is no webhook ${id}.`);
  return found;
}

async function findModels({ db }: Ctx, names: readonly string[]) {
  const keys = names.map((name) => name.toLowerCase());
  const rows = await db.model.findMany({
    where: { nameKey: { in: keys } },
    select: { name: true, nameKey: true, visibility: true },
  });
  return new Map(rows.map((row) => [row.nameKey, row]));
}
