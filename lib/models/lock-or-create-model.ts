import type { Model } from "#lib/db/generated/client.ts";
import type { TransactionClient } from "#lib/db/transaction.ts";
import { RegistryError } from "#lib/errors.ts";
import type { ModelCtx } from "./model-context.ts";
import type { Registration } from "./request-schema.ts";
import { nameKey } from "./store.ts";

/** Attempts, since a model may be purged between the two statements that find it and lock it. */
const MAX_ATTEMPTS = 10;

/**
 * The model of a registration, made when there is none, and its row held until the transaction ends. Throws
 * `model_in_trash`.
 */
export async function lockOrCreateModel(
  tx: TransactionClient,
  ctx: ModelCtx,
  registration: Registration,
): Promise<{ model: Model; isNew: boolean }> {
  const key = nameKey(registration.name);
  const tags = JSON.stringify(registration.tags ?? {});
  const now = ctx.now();
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt += 1) {
    // Two first registrations at once: the second waits here and then finds the first one's row.
    const inserted = await tx.$executeRaw`
      insert into model (name, name_key, description, owner, tags, created_at, created_by, created_by_id, updated_at)
      values (${registration.name}, ${key}, ${registration.description ?? ""}, ${ctx.actor.name},
              ${tags}::jsonb, ${now}, ${ctx.actor.name}, ${ctx.actor.id}, ${now})
      on conflict (name_key) do nothing`;
    // Waits for a change of the model under way, and finds nothing when that was its purge: then the name is free.
    await tx.$queryRaw`select id from model where name_key = ${key} for update`;
    const model = await tx.model.findUnique({ where: { nameKey: key } });
    if (model === null) continue;
    if (model.deletedAt === null) return { model, isNew: inserted === 1 };
    throw new RegistryError(
      "model_in_trash",
      `A model named ${model.name} is in the trash: restore it, or choose another name.`,
      { problems: [{ pointer: "/name", detail: "is the name of a model in the trash" }] },
    );
  }
  throw new RegistryError("unavailable", "This model is being deleted. Try again in a moment.");
}
