/** Sends what waits for one webhook, and switches it off when nothing arrives for days. */
import type { Actor } from "#lib/access/actor.ts";
import { may } from "#lib/access/policy.ts";
import { visibleModels } from "#lib/access/visible-models.ts";
import { actorOfAccount } from "#lib/accounts/actor-of-account.ts";
import { isPrivateName } from "#lib/accounts/may-hear.ts";
import { raiseAlert } from "#lib/alerts/raise-alert.ts";
import type { Ctx } from "#lib/context.ts";
import type { Delivery, Webhook } from "#lib/db/generated/client.ts";
import { inTransaction } from "#lib/db/transaction.ts";
import { postMessage } from "#lib/deliveries/post-message.ts";
import { isSlow, queueNextTurn } from "#lib/deliveries/queue-deliveries.ts";
import { runDeliveries } from "#lib/deliveries/run-deliveries.ts";
import type { Attempt, Settled } from "#lib/deliveries/settle-delivery.ts";
import { messageOf } from "./message-body.ts";
import { signMessage } from "./sign-message.ts";

/** As long as one message is tried. */
const OFF_AFTER_DAYS = 3;
/** A receiver that answers first and works later, as it should, is far below this. */
const SLOW_MS = 2_000;
/** For so long after a slow attempt a webhook waits among the slow ones. */
const SLOW_FOR_MINUTES = 60;
const WITHHELD = "The one who saved the webhook may not see what this tells of.";

/** `amongSlow`: in the lane of those that have lately been slow; in the other one these give up their place at once. */
export async function sendToWebhook(
  ctx: Ctx,
  id: string,
  signal: AbortSignal,
  { amongSlow = false } = {},
): Promise<void> {
  const webhook = await ctx.db.webhook.findUnique({ where: { id } });
  if (webhook === null || webhook.disabledAt !== null) return;
  if (!amongSlow && (await isSlow(ctx.db, id))) return queueNextTurn(ctx, { kind: "webhook", id });
  const actor = await actorOfAccount(ctx, webhook.savedById);
  await runDeliveries(
    ctx,
    { kind: "webhook", id },
    {
      signal,
      send: (delivery, shutdown) => sendDelivery(ctx, webhook, actor, delivery, shutdown),
      onSent: async (_delivery, attempt, state) => {
        const wasQuick = await noteDuration(ctx, webhook, attempt);
        return (await noteOutcome(ctx, webhook, attempt, state)) && wasQuick;
      },
    },
  );
  await queueNextTurn(ctx, { kind: "webhook", id });
}

/** Never throws for what the receiver does. */
async function sendDelivery(
  ctx: Ctx,
  webhook: Webhook,
  actor: Actor,
  delivery: Delivery,
  shutdown: AbortSignal,
): Promise<Attempt> {
  if (!(await mayLearn(ctx, actor, delivery)))
    return { duration_ms: 0, status: null, error: WITHHELD, answer: null, withheld: true };
  return postSigned(ctx, webhook, delivery, shutdown);
}

/** Without asking who is behind the webhook. */
export function postSigned(
  ctx: Ctx,
  webhook: Webhook,
  delivery: Delivery,
  shutdown: AbortSignal,
): Promise<Attempt> {
  const body = JSON.stringify(messageOf(delivery));
  const headers = signMessage(
    { id: delivery.messageId, body, at: ctx.now() },
    secretsOf(ctx, webhook),
  );
  return postMessage(ctx, { url: webhook.url, headers, body }, shutdown);
}

/** As the stream of events asks (lib/accounts/may-hear.ts), when the message is sent: rights may have gone since the change. */
async function mayLearn(
  { db }: Ctx,
  actor: Actor,
  { modelName: name }: Pick<Delivery, "modelName">,
): Promise<boolean> {
  if (!may({ actor }, "event.read")) return false;
  const visible = visibleModels(actor);
  if (visible.isAll) return true;
  if (name === null || !visible.admits(name)) return false;
  const visibility = (await isPrivateName(db, name)) ? "private" : "public";
  return visible.has({ name, visibility });
}

function secretsOf(ctx: Ctx, { secret, oldSecret, oldSecretUntil }: Webhook): string[] {
  const isOldValid = oldSecret !== null && oldSecretUntil !== null && oldSecretUntil > ctx.now();
  return isOldValid ? [secret, oldSecret] : [secret];
}

/** A slow attempt ends the turn, and the webhook is one of the slow ones for a while. */
async function noteDuration({ db }: Ctx, { id }: Webhook, attempt: Attempt): Promise<boolean> {
  if (attempt.duration_ms < SLOW_MS) return true;
  await db.$executeRaw`
    update webhook set slow_until = now() + make_interval(mins => ${SLOW_FOR_MINUTES}::int) where id = ${id}::uuid`;
  return false;
}

/** Gives whether the others may be tried. */
async function noteOutcome(
  ctx: Ctx,
  { id, url }: Webhook,
  attempt: Attempt,
  state: Settled,
): Promise<boolean> {
  if (state === "withheld") return true;
  if (state === "delivered") {
    await ctx.db.webhook.updateMany({
      where: { id, failingSince: { not: null } },
      data: { failingSince: null },
    });
    return true;
  }
  return inTransaction(ctx.db, async (tx) => {
    const [row] = await tx.$queryRaw<{ is_off: boolean }[]>`
      update webhook set failing_since = coalesce(failing_since, now()) where id = ${id}::uuid
      returning ${attempt.isGone === true} or
        coalesce(failing_since, now()) <= now() - make_interval(days => ${OFF_AFTER_DAYS}::int) as is_off`;
    if (!row?.is_off) return true;
    const disabledReason = attempt.isGone ? "gone" : "failing";
    const { count } = await tx.webhook.updateMany({
      where: { id, disabledAt: null },
      data: { disabledAt: ctx.now(), disabledReason },
    });
    if (count > 0)
      await raiseAlert(
        tx,
        {
          kind: "webhook_disabled",
          subject: id,
          detail: { host: new URL(url).host, reason: disabledReason, error: attempt.error },
        },
        ctx.now(),
      );
    return false;
  });
}
