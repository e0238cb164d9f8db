/** Sessions of browsers: begun at a sign-in, listed, and ended by their owner or an administrator. */
import { randomUUID } from "node:crypto";
import { z } from "zod";
import { assertMay, may } from "#lib/access/policy.ts";
import { recordChange } from "#lib/audit/record-change.ts";
import { millis } from "#lib/db/database-clock.ts";
import { inTransaction } from "#lib/db/transaction.ts";
import { RegistryError } from "#lib/errors.ts";
import { cursorsOf, cursorTime } from "#lib/wire/cursor.ts";
import type { AccountsCtx } from "./accounts-context.ts";
import type { SessionWire } from "./credential-schema.ts";
import { changeAccounts } from "./store.ts";

/** A cookie is not renewed: whoever has one signs in again after a week. */
export const SESSION_MS = 7 * 24 * 60 * 60 * 1000;
const USER_AGENT_MAX = 300;

export type StartedSession = { id: string; accountId: string; expiresAt: Date };

/** For an account that has just proven who it is. */
export async function startSession(
  ctx: AccountsCtx,
  account: { id: string; name: string },
  userAgent: string | null,
): Promise<StartedSession> {
  const id = randomUUID();
  const actor = { ...ctx.actor, id: account.id, name: account.name };
  const expiresAt = await inTransaction(ctx.db, async (tx) => {
    const [row] = await tx.$queryRaw<{ expires_at: Date }[]>`
      insert into session (id, account_id, address, user_agent, expires_at)
      values (${id}::uuid, ${account.id}::uuid, ${ctx.address}, ${userAgent?.slice(0, USER_AGENT_MAX) ?? null},
              now() + ${millis(SESSION_MS)})
      returning expires_at`;
    await recordChange(
      tx,
      { ...ctx, actor },
      { action: "session.started", model: null, detail: { session: id } },
    );
    return row?.expires_at ?? new Date();
  });
  return { id, accountId: account.id, expiresAt };
}

const cursors = cursorsOf("sessions", z.tuple([cursorTime, z.uuid()]));

type ListSessionsInput = {
  all: boolean;
  user?: string | undefined;
  limit: number;
  cursor?: string | undefined;
};

/** Those that have not ended, the newest first: one's own, or for an administrator `all` of them, or those of a `user`. */
export async function listSessions(
  ctx: AccountsCtx,
  { all, user, limit, cursor }: ListSessionsInput,
): Promise<{ items: SessionWire[]; next_cursor: string | null; total: number }> {
  assertMay(ctx, all || user !== undefined ? "account.manage" : "self.manage");
  const accountId = user ?? (all ? undefined : (ownId(ctx) ?? NOBODY));
  const where = {
    endedAt: null,
    expiresAt: { gt: ctx.now() },
    ...(accountId === undefined ? {} : { accountId }),
  };
  const after = cursors.decode(cursor);
  const [rows, total] = await Promise.all([
    ctx.db.session.findMany({
      where: after
        ? {
            AND: [
              where,
              {
                OR: [
                  { createdAt: { lt: after[0] } },
                  { createdAt: after[0], id: { lt: after[1] } },
                ],
              },
            ],
          }
        : where,
      include: { account: { select: { id: true, name: true } } },
      orderBy: [{ createdAt: "desc" }, { id: "desc" }],
      take: limit + 1,
    }),
    ctx.db.session.count({ where }),
  ]);
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return {
    items: shown.map((row) => ({
      id: row.id,
      user: row.account,
      created_at: row.createdAt.toISOString(),
      last_seen_at: row.lastSeenAt.toISOString(),
      expires_at: row.expiresAt.toISOString(),
      address: row.address,
      user_agent: row.userAgent,
      is_current: ctx.credential?.kind === "session" && ctx.credential.id === row.id,
    })),
    next_cursor: rows.length > limit && last ? cursors.encode(last.createdAt, last.id) : null,
    total,
  };
}

/** One's own, or anybody's for an administrator. Somebody else's is refused as one that is not there. Throws `session_not_found`. */
export async function endSession(ctx: AccountsCtx, { id }: { id: string }): Promise<void> {
  assertMay(ctx, "self.manage");
  await changeAccounts(ctx, async (tx, record) => {
    const row = await tx.session.findFirst({
      where: {
        id,
        endedAt: null,
        ...(may(ctx, "account.manage") ? {} : { accountId: ownId(ctx) ?? NOBODY }),
      },
      include: { account: { select: { id: true, name: true } } },
    });
    if (row === null)
      throw new RegistryError("session_not_found", `There is no session ${id}, or it has ended.`);
    await tx.session.update({ where: { id }, data: { endedAt: ctx.now() } });
    await record({
      action: "session.ended",
      model: null,
      detail: { session: id, account: row.account },
    });
  });
}

/** One's own that have not ended, but for the one that asks. */
export async function endOtherSessions(ctx: AccountsCtx): Promise<{ ended: number }> {
  assertMay(ctx, "self.manage");
  const { credential } = ctx;
  const ended = await changeAccounts(ctx, async (tx, record) => {
    const rows = await tx.session.updateManyAndReturn({
      where: {
        accountId: ownId(ctx) ?? NOBODY,
        endedAt: null,
        expiresAt: { gt: ctx.now() },
        ...(credential?.kind === "session" ? { id: { not: credential.id } } : {}),
      },
      data: { endedAt: ctx.now() },
      select: { id: true },
    });
    const account = { id: ctx.actor.id, name: ctx.actor.name };
    for (const { id } of rows)
      await record({ action: "session.ended", model: null, detail: { session: id, account } });
    return rows.length;
  });
  return { ended };
}

/** Signing out: whoever has the cookie may end its session. */
export async function endPresentedSession(
  ctx: AccountsCtx,
  { id, accountId }: { id: string; accountId: string },
): Promise<void> {
  await changeAccounts(ctx, async (tx, record) => {
    const { count } = await tx.session.updateMany({
      where: { id, accountId, endedAt: null },
      data: { endedAt: ctx.now() },
    });
    if (count > 0)
      await record({
        action: "session.ended",
        model: null,
        detail: { session: id, account: { id: accountId } },
      });
  });
}

/** No account has it. */
export const NOBODY = "00000000-0000-0000-0000-000000000000";

/** The account that a credential belongs to; null for anonymous, who has no account. */
export function ownId({ credential }: AccountsCtx): string | null {
  return credential?.accountId ?? null;
}

/** Removes what has been over for a while. */
export async function forgetOldSessions({ db }: AccountsCtx): Promise<number> {
  const sessions = await db.$executeRaw`
    delete from session where least(expires_at, ended_at) < now() - interval '30 days'`;
  const tokens = await db.$executeRaw`
    delete from api_token where least(expires_at, revoked_at) < now() - interval '30 days'`;
  const links =
    await db.$executeRaw`delete from one_time_link where expires_at < now() - interval '30 days'`;
  await db.$executeRaw`delete from rate_limit where expire < ${Date.now()}`;
  return sessions + tokens + links;
}
