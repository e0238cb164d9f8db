import { assertMayRegister } from "#lib/access/policy.ts";
import { grantOwner } from "#lib/accounts/grant-owner.ts";
import type { Model } from "#lib/db/generated/client.ts";
import type { TransactionClient } from "#lib/db/transaction.ts";
import { RegistryError } from "#lib/errors.ts";
import { type ExternalName, SAME_NAME } from "./external-name.ts";
import type { ModelCtx } from "./model-context.ts";
import type { Registration } from "./request-schema.ts";
import { nameKey } from "./store.ts";

export type LockedModel = Pick<
  Model,
  "id" | "name" | "latestVersion" | "nextNumber" | "visibility"
>;

/**
 * The model of a registration, made when there is none, and its row held until the transaction ends. Throws
 * `model_in_trash`, and `forbidden` for a model that the actor may not register versions of.
 */
export async function lockOrCreateModel(
  tx: TransactionClient,
  ctx: ModelCtx,
  registration: Registration,
  { externalName, externalKey }: ExternalName = SAME_NAME,
): Promise<{ model: LockedModel; isNew: boolean }> {
  const tags = JSON.stringify(registration.tags ?? {});
  const now = ctx.now();
  const key = nameKey(registration.name);
  // The update changes nothing: it waits for whoever holds the row, and holds it then. Of two first registrations the
  // second one finds the first one's row; where a purge was waited for, the name is free and the row is made. A name
  // that was private when its model was purged stays so: what is written down about that model has this name.
  const [row] = await tx.$queryRaw<(LockedModel & { isInTrash: boolean; isNew: boolean })[]>`
    insert into model as m (name, name_key, description, owner, tags, created_at, created_by, created_by_id, updated_at, visibility,
                            external_name, external_key)
    values (${registration.name}, ${key}, ${registration.description ?? ""}, ${ctx.actor.name},
            ${tags}::jsonb, ${now}, ${ctx.actor.name}, ${ctx.actor.id}, ${now},
            case when exists (select 1 from private_name where name_key = ${key}) then 'private'
                 else ${registration.visibility ?? "public"} end, ${externalName}, ${externalKey})
    on conflict (name_key) do update set name_key = excluded.name_key
    returning m.id, m.name, m.latest_version as "latestVersion", m.next_number as "nextNumber", m.visibility,
      m.deleted_at is not null as "isInTrash", m.xmax = 0 as "isNew"`;
  if (row === undefined) throw new Error("an upsert without a row");
  const { isInTrash, isNew, ...model } = row;
  assertMayRegister(ctx, isNew ? null : model, registration.name);
  if (isNew) {
    if (model.visibility === "private") await keepNamePrivate(tx, model.name);
    await grantOwner(tx, ctx, model.id);
  }
  if (!isInTrash) return { model, isNew };
  throw new RegistryError(
    "model_in_trash",
    `A model named ${model.name} is in the trash: restore it, or choose another name.`,
    { problems: [{ pointer: "/name", detail: "is the name of a model in the trash" }] },
  );
}

/** What is told of this name is told of a private model, also when it is gone. */
export async function keepNamePrivate(tx: TransactionClient, name: string): Promise<void> {
  await tx.$executeRaw`
    insert into private_name (name_key) values (${nameKey(name)}) on conflict do nothing`;
}
