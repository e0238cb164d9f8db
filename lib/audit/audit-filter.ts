import type { Actor } from "#lib/access/actor.ts";
import { visibleModels } from "#lib/access/visible-models.ts";
import { Prisma } from "#lib/db/generated/client.ts";
import { type AuditFilters, REPEATED_ACTIONS } from "./schema.ts";

/**
 * The entries that an actor may see and the filters let through, as a condition on `audit`. `model` is matched as it was named
 * when the change was made. With `isChangesOnly` nobody's downloads and refusals are among them.
 */
export function auditFilter(
  actor: Actor,
  filters: AuditFilters & { isChangesOnly?: boolean },
): Prisma.Sql {
  const { model, version, actor: name, action, address, request_id, since, until } = filters;
  const conditions = [Prisma.sql`true`];
  const where = (condition: Prisma.Sql) => conditions.push(condition);
  if (model) where(Prisma.sql`lower(audit.model_name) = ${model.toLowerCase()}`);
  if (version) where(Prisma.sql`audit.version = ${version}`);
  if (name) where(Prisma.sql`audit.actor = ${name}`);
  if (action?.endsWith("*")) where(Prisma.sql`audit.action ^@ ${action.slice(0, -1)}`);
  else if (action) where(Prisma.sql`audit.action = ${action}`);
  if (address) where(Prisma.sql`audit.address = ${address}`);
  if (request_id) where(Prisma.sql`audit.request_id = ${request_id}`);
  if (since) where(Prisma.sql`audit.at >= ${new Date(since)}`);
  if (until) where(Prisma.sql`audit.at <= ${new Date(until)}`);
  if (filters.isChangesOnly)
    where(Prisma.sql`audit.action <> all(${[...REPEATED_ACTIONS]}::text[])`);
  where(visibleModels(actor).sqlOfName(Prisma.sql`audit.model_name`));
  return Prisma.join(conditions, " and ");
}
