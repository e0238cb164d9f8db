import { z } from "zod";
import { assertMay } from "#lib/access/policy.ts";
import { visibleModels } from "#lib/access/visible-models.ts";
import type { Ctx } from "#lib/context.ts";
import { Prisma } from "#lib/db/generated/client.ts";
import { cursorCount, cursorsOf, cursorText, rowId } from "#lib/wire/cursor.ts";
import type { STORAGE_MODEL_SORTS, StorageModelWire } from "../schema.ts";

export type ListStorageModelsInput = {
  limit: number;
  cursor?: string | undefined;
  sort: (typeof STORAGE_MODEL_SORTS)[number];
};

type Row = {
  id: bigint;
  name: string;
  in_trash: boolean;
  versions: bigint;
  logical_bytes: bigint;
  stored_bytes: bigint;
  shared_bytes: bigint;
  trash_bytes: bigint;
  total: bigint;
};

const COLUMN = {
  "-stored_bytes": Prisma.sql`stored_bytes`,
  "-logical_bytes": Prisma.sql`logical_bytes`,
  "-trash_bytes": Prisma.sql`trash_bytes`,
  name: Prisma.sql`name_key`,
} as const;

/**
 * Bytes by model, those in the trash included; a blob that several models hold counts for each of them as stored and as
 * shared. Reads every file's row: an operator's page, not a client's.
 */
export async function listStorageModels(
  ctx: Ctx,
  { limit, cursor, sort }: ListStorageModelsInput,
): Promise<{ items: StorageModelWire[]; next_cursor: string | null; total: number }> {
  assertMay(ctx, "storage.read");
  const visible = visibleModels(ctx.actor);
  const column = COLUMN[sort];
  const isAscending = sort === "name";
  const isAfter = isAscending ? Prisma.sql`>` : Prisma.sql`<`;
  const position = cursorsBy(sort).decode(cursor);
  const after = position
    ? Prisma.sql`(${column}, id) ${isAfter} (${position[0]}, ${position[1]})`
    : Prisma.sql`true`;
  const direction = isAscending ? Prisma.sql`asc` : Prisma.sql`desc`;
  const rows = await ctx.db.$queryRaw<Row[]>`
    with held as (
      select version.model_id, file.digest,
        bool_and(version.deleted_at is not null or model.deleted_at is not null) as in_trash
      from file join version on version.id = file.version_id join model on model.id = version.model_id
      group by version.model_id, file.digest
    ), spread as (select digest, count(*) as models from held group by digest),
    stored as (
      select held.model_id, sum(blob.stored_bytes)::bigint as stored_bytes,
        coalesce(sum(blob.stored_bytes) filter (where spread.models > 1), 0)::bigint as shared_bytes,
        coalesce(sum(blob.stored_bytes) filter (where held.in_trash and spread.models = 1), 0)::bigint as trash_bytes
      from held join spread using (digest) join blob using (digest) group by held.model_id
    ), logical as (
      select model_id, count(*) as versions, sum(size_bytes)::bigint as logical_bytes
      from version where purged_at is null group by model_id
    ), summed as (
      select model.id, model.name, model.name_key, model.deleted_at is not null as in_trash,
        coalesce(versions, 0) as versions, coalesce(logical_bytes, 0)::bigint as logical_bytes,
        coalesce(stored_bytes, 0)::bigint as stored_bytes, coalesce(shared_bytes, 0)::bigint as shared_bytes,
        coalesce(trash_bytes, 0)::bigint as trash_bytes
      from model left join logical on logical.model_id = model.id left join stored on stored.model_id = model.id
      where model.purged_at is null and ${visible.sql("model")}
    )
    select *, (select count(*) from model where purged_at is null and ${visible.sql()}) as total from summed
    where ${after}
    order by ${column} ${direction}, id ${direction} limit ${limit + 1}`;
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return {
    items: shown.map(toWire),
    next_cursor: rows.length > limit && last ? cursorAt(sort, last) : null,
    total: Number(rows[0]?.total ?? (await ctx.db.model.count({ where: visible.where }))),
  };
}

function cursorAt(sort: ListStorageModelsInput["sort"], row: Row): string {
  const value =
    sort === "name" ? row.name.toLowerCase() : Number(row[sort.slice(1) as "stored_bytes"]);
  return cursorsBy(sort).encode(value, row.id);
}

function cursorsBy(sort: ListStorageModelsInput["sort"]) {
  const value = sort === "name" ? cursorText : cursorCount.transform(BigInt);
  return cursorsOf(`storage by ${sort}`, z.tuple([value, rowId]));
}

function toWire(row: Row): StorageModelWire {
  return {
    model: row.name,
    in_trash: row.in_trash,
    versions: Number(row.versions),
    logical_bytes: Number(row.logical_bytes),
    stored_bytes: Number(row.stored_bytes),
    shared_bytes: Number(row.shared_bytes),
    trash_bytes: Number(row.trash_bytes),
  };
}
