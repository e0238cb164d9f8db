import type { OperationState } from "#lib/operations/schema.ts";
import type { ModelCtx } from "../model-context.ts";
import { getLiveModel } from "../store.ts";

export type ConversionStanding = {
  state: OperationState;
  /** Why the last attempt ended, or what was left out. */
  reason: string | null;
  /** The version that was made; null before that, and where it is in the trash or gone. */
  made: string | null;
};

/**
 * How far the last conversion of a version is: whoever reads the model sees it, the list of operations is for fewer. null where
 * nobody has asked for one. Throws `model_not_found`.
 */
export async function getConversionStanding(
  ctx: ModelCtx,
  { name, version }: { name: string; version: string },
): Promise<ConversionStanding | null> {
  const model = await getLiveModel(ctx, "model.read", name);
  const row = await ctx.db.version.findFirst({
    where: { modelId: model.id, version },
    select: { id: true },
  });
  if (row === null) return null;
  const operation = await ctx.db.operation.findFirst({
    where: { kind: "conversion", input: { path: ["version_id"], equals: row.id.toString() } },
    orderBy: { id: "desc" },
  });
  if (operation === null) return null;
  const { number } = operation.progress as { number?: number | null };
  const made =
    typeof number === "number"
      ? await ctx.db.version.findFirst({
          where: { modelId: model.id, number, deletedAt: null, purgedAt: null },
          select: { version: true },
        })
      : null;
  return {
    state: operation.state as OperationState,
    reason: operation.error,
    made: made?.version ?? null,
  };
}
