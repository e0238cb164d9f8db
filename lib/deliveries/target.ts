/** Whom a message is for. */
import { Prisma } from "#lib/db/generated/client.ts";

export type Target = { kind: "webhook"; id: string } | { kind: "contact_point"; id: bigint };

/** The condition on rows of `delivery`. */
export function rowsOf(target: Target, alias: "d" | "e" = "d"): Prisma.Sql {
  const column = Prisma.raw(alias);
  return target.kind === "webhook"
    ? Prisma.sql`${column}.webhook_id = ${target.id}::uuid`
    : Prisma.sql`${column}.contact_point_id = ${target.id}`;
}

/** The same as a filter of Prisma's. */
export function whereOf(target: Target): Prisma.DeliveryWhereInput {
  return target.kind === "webhook" ? { webhookId: target.id } : { contactPointId: target.id };
}
