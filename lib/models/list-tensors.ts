import { z } from "zod";
import { likeLiteral } from "#lib/db/like-literal.ts";
import { cursorInt, cursorsOf } from "#lib/wire/cursor.ts";
import type { ModelCtx } from "./model-context.ts";
import type { listTensorsQuery } from "./request-schema.ts";
import type { TensorWire } from "./schema.ts";
import { getLiveModel, resolveRef } from "./store.ts";

export type ListTensorsInput = z.infer<typeof listTensorsQuery> & { name: string; ref: string };

const cursors = cursorsOf("tensors", z.tuple([cursorInt]));

/** A version's tensors in the order of its files; `query` is a part of the tensor's name. */
export async function listTensors(
  ctx: ModelCtx,
  input: ListTensorsInput,
): Promise<{ items: TensorWire[]; next_cursor: string | null; total: number }> {
  const model = await getLiveModel(ctx, "model.read", input.name);
  const versionId = await resolveRef(ctx.db, model, input.ref);
  const where = {
    versionId,
    ...(input.query
      ? { name: { contains: likeLiteral(input.query), mode: "insensitive" as const } }
      : {}),
  };
  const [after] = cursors.decode(input.cursor) ?? [-1];
  const [rows, total] = await Promise.all([
    ctx.db.tensor.findMany({
      where: { ...where, position: { gt: after } },
      orderBy: { position: "asc" },
      take: input.limit + 1,
    }),
    ctx.db.tensor.count({ where }),
  ]);
  const items = rows.slice(0, input.limit).map((row) => ({
    position: row.position,
    name: row.name,
    dtype: row.dtype,
    shape: row.shape.map(Number),
    size_bytes: Number(row.sizeBytes),
    file: row.file,
    group: row.group as TensorWire["group"],
  }));
  const last = items.at(-1);
  const more = rows.length > input.limit && last !== undefined;
  return {
    items,
    next_cursor: more ? cursors.encode(last.position) : null,
    total,
  };
}
