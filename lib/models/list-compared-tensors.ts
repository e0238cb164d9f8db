import { z } from "zod";
import { Prisma } from "#lib/db/generated/client.ts";
import { likeLiteral } from "#lib/db/like-literal.ts";
import { cursorInt, cursorsOf } from "#lib/wire/cursor.ts";
import type { ComparedTensorsWire, ComparedTensorWire } from "./compare-schema.ts";
import { SELF_CONTAINED } from "./compare-tensors.ts";
import type { ModelCtx } from "./model-context.ts";
import type { compareTensorsQuery, VersionChoice } from "./request-schema.ts";
import { getLiveModel, resolveRef } from "./store.ts";
import { measureRows } from "./weights/measure-rows.ts";
import type { StoredRow, StoredSide } from "./weights/stored-row.ts";

export type ListComparedTensorsInput = Omit<z.infer<typeof compareTensorsQuery>, "to"> & {
  name: string;
  to: readonly VersionChoice[];
  signal?: AbortSignal | undefined;
  /** See `measureRows`. */
  enoughBytes?: number | undefined;
};

const cursors = cursorsOf("compared-tensors", z.tuple([cursorInt]));

/**
 * The weights of up to four versions by name; of two of one name in a version the first counts. With `weights` their values
 * are compared, and a page ends where an answer would take too long. Throws `model_not_found`, `version_not_found`,
 * `alias_not_found`, `invalid_cursor`, and what `WeightComparer` throws.
 */
export async function listComparedTensors(
  ctx: ModelCtx,
  input: ListComparedTensorsInput,
): Promise<ComparedTensorsWire> {
  const versions = await Promise.all(
    [{ model: undefined, ref: input.from }, ...input.to].map(({ model, ref }) =>
      findVersion(ctx, model ?? input.name, ref),
    ),
  );
  const [begin] = cursors.decode(input.cursor) ?? [0];
  const ids = versions.map(({ id }) => id);
  const found = await readRows(ctx, ids, { ...input, begin });
  const items = found.rows.map(toItem);
  const measured = input.weights
    ? await measureRows(ctx, { ids, ...input, rows: found.rows, items })
    : items.length;
  const end = begin + measured;
  const [from, ...to] = versions.map(({ model, version }) => ({ model, version }));
  return {
    from: from as ComparedTensorsWire["from"],
    to,
    items: items.slice(0, measured),
    next_cursor: end < found.total ? cursors.encode(end) : null,
    total: found.total,
  };
}

async function findVersion(ctx: ModelCtx, name: string, ref: string) {
  const model = await getLiveModel(ctx, "model.read", name);
  const id = await resolveRef(ctx.db, model, ref);
  const { version } = await ctx.db.version.findUniqueOrThrow({
    where: { id },
    select: { version: true },
  });
  return { id, model: model.name, version };
}

type Wanted = { query?: string | undefined; differences: boolean; begin: number; limit: number };
type Row = { name: string; sides: Record<string, StoredSide>; total: string };

/** Sorted by name, byte by byte. */
async function readRows(
  ctx: ModelCtx,
  ids: readonly bigint[],
  { query, differences, begin, limit }: Wanted,
): Promise<{ rows: StoredRow[]; total: number }> {
  const named = query
    ? Prisma.sql`and tensor.name ilike ${`%${likeLiteral(query)}%`}`
    : Prisma.empty;
  // Where all have the very same file, nothing of the tensor differs. A digest that is not known is equal to none.
  const differing = Prisma.sql`having count(*) < ${ids.length} or min(shape) <> max(shape)
    or min(dtype collate "C") <> max(dtype collate "C") or count(digest) < ${ids.length}
    or min(digest collate "C") <> max(digest collate "C")`;
  const rows = await ctx.db.statements.query<Row>(Prisma.sql`
    with t as (
      select wanted.place, own.* from unnest(${[...ids]}::bigint[]) with ordinality as wanted(id, place)
      cross join lateral (
        select distinct on (tensor.name collate "C") tensor.name, dtype, shape, tensor.size_bytes, tensor.file, file.digest
        from tensor left join file on file.version_id = tensor.version_id and file.path = tensor.file
          and file.format in (${Prisma.join([...SELF_CONTAINED])})
        where tensor.version_id = wanted.id and tensor_group is null ${named}
        order by tensor.name collate "C", tensor.position
      ) as own
    ), names as (
      select name from t group by name ${differences ? differing : Prisma.empty}
    ), shown as (
      select name, count(*) over () as total from names
      order by name collate "C" offset ${begin} limit ${limit}
    )
    select shown.name, shown.total, json_object_agg(t.place, json_build_object('dtype', t.dtype,
      'shape', t.shape, 'size_bytes', t.size_bytes, 'file', t.file, 'digest', t.digest)) as sides
    from shown join t on t.name = shown.name
    group by shown.name, shown.total order by shown.name collate "C"`);
  return {
    rows: rows.map(({ name, sides }) => ({
      name,
      sides: ids.map((_, at) => sides[at + 1] ?? null),
    })),
    total: Number(rows[0]?.total ?? 0),
  };
}

function toItem({ name, sides }: StoredRow): ComparedTensorWire {
  const [from = null, ...others] = sides;
  return {
    name,
    from: toTyped(from),
    to: others.map((to) => ({
      tensor: toTyped(to),
      change: changeOf(from, to),
      weights: isSameFile(from, to) ? EQUAL : null,
    })),
  };
}

const toTyped = (side: StoredSide | null) =>
  side && { dtype: side.dtype, shape: side.shape, size_bytes: side.size_bytes };

const isSameFile = (from: StoredSide | null, to: StoredSide | null) =>
  from !== null && from.digest !== null && from.digest === to?.digest;

const EQUAL = {
  state: "equal",
  reason: null,
  changed_values: 0,
  relative_difference: 0,
  max_absolute_difference: 0,
  not_finite: 0,
} as const;

function changeOf(
  from: StoredSide | null,
  to: StoredSide | null,
): ComparedTensorWire["to"][number]["change"] {
  if (from === null) return to === null ? "absent" : "added";
  if (to === null) return "removed";
  if (`${from.shape}` !== `${to.shape}`) return "reshaped";
  return from.dtype === to.dtype ? "unchanged" : "retyped";
}
