import { z } from "zod";
import type { Actor } from "#lib/access/actor.ts";
import { assertMay } from "#lib/access/policy.ts";
import { visibleModels } from "#lib/access/visible-models.ts";
import type { Ctx } from "#lib/context.ts";
import { likeLiteral } from "#lib/db/like-literal.ts";
import { cursorsOf, rowId } from "#lib/wire/cursor.ts";
import type { AuditEntryWire, listAuditQuery } from "./schema.ts";

export type ListAuditInput = Partial<z.infer<typeof listAuditQuery>> & { limit: number };

const cursors = cursorsOf("audit", z.tuple([rowId]));

/** The audit log, newest first. `model` is matched as it was named when the change was made. */
export async function listAudit(ctx: Ctx, input: ListAuditInput) {
  assertMay(ctx, "audit.read");
  const where = {
    ...(input.model
      ? { modelName: { equals: likeLiteral(input.model), mode: "insensitive" as const } }
      : {}),
    ...(input.version ? { version: input.version } : {}),
    ...(input.actor ? { actor: input.actor } : {}),
    ...(input.action ? { action: input.action } : {}),
    ...ofVisible(ctx.actor),
  };
  const after = cursors.decode(input.cursor);
  const [rows, total] = await Promise.all([
    ctx.db.auditEntry.findMany({
      where: { ...where, ...(after ? { id: { lt: after[0] } } : {}) },
      orderBy: { id: "desc" },
      take: input.limit + 1,
    }),
    ctx.db.auditEntry.count({ where }),
  ]);
  const items = rows.slice(0, input.limit).map(
    (row): AuditEntryWire => ({
      id: row.id.toString(),
      at: row.at.toISOString(),
      actor: row.actor,
      action: row.action,
      model: row.modelName,
      version: row.version,
      detail: row.detail as AuditEntryWire["detail"],
      request_id: row.requestId,
      address: row.address,
    }),
  );
  const last = items.at(-1);
  const more = rows.length > input.limit && last;
  return { items, next_cursor: more ? cursors.encode(last.id) : null, total };
}

/** An actor who is confined to some models learns of changes to these only. */
function ofVisible(actor: Actor) {
  const { isAll, names, prefixes } = visibleModels(actor);
  if (isAll) return {};
  const mode = "insensitive" as const;
  const named = names.map((name) => ({ modelName: { equals: likeLiteral(name), mode } }));
  const begun = prefixes.map((prefix) => ({
    modelName: { startsWith: likeLiteral(prefix), mode },
  }));
  return { OR: [...named, ...begun] };
}
