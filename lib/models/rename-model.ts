import { assertAdmitsName, may } from "#lib/access/policy.ts";
import { recordChange } from "#lib/audit/record-change.ts";
import { isUniqueViolation } from "#lib/db/database-errors.ts";
import type { Model } from "#lib/db/generated/client.ts";
import type { TransactionClient } from "#lib/db/transaction.ts";
import { RegistryError } from "#lib/errors.ts";
import { addJob } from "#lib/operations/add-job.ts";
import { chooseName, nameTaken } from "./choose-name.ts";
import { checkExternalName } from "./external-name.ts";
import { inModelTransaction } from "./in-model-transaction.ts";
import { keepNamePrivate } from "./lock-or-create-model.ts";
import type { ModelCtx } from "./model-context.ts";
import { findProtections } from "./protection/check-move.ts";
import { lockLiveModel, nameKey } from "./store.ts";

/**
 * Gives a model another name; the old one is free at once. Versions, numbers, aliases, grants and requests stay with it. Who
 * renames needs the right to delete it. Throws `model_not_found`, `forbidden`,
 * `invalid_name`, `model_exists`, `move_protected`.
 */
export async function renameModel(
  ctx: ModelCtx,
  input: { name: string; newName: string },
): Promise<void> {
  checkExternalName(input.newName);
  try {
    await inModelTransaction(ctx, input.name, (tx) => rename(tx, ctx, input));
  } catch (error) {
    throw isUniqueViolation(error) ? nameTaken(input.newName) : error;
  }
  ctx.counts.forget();
  // Grants are known by the model's name.
  await ctx.accounts.forgetEverywhere();
}

async function rename(
  tx: TransactionClient,
  ctx: ModelCtx,
  input: { name: string; newName: string },
): Promise<void> {
  const model = await lockLiveModel(tx, ctx, "model.delete", input.name);
  const chosen = await chooseName(tx, input.newName, model.id);
  const key = nameKey(chosen.name);
  if (key !== model.nameKey) {
    assertAdmitsName(ctx, "model.delete", chosen.name);
    if ((await tx.model.count({ where: { nameKey: key } })) > 0) throw nameTaken(input.newName);
  }
  await assertStaysProtected(tx, ctx, model, key);
  const renamed = await tx.model.update({
    where: { id: model.id },
    data: { ...chosen, nameKey: key, updatedAt: ctx.now() },
  });
  await keepPrivacy(tx, model, renamed);
  const detail = {
    before: { name: model.name, external_name: model.externalName },
    after: { name: renamed.name, external_name: renamed.externalName },
  };
  await recordChange(tx, ctx, { action: "model.renamed", model: renamed.name, detail });
  const payload = { model_id: model.id.toString(), old_name: model.name };
  await addJob(tx, "rename-records", payload);
}

/** What is told of either name is told of a private model. A name that was private once makes the model private. */
async function keepPrivacy(tx: TransactionClient, before: Model, after: Model): Promise<void> {
  const wasPrivate = await tx.privateName.findUnique({ where: { nameKey: after.nameKey } });
  if (before.visibility === "private") await keepNamePrivate(tx, after.name);
  else if (wasPrivate !== null && before.nameKey !== after.nameKey)
    await tx.model.update({ where: { id: after.id }, data: { visibility: "private" } });
}

/** A protection is of names: nobody gets rid of one by another name who may not change it. */
async function assertStaysProtected(
  tx: TransactionClient,
  ctx: ModelCtx,
  model: Model,
  key: string,
): Promise<void> {
  const before = await findProtections(tx, model);
  const after = await findProtections(tx, { nameKey: key });
  const kept = new Set(after.map(({ id }) => id));
  if (before.every(({ id }) => kept.has(id)) || may(ctx, "protection.manage")) return;
  throw new RegistryError(
    "move_protected",
    `Aliases or stages of ${model.name} are protected by its name: only who may change protections renames it.`,
  );
}
