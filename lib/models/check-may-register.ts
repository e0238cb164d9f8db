import { assertMayRegister } from "#lib/access/policy.ts";
import { visibleModels } from "#lib/access/visible-models.ts";
import type { ModelCtx } from "./model-context.ts";
import { nameKey } from "./store.ts";

/**
 * Asks for the name of a registration, as soon as it is known. The transaction asks again, with the model's row held. Throws
 * `forbidden`.
 */
export async function checkMayRegister(ctx: ModelCtx, name: string): Promise<void> {
  // Whoever sees all models may register versions of every one.
  const found = visibleModels(ctx.actor).isAll
    ? null
    : await ctx.db.model.findUnique({
        where: { nameKey: nameKey(name) },
        select: { name: true, visibility: true },
      });
  assertMayRegister(ctx, found, name);
}
