import { z } from "zod";
import { cursorInt, cursorsOf, cursorText } from "#lib/wire/cursor.ts";
import type { ModelCtx } from "./model-context.ts";
import type { listVersionsQuery } from "./request-schema.ts";
import type { VersionSummaryWire } from "./schema.ts";
import { getLiveModel, withAliases } from "./store.ts";
import { versionToSummary } from "./wire.ts";

export type ListVersionsInput = z.infer<typeof listVersionsQuery> & { name: string };

/** A model's live versions, the highest by semantic-version precedence first. Throws `model_not_found`, `invalid_cursor`. */
export async function listVersions(
  ctx: ModelCtx,
  input: ListVersionsInput,
): Promise<{ items: VersionSummaryWire[]; next_cursor: string | null; total: number }> {
  const model = await getLiveModel(ctx, "model.read", input.name);
  const where = {
    modelId: model.id,
    deletedAt: null,
    ...(input.stage ? { stage: { in: input.stage } } : {}),
  };
  const [rows, total] = await Promise.all([
    ctx.db.version.findMany({
      where: { ...where, ...after(input.cursor) },
      include: withAliases,
      orderBy: [{ precedence: "desc" }, { number: "desc" }],
      take: input.limit + 1,
    }),
    input.stage ? ctx.db.version.count({ where }) : model.versionCount,
  ]);
  const shown = rows.slice(0, input.limit);
  const last = shown.at(-1);
  const more = rows.length > input.limit && last !== undefined;
  return {
    items: shown.map((row) => versionToSummary(model.name, row)),
    next_cursor: more ? cursors.encode(last.precedence, last.number) : null,
    total,
  };
}

const cursors = cursorsOf("versions", z.tuple([cursorText, cursorInt]));

/** Versions that differ in build metadata only have one precedence, and then the newer one comes first. */
function after(cursor: string | undefined) {
  const position = cursors.decode(cursor);
  if (position === null) return {};
  const [precedence, number] = position;
  return {
    // The first bound excludes nothing more, but an index can begin to read there.
    precedence: { lte: precedence },
    OR: [{ precedence: { lt: precedence } }, { number: { lt: number } }],
  };
}

/** The texts of a model's highest versions, as suggestions. Throws `model_not_found`. */
export async function listVersionNames(
  ctx: ModelCtx,
  input: { name: string; limit: number },
): Promise<string[]> {
  const { id } = await getLiveModel(ctx, "model.read", input.name);
  const rows = await ctx.db.version.findMany({
    where: { modelId: id, deletedAt: null },
    select: { version: true },
    orderBy: [{ precedence: "desc" }, { number: "desc" }],
    take: input.limit,
  });
  return rows.map(({ version }) => version);
}
