import type { Ctx } from "#lib/context.ts";
import { addressPolicy } from "#lib/outgoing/address-policy.ts";
import { OutgoingError } from "#lib/outgoing/outgoing-error.ts";
import { readAnswer } from "#lib/outgoing/read-answer.ts";
import { sendRequest } from "#lib/outgoing/send-request.ts";
import type { Attempt } from "./settle-delivery.ts";

/** A receiver that takes longer should answer first and work later. */
const SEND_TIMEOUT_MS = 15_000;
/** What is kept of an answer; nobody needs more of it to find out what is wrong. */
const ANSWER_MAX_BYTES = 2_048;
/** The status says everything; a body that comes in drops must hold nobody up. */
const ANSWER_MAX_MS = 1_000;
const REDIRECTS_MAX = 3;
const GONE = 410;

/** Posts JSON to an address that somebody has entered; never throws. Delivered is what is answered by 2xx. */
export async function postMessage(
  ctx: Pick<Ctx, "config" | "log">,
  message: { url: string; headers: Readonly<Record<string, string>>; body: string },
  shutdown: AbortSignal,
): Promise<Attempt> {
  const begun = performance.now();
  const duration = () => Math.round(performance.now() - begun);
  const headers = {
    "Content-Type": "application/json",
    "User-Agent": "Cluster-AI-Model-Registry",
    ...message.headers,
  };
  try {
    const answer = await sendRequest(
      { url: message.url, method: "POST", headers, body: message.body },
      {
        mayReach: addressPolicy(ctx.config.webhooks.allowedNetworks),
        signal: AbortSignal.any([shutdown, AbortSignal.timeout(SEND_TIMEOUT_MS)]),
        redirectsMax: REDIRECTS_MAX,
      },
    );
    const status = answer.statusCode ?? 0;
    const text = await readAnswer(answer, ANSWER_MAX_BYTES, ANSWER_MAX_MS);
    const isDelivered = status >= 200 && status < 300;
    return {
      duration_ms: duration(),
      status,
      error: isDelivered ? null : `The receiver answered ${status}.`,
      answer: text,
      isGone: status === GONE,
    };
  } catch (error) {
    const isOurs = error instanceof OutgoingError;
    if (!isOurs) ctx.log.error({ operation: "post_message", error }, "failed");
    const why = isOurs
      ? error.message
      : "The message could not be sent; the server's log says why.";
    return { duration_ms: duration(), status: null, error: why, answer: null };
  }
}
