import { z } from "zod";
import { assertMay } from "#lib/access/policy.ts";
import { visibleModels } from "#lib/access/visible-models.ts";
import { type Cursors, cursorsOf, cursorTime, rowId } from "#lib/wire/cursor.ts";
import type { ModelCtx } from "./model-context.ts";
import type { TrashedModelWire, TrashedVersionWire } from "./schema.ts";
import { withAliases, withCounter } from "./store.ts";
import { modelToTrashWire, versionToTrashWire } from "./wire.ts";

export type TrashPageInput = { limit: number; cursor?: string | undefined };
const position = z.tuple([cursorTime, rowId]);
const modelCursors = cursorsOf("trashed models", position);
const versionCursors = cursorsOf("trashed versions", position);
type TrashCursors = Cursors<z.output<typeof position>>;
type Page<T> = { items: T[]; next_cursor: string | null; total: number };

/** Models in the trash, the last trashed first (by id within the same moment). */
export async function listTrashedModels(
  ctx: ModelCtx,
  input: TrashPageInput,
): Promise<Page<TrashedModelWire>> {
  assertMay(ctx, "model.read");
  const where = { deletedAt: { not: null }, purgedAt: null, AND: visibleModels(ctx.actor).where };
  const [rows, total] = await Promise.all([
    ctx.db.model.findMany({
      where: { ...where, ...after(input.cursor, modelCursors) },
      include: withCounter,
      orderBy: [{ deletedAt: "desc" }, { id: "desc" }],
      take: input.limit + 1,
    }),
    ctx.db.model.count({ where }),
  ]);
  return toPage(rows.filter(hasDeletedAt), input.limit, total, modelCursors, modelToTrashWire);
}

/** Versions that were trashed by themselves; those of a trashed model come back with the model. */
export async function listTrashedVersions(
  ctx: ModelCtx,
  input: TrashPageInput,
): Promise<Page<TrashedVersionWire>> {
  assertMay(ctx, "model.read");
  const model = { deletedAt: null, AND: visibleModels(ctx.actor).where };
  const where = { deletedAt: { not: null }, purgedAt: null, model };
  const [rows, total] = await Promise.all([
    ctx.db.version.findMany({
      where: { ...where, ...after(input.cursor, versionCursors) },
      include: { ...withAliases, model: { select: { name: true } } },
      orderBy: [{ deletedAt: "desc" }, { id: "desc" }],
      take: input.limit + 1,
    }),
    ctx.db.version.count({ where }),
  ]);
  return toPage(rows.filter(hasDeletedAt), input.limit, total, versionCursors, (row) =>
    versionToTrashWire(row.model.name, row),
  );
}

function hasDeletedAt<T extends { deletedAt: Date | null }>(
  row: T,
): row is T & { deletedAt: Date } {
  return row.deletedAt !== null;
}

function after(cursor: string | undefined, cursors: TrashCursors) {
  const last = cursors.decode(cursor);
  if (last === null) return {};
  const [at, id] = last;
  return { OR: [{ deletedAt: { lt: at } }, { deletedAt: at, id: { lt: id } }] };
}

function toPage<Row extends { id: bigint; deletedAt: Date }, Wire>(
  rows: Row[],
  limit: number,
  total: number,
  cursors: TrashCursors,
  toWire: (row: Row) => Wire,
): Page<Wire> {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  const more = rows.length > limit && last !== undefined;
  return {
    items: shown.map(toWire),
    next_cursor: more ? cursors.encode(last.deletedAt, last.id) : null,
    total,
  };
}
