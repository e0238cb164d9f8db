import type { Model } from "#lib/db/generated/client.ts";
import type { TransactionClient } from "#lib/db/transaction.ts";
import { RegistryError } from "#lib/errors.ts";
import type { ModelCtx } from "./model-context.ts";
import type { Registration } from "./request-schema.ts";
import { nameKey } from "./store.ts";

export type LockedModel = Pick<Model, "id" | "name" | "latestVersion" | "nextNumber">;

/**
 * The model of a registration, made when there is none, and its row held until the transaction ends. Throws
 * `model_in_trash`.
 */
export async function lockOrCreateModel(
  tx: TransactionClient,
  ctx: ModelCtx,
  registration: Registration,
): Promise<{ model: LockedModel; isNew: boolean }> {
  const tags = JSON.stringify(registration.tags ?? {});
  const now = ctx.now();
  // The update changes nothing: it waits for whoever holds the row, and holds it then. Of two first registrations the
  // second one finds the first one's row; where a purge was waited for, the name is free and the row is made.
  const [row] = await tx.$queryRaw<(LockedModel & { isInTrash: boolean; isNew: boolean })[]>`
    insert into model as m (name, name_key, description, owner, tags, created_at, created_by, created_by_id, updated_at)
    values (${registration.name}, ${nameKey(registration.name)}, ${registration.description ?? ""}, ${ctx.actor.name},
            ${tags}::jsonb, ${now}, ${ctx.actor.name}, ${ctx.actor.id}, ${now})
    on conflict (name_key) do update set name_key = excluded.name_key
    returning m.id, m.name, m.latest_version as "latestVersion", m.next_number as "nextNumber",
      m.deleted_at is not null as "isInTrash", m.xmax = 0 as "isNew"`;
  if (row === undefined) throw new Error("an upsert without a row");
  const { isInTrash, isNew, ...model } = row;
  if (!isInTrash) return { model, isNew };
  throw new RegistryError(
    "model_in_trash",
    `A model named ${model.name} is in the trash: restore it, or choose another name.`,
    { problems: [{ pointer: "/name", detail: "is the name of a model in the trash" }] },
  );
}
