/** Sends what waits for one contact point. */
import type { Ctx } from "#lib/context.ts";
import type { ContactPoint, Delivery } from "#lib/db/generated/client.ts";
import { postMessage } from "#lib/deliveries/post-message.ts";
import { queueNextTurn } from "#lib/deliveries/queue-deliveries.ts";
import { runDeliveries } from "#lib/deliveries/run-deliveries.ts";
import type { Attempt } from "#lib/deliveries/settle-delivery.ts";
import { signMessage } from "#lib/webhooks/sign-message.ts";
import { type Notice, noticeOf, noticeText } from "./notice.ts";
import type { Language } from "./schema.ts";
import { sendMail } from "./send-mail.ts";

export async function sendToContactPoint(ctx: Ctx, id: bigint, signal: AbortSignal): Promise<void> {
  const point = await ctx.db.contactPoint.findUnique({ where: { id } });
  if (point === null || !point.isOn) return;
  const target = { kind: "contact_point", id } as const;
  await runDeliveries(ctx, target, {
    signal,
    send: (delivery, shutdown) => sendNotice(ctx, point, delivery, shutdown),
    onSent: async () => true,
  });
  await queueNextTurn(ctx, target);
}

/** Never throws for what the receiver does. */
export function sendNotice(
  ctx: Pick<Ctx, "config" | "log" | "now">,
  point: ContactPoint,
  delivery: Delivery,
  shutdown: AbortSignal,
): Promise<Attempt> {
  const language = point.language as Language;
  const { publicUrl } = ctx.config.api;
  const notice = noticeOf(delivery, { language, publicUrl });
  const text = noticeText(notice, language);
  const { messageId: id } = delivery;
  if (point.kind === "email") {
    const mail = { id, to: point.addresses, subject: notice.title, text };
    return sendMail(ctx.config.notifications.smtp, mail);
  }
  const url = point.url ?? "";
  if (point.kind === "slack") {
    const body = JSON.stringify({ text: `*${escaped(notice.title)}*\n${escaped(text)}` });
    return postMessage(ctx, { url, headers: {}, body }, shutdown);
  }
  const body = bodyOf(delivery, notice);
  const headers = signMessage({ id, body, at: ctx.now() }, [point.secret ?? ""]);
  return postMessage(ctx, { url, headers, body }, shutdown);
}

/** As a webhook's message, with the words for people. */
function bodyOf({ event, data }: Delivery, { title, links }: Notice): string {
  const { at, alert } = data as { at: string; alert: unknown };
  return JSON.stringify({ type: event, timestamp: at, data: { title, alert, links } });
}

/** What Slack would take for a link or a mention; subjects and details come from elsewhere. */
function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
