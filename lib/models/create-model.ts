import { recordChange } from "#lib/audit/record-change.ts";
import { isUniqueViolation } from "#lib/db/database-errors.ts";
import { checkMayRegister } from "./check-may-register.ts";
import { chooseName, nameTaken } from "./choose-name.ts";
import { checkExternalName } from "./external-name.ts";
import { inModelTransaction } from "./in-model-transaction.ts";
import { lockOrCreateModel } from "./lock-or-create-model.ts";
import type { ModelCtx } from "./model-context.ts";
import { queueRecords } from "./queue-records.ts";
import type { Registration } from "./request-schema.ts";

export type CreateModelInput = Pick<Registration, "name" | "description" | "tags">;

/**
 * Makes a model without versions, under a name as clients of MLflow give it. Throws `invalid_name`, `forbidden`,
 * `model_exists`, `model_in_trash`.
 */
export async function createModel(ctx: ModelCtx, input: CreateModelInput): Promise<void> {
  checkExternalName(input.name);
  await checkMayRegister(ctx, input.name);
  try {
    await inModelTransaction(ctx, input.name, async (tx) => {
      const chosen = await chooseName(tx, input.name);
      const registration = { ...input, name: chosen.name };
      const { model, isNew } = await lockOrCreateModel(tx, ctx, registration, chosen);
      if (!isNew) throw nameTaken(input.name);
      const detail = chosen.externalName === null ? {} : { external_name: chosen.externalName };
      await recordChange(tx, ctx, { action: "model.created", model: model.name, detail });
      await queueRecords(tx, model);
    });
  } catch (error) {
    throw isUniqueViolation(error, "model_external_key_key") ? nameTaken(input.name) : error;
  }
  ctx.counts.forget();
  // Somebody owns it from now on.
  if (ctx.credential !== null) await ctx.accounts.forgetEverywhere();
}
