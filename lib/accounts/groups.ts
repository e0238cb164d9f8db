/** Groups of accounts, to which models are granted at once. */
import { randomUUID } from "node:crypto";
import { z } from "zod";
import { assertMay } from "#lib/access/policy.ts";
import { isUniqueViolation } from "#lib/db/database-errors.ts";
import type { Prisma } from "#lib/db/generated/client.ts";
import type { TransactionClient } from "#lib/db/transaction.ts";
import { RegistryError } from "#lib/errors.ts";
import { cursorsOf, cursorText } from "#lib/wire/cursor.ts";
import type { AccountsCtx } from "./accounts-context.ts";
import type { createGroupBody, GroupWire } from "./schema.ts";
import { changeAccounts, getAccountRow, nameKey } from "./store.ts";

const withMembers = {
  members: {
    select: { source: true, account: { select: { id: true, name: true } } },
    orderBy: { account: { nameKey: "asc" } },
  },
} as const satisfies Prisma.AccountGroupInclude;
type Row = Prisma.AccountGroupGetPayload<{ include: typeof withMembers }>;

const cursors = cursorsOf("groups", z.tuple([cursorText]));

/** By name. */
export async function listGroups(
  ctx: AccountsCtx,
  { limit, cursor }: { limit: number; cursor?: string | undefined },
): Promise<{ items: GroupWire[]; next_cursor: string | null; total: number }> {
  assertMay(ctx, "account.manage");
  const after = cursors.decode(cursor);
  const [rows, total] = await Promise.all([
    ctx.db.accountGroup.findMany({
      ...(after ? { where: { nameKey: { gt: after[0] } } } : {}),
      include: withMembers,
      orderBy: { nameKey: "asc" },
      take: limit + 1,
    }),
    ctx.db.accountGroup.count(),
  ]);
  const last = rows[limit - 1];
  return {
    items: rows.slice(0, limit).map(toWire),
    next_cursor: rows.length > limit && last ? cursors.encode(last.nameKey) : null,
    total,
  };
}

/** Throws `group_not_found`. */
export async function getGroup(ctx: AccountsCtx, { id }: { id: string }): Promise<GroupWire> {
  assertMay(ctx, "account.manage");
  return toWire(await getRow(ctx.db, id));
}

/** Throws `group_exists`. */
export async function createGroup(
  ctx: AccountsCtx,
  input: z.output<typeof createGroupBody>,
): Promise<GroupWire> {
  assertMay(ctx, "account.manage");
  try {
    return await changeAccounts(ctx, async (tx, record) => {
      const data = { id: randomUUID(), ...input, nameKey: nameKey(input.name) };
      const row = await tx.accountGroup.create({ data, include: withMembers });
      await record({
        action: "group.created",
        model: null,
        detail: { group: { id: row.id, name: row.name } },
      });
      return toWire(row);
    });
  } catch (error) {
    if (!isUniqueViolation(error, "account_group_name_key_key")) throw error;
    throw new RegistryError("group_exists", `A group named ${input.name} exists.`);
  }
}

/** Its grants end. Throws `group_not_found`. */
export async function removeGroup(ctx: AccountsCtx, { id }: { id: string }): Promise<void> {
  assertMay(ctx, "account.manage");
  await changeAccounts(ctx, async (tx, record) => {
    const { name, members } = await getRow(tx, id);
    await tx.accountGroup.delete({ where: { id } });
    const detail = { group: { id, name }, members: members.map(({ account }) => account.name) };
    await record({ action: "group.removed", model: null, detail });
  });
}

/** Throws `group_not_found`, `account_not_found`. Adding a member again changes nothing. */
export function setMember(
  ctx: AccountsCtx,
  { id, account: accountId, isMember }: { id: string; account: string; isMember: boolean },
): Promise<GroupWire> {
  assertMay(ctx, "account.manage");
  return changeAccounts(ctx, async (tx, record) => {
    const group = await getRow(tx, id);
    const account = await getAccountRow(tx, { id: accountId });
    const key = { groupId: id, accountId };
    if (isMember)
      await tx.membership.upsert({
        where: { groupId_accountId: key },
        create: key,
        update: { source: "local" },
      });
    else await tx.membership.deleteMany({ where: key });
    const detail = {
      group: { id, name: group.name },
      [isMember ? "added" : "removed"]: { id: account.id, name: account.name },
    };
    await record({ action: "group.updated", model: null, detail });
    return toWire(await getRow(tx, id));
  });
}

/**
 * Takes over which groups the identity provider says that an account is in. Memberships that were made here stay; groups
 * that are not known yet are made, so that models can be granted to them.
 */
export async function takeOverGroups(
  tx: TransactionClient,
  accountId: string,
  names: readonly string[],
): Promise<void> {
  const wanted = new Map(names.map((name) => [nameKey(name), name]));
  await tx.accountGroup.createMany({
    data: [...wanted].map(([key, name]) => ({ id: randomUUID(), name, nameKey: key })),
    skipDuplicates: true,
  });
  const groups = await tx.accountGroup.findMany({ where: { nameKey: { in: [...wanted.keys()] } } });
  await tx.membership.deleteMany({
    where: { accountId, source: "provider", groupId: { notIn: groups.map(({ id }) => id) } },
  });
  await tx.membership.createMany({
    data: groups.map(({ id }) => ({ groupId: id, accountId, source: "provider" })),
    skipDuplicates: true,
  });
}

async function getRow(tx: TransactionClient, id: string): Promise<Row> {
  const row = await tx.accountGroup.findUnique({ where: { id }, include: withMembers });
  if (row !== null) return row;
  throw new RegistryError("group_not_found", `There is no group ${id}.`);
}

function toWire({ id, name, description, members, createdAt }: Row): GroupWire {
  return {
    id,
    name,
    description,
    members: members.map(({ account, source }) => ({
      ...account,
      source: source as GroupWire["members"][number]["source"],
    })),
    created_at: createdAt.toISOString(),
  };
}
