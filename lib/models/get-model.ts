import type { Ctx } from "../context.ts";
import { assertMay } from "./policy.ts";
import type { ModelDetailWire } from "./schema.ts";
import { getLiveModel, getVersionRow, sumModelBytes } from "./store.ts";
import { modelToWire, versionToSummary } from "./wire.ts";

/** Throws `model_not_found`. */
export async function getModel(ctx: Ctx, input: { name: string }): Promise<ModelDetailWire> {
  assertMay(ctx, "model.read");
  const model = await getLiveModel(ctx.db, input.name);
  const [aliases, latest, bytes] = await Promise.all([
    ctx.db.alias.findMany({
      where: { modelId: model.id, version: { deletedAt: null } },
      include: { version: { select: { version: true } } },
      orderBy: { alias: "asc" },
    }),
    model.latestId === null ? null : getVersionRow(ctx.db, model.latestId),
    sumModelBytes(ctx.db, model.id),
  ]);
  return {
    ...modelToWire(model),
    aliases: aliases.map((row) => ({
      alias: row.alias,
      version: row.version.version,
      updated_at: row.updatedAt.toISOString(),
      updated_by: row.updatedBy,
    })),
    latest: latest === null ? null : versionToSummary(model.name, latest),
    logical_bytes: Number(bytes.logical),
    stored_bytes: Number(bytes.stored),
  };
}
