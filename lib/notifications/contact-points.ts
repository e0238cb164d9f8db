import type { z } from "zod";
import { assertMay } from "#lib/access/policy.ts";
import { recordChange } from "#lib/audit/record-change.ts";
import type { Ctx } from "#lib/context.ts";
import { isUniqueViolation } from "#lib/db/database-errors.ts";
import type { ContactPoint, Prisma } from "#lib/db/generated/client.ts";
import { inTransaction, type TransactionClient } from "#lib/db/transaction.ts";
import { RegistryError } from "#lib/errors.ts";
import { checkWebhookUrl } from "#lib/webhooks/check-webhook-url.ts";
import { newSecret } from "#lib/webhooks/sign-message.ts";
import {
  CONTACT_POINTS_MAX,
  type ContactPointWire,
  type contactPointListSchema,
  type createContactPointBody,
  type updateContactPointBody,
} from "./schema.ts";

/** By name. */
export async function listContactPoints(ctx: Ctx): Promise<z.infer<typeof contactPointListSchema>> {
  assertMay(ctx, "contact.manage");
  const rows = await ctx.db.contactPoint.findMany({ orderBy: { name: "asc" } });
  return {
    items: rows.map(contactPointToWire),
    has_mail_server: ctx.config.notifications.smtp !== null,
  };
}

/** The secret is in this answer and in no other. Throws `contact_point_exists`, `invalid_request`. */
export async function createContactPoint(
  ctx: Ctx,
  input: z.output<typeof createContactPointBody>,
): Promise<ContactPointWire & { secret: string | null }> {
  assertMay(ctx, "contact.manage");
  const { tells_end: tellsEnd, url, ...rest } = input;
  const isMail = input.kind === "email";
  const secret = input.kind === "webhook" ? newSecret() : null;
  const data = {
    ...rest,
    addresses: isMail ? input.addresses : [],
    url: isMail || url === null ? null : await checkWebhookUrl(ctx, url),
    secret,
    tellsEnd,
    createdBy: ctx.actor.name,
  };
  const row = await named(ctx, input.name, async (tx) => {
    if ((await tx.contactPoint.count()) >= CONTACT_POINTS_MAX)
      throw new RegistryError(
        "invalid_request",
        `There are ${CONTACT_POINTS_MAX} contact points already.`,
      );
    const made = await tx.contactPoint.create({ data });
    await record(tx, ctx, "contact.set", made);
    return made;
  });
  return { ...contactPointToWire(row), secret };
}

/** Throws `contact_point_not_found`, `contact_point_exists`, `invalid_request`. */
export async function updateContactPoint(
  ctx: Ctx,
  { id, ...input }: { id: string } & z.output<typeof updateContactPointBody>,
): Promise<ContactPointWire> {
  assertMay(ctx, "contact.manage");
  const before = await getContactPointRow(ctx, id);
  const isMail = before.kind === "email";
  const { tells_end, enabled, url, addresses, ...rest } = input;
  const data: Prisma.ContactPointUpdateInput = {
    ...Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined)),
    ...(isMail && addresses ? { addresses } : {}),
    ...(!isMail && url !== undefined ? { url: await checkWebhookUrl(ctx, url) } : {}),
    ...(tells_end === undefined ? {} : { tellsEnd: tells_end }),
    ...(enabled === undefined ? {} : { isOn: enabled }),
    updatedAt: ctx.now(),
  };
  const row = await named(ctx, input.name ?? before.name, async (tx) => {
    const changed = await tx.contactPoint.update({ where: { id: before.id }, data });
    await record(tx, ctx, "contact.set", changed);
    return changed;
  });
  return contactPointToWire(row);
}

/** Throws `contact_point_not_found`. */
export async function removeContactPoint(ctx: Ctx, { id }: { id: string }): Promise<void> {
  assertMay(ctx, "contact.manage");
  const row = await getContactPointRow(ctx, id);
  await inTransaction(ctx.db, async (tx) => {
    await tx.contactPoint.deleteMany({ where: { id: row.id } });
    await record(tx, ctx, "contact.removed", row);
  });
}

/** Throws `contact_point_not_found`. */
export async function getContactPointRow(ctx: Ctx, id: string): Promise<ContactPoint> {
  const row = await ctx.db.contactPoint.findUnique({ where: { id: BigInt(id) } });
  if (row === null)
    throw new RegistryError("contact_point_not_found", `There is no contact point ${id}.`);
  return row;
}

function named<T>(ctx: Ctx, name: string, work: (tx: TransactionClient) => Promise<T>): Promise<T> {
  return inTransaction(ctx.db, work).catch((error: unknown) => {
    if (!isUniqueViolation(error)) throw error;
    throw new RegistryError("contact_point_exists", `There is a contact point named ${name}.`, {
      cause: error,
    });
  });
}

async function record(
  tx: TransactionClient,
  ctx: Ctx,
  action: "contact.set" | "contact.removed",
  row: ContactPoint,
): Promise<void> {
  const { id, name, kind, addresses, host, severities, kinds, enabled } = contactPointToWire(row);
  await recordChange(tx, ctx, {
    action,
    model: null,
    detail: { id, name, kind, addresses, host, severities, kinds, enabled },
  });
}

function contactPointToWire(row: ContactPoint): ContactPointWire {
  return {
    id: row.id.toString(),
    name: row.name,
    kind: row.kind as ContactPointWire["kind"],
    addresses: row.addresses,
    host: row.url === null ? null : (URL.parse(row.url)?.host ?? null),
    severities: row.severities as ContactPointWire["severities"],
    kinds: row.kinds as ContactPointWire["kinds"],
    language: row.language as ContactPointWire["language"],
    tells_end: row.tellsEnd,
    enabled: row.isOn,
    created_at: row.createdAt.toISOString(),
    created_by: row.createdBy,
    updated_at: row.updatedAt.toISOString(),
  };
}
