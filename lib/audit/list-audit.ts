import { z } from "zod";
import { assertMay } from "#lib/access/policy.ts";
import type { Ctx } from "#lib/context.ts";
import { cursorsOf, rowId } from "#lib/wire/cursor.ts";
import { auditFilter } from "./audit-filter.ts";
import { readNewest } from "./read-entries.ts";
import type { AuditEntryWire, AuditFilters } from "./schema.ts";

export type ListAuditInput = AuditFilters & {
  /** Without downloads and refusals: what has changed. */
  isChangesOnly?: boolean;
  limit: number;
  cursor?: string | undefined;
};

const cursors = cursorsOf("audit", z.tuple([rowId]));

type AuditPage = { items: AuditEntryWire[]; next_cursor: string | null; total: number };

/** The audit log, newest first. `model` is matched as it was named when the change was made. */
export async function listAudit(ctx: Ctx, input: ListAuditInput): Promise<AuditPage> {
  assertMay(ctx, "audit.read");
  return readAuditPage(ctx, input);
}

/** `listAudit` for a caller who has asked whether the actor may. */
export async function readAuditPage(
  ctx: Ctx,
  { limit, cursor, ...filters }: ListAuditInput,
): Promise<AuditPage> {
  const filter = auditFilter(ctx.actor, filters);
  const after = cursors.decode(cursor);
  const [entries, [counted]] = await Promise.all([
    readNewest(ctx, { filter, before: after?.[0] ?? null, limit: limit + 1 }),
    ctx.db.$queryRaw<{ total: bigint }[]>`select count(*) as total from audit where ${filter}`,
  ]);
  const items = entries.slice(0, limit);
  const last = items.at(-1);
  return {
    items,
    next_cursor: entries.length > limit && last ? cursors.encode(last.id) : null,
    total: Number(counted?.total ?? 0),
  };
}
