import { z } from "zod";
import { assertMay } from "#lib/access/policy.ts";
import { likeLiteral } from "#lib/db/like-literal.ts";
import { cursorsOf, cursorText } from "#lib/wire/cursor.ts";
import type { AccountsCtx } from "./accounts-context.ts";
import type { AccountWire, listAccountsQuery } from "./schema.ts";
import { accountToWire, getAccountRow, withFacts } from "./store.ts";

type ListAccountsInput = z.output<typeof listAccountsQuery> & { kind: AccountWire["kind"] };

const cursors = cursorsOf("accounts", z.tuple([cursorText]));

/** By name. */
export async function listAccounts(
  ctx: AccountsCtx,
  { kind, query, role, disabled, limit, cursor }: ListAccountsInput,
): Promise<{ items: AccountWire[]; next_cursor: string | null; total: number }> {
  assertMay(ctx, "account.manage");
  const contains = query && { contains: likeLiteral(query), mode: "insensitive" as const };
  const where = {
    kind,
    ...(role ? { role } : {}),
    ...(disabled === undefined ? {} : { disabledAt: disabled ? { not: null } : null }),
    ...(contains
      ? { OR: [{ name: contains }, { displayName: contains }, { email: contains }] }
      : {}),
  };
  const after = cursors.decode(cursor);
  const [rows, total] = await Promise.all([
    ctx.db.account.findMany({
      where: after ? { AND: [where, { nameKey: { gt: after[0] } }] } : where,
      include: withFacts,
      orderBy: { nameKey: "asc" },
      take: limit + 1,
    }),
    ctx.db.account.count({ where }),
  ]);
  const last = rows[limit - 1];
  return {
    items: rows.slice(0, limit).map(accountToWire),
    next_cursor: rows.length > limit && last ? cursors.encode(last.nameKey) : null,
    total,
  };
}

/** Throws `account_not_found`. */
export async function getAccount(
  ctx: AccountsCtx,
  { id, kind }: { id: string; kind: AccountWire["kind"] },
): Promise<AccountWire> {
  assertMay(ctx, "account.manage");
  return accountToWire(await getAccountRow(ctx.db, { id }, kind));
}
