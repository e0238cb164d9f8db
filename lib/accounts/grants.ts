/** Who has more rights on one model than the role gives. */
import type { z } from "zod";
import { assertMayOn } from "#lib/access/policy.ts";
import type { Model, Prisma } from "#lib/db/generated/client.ts";
import type { TransactionClient } from "#lib/db/transaction.ts";
import { RegistryError } from "#lib/errors.ts";
import type { AccountsCtx } from "./accounts-context.ts";
import type { GrantWire, grantListSchema, setGrantBody } from "./schema.ts";
import { changeAccounts, getAccountRow, nameKey } from "./store.ts";

const who = { select: { id: true, name: true } } as const;
const withNames = { account: who, group: who } as const satisfies Prisma.ModelGrantInclude;
type Row = Prisma.ModelGrantGetPayload<{ include: typeof withNames }>;

/** Throws `model_not_found`, `forbidden`. */
export async function listGrants(
  ctx: AccountsCtx,
  { name }: { name: string },
): Promise<z.infer<typeof grantListSchema>> {
  const model = await getShared(ctx, ctx.db, name);
  const rows = await ctx.db.modelGrant.findMany({
    where: { modelId: model.id },
    include: withNames,
    orderBy: { id: "asc" },
  });
  return { visibility: model.visibility as "public" | "private", items: rows.map(toWire) };
}

/** Gives a level, or another one. Throws `model_not_found`, `forbidden`, `account_not_found`, `group_not_found`. */
export function setGrant(
  ctx: AccountsCtx,
  { name, ...input }: { name: string } & z.output<typeof setGrantBody>,
): Promise<GrantWire> {
  return changeAccounts(ctx, async (tx, record) => {
    const model = await getShared(ctx, tx, name);
    const to =
      "user" in input
        ? { accountId: (await getAccountRow(tx, { name: input.user })).id }
        : { groupId: await getGroupId(tx, input.group) };
    const where = { modelId: model.id, ...to };
    const before = await tx.modelGrant.findFirst({ where });
    const row = before
      ? await tx.modelGrant.update({
          where: { id: before.id },
          data: { level: input.level },
          include: withNames,
        })
      : await tx.modelGrant.create({
          data: { ...where, level: input.level, createdBy: ctx.actor.name },
          include: withNames,
        });
    const detail = { to: nameOf(row), before: before?.level ?? null, after: row.level };
    await record({ action: "grant.set", model: model.name, detail });
    return toWire(row);
  });
}

/** Throws `model_not_found`, `forbidden`, `grant_not_found`. */
export async function removeGrant(
  ctx: AccountsCtx,
  { name, id }: { name: string; id: string },
): Promise<void> {
  await changeAccounts(ctx, async (tx, record) => {
    const model = await getShared(ctx, tx, name);
    const row = await tx.modelGrant.findFirst({
      where: { id: BigInt(id), modelId: model.id },
      include: withNames,
    });
    if (row === null)
      throw new RegistryError("grant_not_found", `${model.name} has no grant ${id}.`);
    await tx.modelGrant.delete({ where: { id: row.id } });
    const detail = { to: nameOf(row), before: row.level, after: null };
    await record({ action: "grant.removed", model: model.name, detail });
  });
}

async function getShared(ctx: AccountsCtx, tx: TransactionClient, name: string): Promise<Model> {
  const found = await tx.model.findUnique({ where: { nameKey: nameKey(name) } });
  const model = found?.deletedAt === null ? found : null;
  assertMayOn(ctx, "model.share", model, name);
  return model;
}

async function getGroupId(tx: TransactionClient, name: string): Promise<string> {
  const group = await tx.accountGroup.findUnique({ where: { nameKey: nameKey(name) } });
  if (group !== null) return group.id;
  throw new RegistryError("group_not_found", `There is no group named ${name}.`);
}

function nameOf({ account, group }: Row): string {
  return account?.name ?? `group ${group?.name}`;
}

function toWire({ id, account, group, level, createdAt, createdBy }: Row): GrantWire {
  return {
    id: id.toString(),
    user: account,
    group,
    level: level as GrantWire["level"],
    created_at: createdAt.toISOString(),
    created_by: createdBy,
  };
}
