import type { Ctx } from "#lib/context.ts";
import { Prisma } from "#lib/db/generated/client.ts";
import { type AuditRow, entryOf } from "./entry-hash.ts";
import type { AuditEntryWire } from "./schema.ts";

type ReadCtx = Pick<Ctx, "db">;
type Row = AuditRow & { id: bigint; seq: bigint | null; hash: string | null };

/** The newest first, below the id `before`. */
export function readNewest(
  ctx: ReadCtx,
  { filter, before, limit }: { filter: Prisma.Sql; before: bigint | null; limit: number },
): Promise<AuditEntryWire[]> {
  const below = before === null ? Prisma.empty : Prisma.sql`and audit.id < ${before}`;
  return read(ctx, Prisma.sql`${filter} ${below}`, Prisma.sql`desc`, limit);
}

/** The oldest first, above the id `after`. */
export function readOldest(
  ctx: ReadCtx,
  { filter, after, limit }: { filter: Prisma.Sql; after: bigint; limit: number },
): Promise<AuditEntryWire[]> {
  return read(ctx, Prisma.sql`${filter} and audit.id > ${after}`, Prisma.sql`asc`, limit);
}

async function read(
  { db }: ReadCtx,
  filter: Prisma.Sql,
  order: Prisma.Sql,
  limit: number,
): Promise<AuditEntryWire[]> {
  const rows = await db.$queryRaw<Row[]>`
    select entry.*, link.seq, encode(link.hash, 'hex') as hash
    from (select * from audit where ${filter} order by audit.id ${order} limit ${limit}) as entry
    left join audit_link as link on link.audit_id = entry.id order by entry.id ${order}`;
  return rows.map((row) => ({
    ...entryOf(row),
    seq: row.seq?.toString() ?? null,
    hash: row.hash,
  }));
}
