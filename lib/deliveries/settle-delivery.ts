/** What becomes of a message after an attempt. */
import type { Ctx } from "#lib/context.ts";
import { databaseNow } from "#lib/db/database-clock.ts";
import type { Delivery, Prisma } from "#lib/db/generated/client.ts";
import { inTransaction, type TransactionClient } from "#lib/db/transaction.ts";
import { pauseMs } from "./backoff.ts";
import type { AttemptWire } from "./schema.ts";
import { rowsOf, type Target, whereOf } from "./target.ts";

/** Attempts that are kept; three days have about 25. */
const LOG_MAX = 20;

/** `withheld`: it is not for the receiver. `isGone`: the receiver wants no more (410). */
export type Attempt = Omit<AttemptWire, "at"> & { withheld?: boolean; isGone?: boolean };
export type Settled = "delivered" | "withheld" | "failed" | "pending";

export async function settleDelivery(
  ctx: Ctx,
  target: Target,
  delivery: Delivery,
  attempt: Attempt,
): Promise<Settled> {
  return inTransaction(ctx.db, async (tx) => {
    const now = await databaseNow(tx);
    const state = stateAfter(delivery, attempt, now);
    const nextAttemptAt = new Date(now.getTime() + pauseMs(delivery.attempts));
    await tx.delivery.updateMany({
      where: { id: delivery.id, state: "pending" },
      data: {
        state,
        claimedUntil: null,
        log: logWith(delivery, attempt, now),
        ...(state === "pending" ? { nextAttemptAt } : { finishedAt: now }),
      },
    });
    if (state === "delivered") await letOthersCome(tx, target);
    if (state === "pending" && attempt.status === null)
      await holdOthersBack(tx, target, nextAttemptAt);
    return state;
  });
}

function stateAfter(delivery: Delivery, attempt: Attempt, now: Date): Settled {
  if (attempt.withheld) return "withheld";
  if (attempt.error === null) return "delivered";
  return attempt.isGone || delivery.expiresAt <= now ? "failed" : "pending";
}

function logWith(delivery: Delivery, attempt: Attempt, now: Date): Prisma.InputJsonArray {
  const { duration_ms, status, error, answer } = attempt;
  const entry = { at: now.toISOString(), duration_ms, status, error, answer };
  return [entry, ...(delivery.log as unknown as AttemptWire[])].slice(0, LOG_MAX);
}

/** A receiver that answers again gets at once what waited because it did not. */
async function letOthersCome(tx: TransactionClient, target: Target): Promise<void> {
  await tx.$executeRaw`
    update delivery as d set next_attempt_at = now()
    where ${rowsOf(target)} and d.state = 'pending' and d.next_attempt_at > now() and d.log #>> '{0,status}' is null`;
}

/** Where nobody answers, the other messages would wait for that as well, one after the other. */
async function holdOthersBack(tx: TransactionClient, target: Target, until: Date): Promise<void> {
  await tx.delivery.updateMany({
    where: { ...whereOf(target), state: "pending", nextAttemptAt: { lt: until } },
    data: { nextAttemptAt: until },
  });
}
