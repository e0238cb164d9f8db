/** Rows of accounts, and changes of them: each is written down and holds from the next request on. */
import { type Change, recordChange } from "#lib/audit/record-change.ts";
import { isUniqueViolation } from "#lib/db/database-errors.ts";
import type { Account, Prisma } from "#lib/db/generated/client.ts";
import { inTransaction, type TransactionClient } from "#lib/db/transaction.ts";
import { RegistryError } from "#lib/errors.ts";
import { changesRights } from "./accounts.ts";
import type { AccountsCtx } from "./accounts-context.ts";
import type { AccountWire } from "./schema.ts";

export const nameKey = (name: string): string => name.toLowerCase();

export const withFacts = {
  memberships: { select: { group: { select: { name: true } } } },
  sessions: { select: { lastSeenAt: true }, orderBy: { lastSeenAt: "desc" }, take: 1 },
  tokens: {
    select: { lastUsedAt: true },
    where: { lastUsedAt: { not: null } },
    orderBy: { lastUsedAt: "desc" },
    take: 1,
  },
} as const satisfies Prisma.AccountInclude;
export type AccountRow = Prisma.AccountGetPayload<{ include: typeof withFacts }>;

export function accountToWire(row: AccountRow): AccountWire {
  const seen = [row.sessions[0]?.lastSeenAt, row.tokens[0]?.lastUsedAt].flatMap((at) => at ?? []);
  const last = seen.sort((a, b) => b.getTime() - a.getTime())[0];
  return {
    id: row.id,
    kind: row.kind as AccountWire["kind"],
    name: row.name,
    display_name: row.displayName,
    email: row.email,
    role: row.role as AccountWire["role"],
    disabled: row.disabledAt !== null,
    sign_in: [
      ...(row.passwordHash === null ? [] : (["password"] as const)),
      ...(row.subject === null ? [] : (["provider"] as const)),
    ],
    groups: row.memberships.map(({ group }) => group.name).sort(),
    quota_bytes: row.quotaBytes === null ? null : Number(row.quotaBytes),
    last_seen_at: last?.toISOString() ?? null,
    created_at: row.createdAt.toISOString(),
    created_by: row.createdBy,
  };
}

/** Throws `account_not_found`; `kind` where it must be one of these. */
export async function getAccountRow(
  db: TransactionClient,
  where: { id: string } | { name: string },
  kind?: AccountWire["kind"],
): Promise<AccountRow> {
  const row = await db.account.findUnique({
    where: "id" in where ? { id: where.id } : { nameKey: nameKey(where.name) },
    include: withFacts,
  });
  if (row !== null && (kind === undefined || row.kind === kind)) return row;
  throw new RegistryError("account_not_found", `There is no account ${Object.values(where)[0]}.`);
}

/** By name. */
export async function groupsOf(db: TransactionClient, accountId: string): Promise<string[]> {
  const rows = await db.accountGroup.findMany({
    where: { members: { some: { accountId } } },
    select: { name: true },
    orderBy: { nameKey: "asc" },
  });
  return rows.map(({ name }) => name);
}

/** Runs a change with what is written down about it, and makes everybody be asked about again. */
export async function changeAccounts<T>(
  ctx: AccountsCtx,
  change: (tx: TransactionClient, record: (change: Change) => Promise<void>) => Promise<T>,
): Promise<T> {
  let isAboutRights = false;
  try {
    return await inTransaction(ctx.db, (tx) =>
      change(tx, (what) => {
        isAboutRights ||= changesRights(what.action);
        return recordChange(tx, ctx, what);
      }),
    );
  } finally {
    // Also after an error: it may be the answer to the commit that got lost.
    if (isAboutRights) await ctx.accounts.forgetEverywhere();
    else ctx.accounts.forget();
  }
}

/** `change` of an account, as the audit has it. */
export function accountChange(
  action: Extract<Change["action"], `account.${string}`>,
  { id, name }: Pick<Account, "id" | "name">,
  detail: Record<string, unknown> = {},
): Change {
  return { action, model: null, detail: { account: { id, name }, ...detail } };
}

export type NewAccount = {
  kind: AccountWire["kind"];
  name: string;
  displayName?: string | undefined;
  email?: string | undefined;
  role: AccountWire["role"];
  passwordHash?: string;
  issuer?: string;
  subject?: string;
};

/** Throws `account_exists`. */
export async function insertAccount(
  tx: TransactionClient,
  { actor }: Pick<AccountsCtx, "actor">,
  { displayName = "", email, ...account }: NewAccount,
): Promise<AccountRow> {
  const data = {
    ...account,
    id: crypto.randomUUID(),
    nameKey: nameKey(account.name),
    displayName,
    email: email ?? null,
    createdBy: actor.name,
    createdById: actor.id,
  };
  try {
    return await tx.account.create({ data, include: withFacts });
  } catch (error) {
    if (!isUniqueViolation(error, "account_name_key_key")) throw error;
    throw new RegistryError("account_exists", `An account named ${account.name} exists.`, {
      problems: [{ pointer: "/name", detail: "is the name of another account" }],
    });
  }
}

/** Throws `last_administrator` when none is left who could sign in. To be called at the end of the change. */
export async function assertAdministratorLeft(tx: TransactionClient): Promise<void> {
  // Two changes at once must not take the last two.
  await tx.$executeRaw`select pg_advisory_xact_lock(hashtextextended('administrators', 0))`;
  const left = await tx.account.count({
    where: { role: "administrator", kind: "user", disabledAt: null },
  });
  if (left > 0) return;
  throw new RegistryError(
    "last_administrator",
    "This is the last administrator. Make somebody else administrator first.",
  );
}
