/** Sends what is due to one receiver: several messages at a time, but of each order key one after the other. */
import type { Ctx } from "#lib/context.ts";
import type { Delivery } from "#lib/db/generated/client.ts";
import { claimDeliveries, releaseDelivery } from "./claim-deliveries.ts";
import { type Attempt, type Settled, settleDelivery } from "./settle-delivery.ts";
import type { Target } from "./target.ts";

/** Messages of different models to one receiver. */
const AT_ONCE = 8;
/** Then others have their turn: a receiver holds a place of the lane no longer than this, and one attempt. */
const TURN_MS = 5_000;

export type Send = (delivery: Delivery, signal: AbortSignal) => Promise<Attempt>;
/** Told of each message after its attempt; `state` is what has become of it. */
export type Sent = (delivery: Delivery, attempt: Attempt, state: Settled) => Promise<boolean>;

/** Ends when nothing is due, when its turn is over, or when `onSent` gives false. */
export async function runDeliveries(
  ctx: Ctx,
  target: Target,
  { send, onSent, signal }: { send: Send; onSent: Sent; signal: AbortSignal },
): Promise<void> {
  const begun = performance.now();
  let goesOn = true;
  while (goesOn && !signal.aborted && performance.now() - begun < TURN_MS) {
    const claimed = await claimDeliveries(ctx.db, target, AT_ONCE);
    if (claimed.length === 0) return;
    const answers = await Promise.all(
      claimed.map(async (delivery) => {
        const attempt = await send(delivery, signal);
        if (signal.aborted && attempt.error !== null) {
          await releaseDelivery(ctx.db, delivery);
          return false;
        }
        return onSent(delivery, attempt, await settleDelivery(ctx, target, delivery, attempt));
      }),
    );
    goesOn = answers.every((answer) => answer);
  }
}
