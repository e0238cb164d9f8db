import type { z } from "zod";
import type { Ctx } from "../context.ts";
import { decodeCursor, encodeCursor } from "./cursor.ts";
import { assertMay } from "./policy.ts";
import type { listVersionsQuery } from "./request-schema.ts";
import type { VersionSummaryWire } from "./schema.ts";
import { getLiveModel, withAliases } from "./store.ts";
import { versionToSummary } from "./wire.ts";

export type ListVersionsInput = z.infer<typeof listVersionsQuery> & { name: string };

/** A model's live versions, the newest number first. Throws `model_not_found`, `invalid_cursor`. */
export async function listVersions(
  ctx: Ctx,
  input: ListVersionsInput,
): Promise<{ items: VersionSummaryWire[]; next_cursor: string | null; total: number }> {
  assertMay(ctx, "model.read");
  const model = await getLiveModel(ctx.db, input.name);
  const where = {
    modelId: model.id,
    deletedAt: null,
    ...(input.stage ? { stage: { in: input.stage } } : {}),
  };
  const before = input.cursor ? Number(decodeCursor(input.cursor, "versions").id) : null;
  const [rows, total] = await Promise.all([
    ctx.db.version.findMany({
      where: { ...where, ...(before === null ? {} : { number: { lt: before } }) },
      include: withAliases,
      orderBy: { number: "desc" },
      take: input.limit + 1,
    }),
    ctx.db.version.count({ where }),
  ]);
  const items = rows.slice(0, input.limit).map((row) => versionToSummary(model.name, row));
  const last = items.at(-1);
  const more = rows.length > input.limit && last !== undefined;
  return {
    items,
    next_cursor: more ? encodeCursor("versions", null, String(last.number)) : null,
    total,
  };
}
