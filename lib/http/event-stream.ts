/** Server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html). */

import { RegistryError } from "#lib/errors.ts";
import type { EventBus, NumberedEvent } from "#lib/events/event-bus.ts";
import type { ChangeEventWire } from "#lib/events/schema.ts";
import type { Subscription } from "#lib/events/subscribe.ts";
import type { ApiRequest } from "./api-request.ts";

/** Each stream holds a socket and a small queue; a browser that is refused asks again. */
const STREAMS_MAX = 1_000;
/** Keeps proxies from closing an idle connection (the shortest common time-out is 30 s). */
const PING_MS = 15_000;
/** Time that browsers wait before they connect again. */
const RETRY_MS = 2_000;

/**
 * The changes that `mayHear` lets through as a stream: `event: change` with `ChangeEventWire`, `event: ping` each
 * 15 s. The stream ends when `mayHear` throws, which is asked with null before a ping. A client that comes back is first sent `events.missed`, unless its `Last-Event-ID` is that of the newest
 * event. Throws `unavailable` when 1,000 streams are open.
 */
export function eventStreamResponse(
  request: ApiRequest,
  bus: EventBus,
  mayHear: (event: ChangeEventWire | null) => Promise<boolean>,
): Response {
  if (bus.subscriberCount >= STREAMS_MAX) {
    throw new RegistryError("unavailable", "Too many event streams are open. Try again later.");
  }
  const lastSeen = request.headers.get("last-event-id");
  const encoder = new TextEncoder();
  const subscription = bus.subscribe();
  if (lastSeen !== null && lastSeen !== bus.lastId) subscription.push(bus.missed());
  const close = () => subscription.close();
  request.signal.addEventListener("abort", close, { once: true });
  if (request.signal.aborted) close();

  // `pull` is called when the socket has taken the chunk before: a slow client fills its own queue only.
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(encoder.encode(`retry: ${RETRY_MS}\nevent: ping\ndata: {}\n\n`));
    },
    async pull(controller) {
      const text = await nextFrame(subscription, mayHear);
      if (text !== null) {
        controller.enqueue(encoder.encode(text));
        return;
      }
      request.signal.removeEventListener("abort", close);
      close();
      controller.close();
    },
    cancel: close,
  });
  return new Response(body, {
    headers: {
      "Content-Type": "text/event-stream; charset=utf-8",
      "Cache-Control": "private, no-store, no-transform",
      // nginx would hold the stream back until its buffer is full.
      "X-Accel-Buffering": "no",
    },
  });
}

/** null: the stream is over. */
async function nextFrame(
  subscription: Subscription<NumberedEvent>,
  mayHear: (event: ChangeEventWire | null) => Promise<boolean>,
): Promise<string | null> {
  for (;;) {
    const delivered = await subscription.next(PING_MS);
    if (delivered.kind === "closed") return null;
    const event = delivered.kind === "event" ? delivered.event : null;
    const isHeard = await mayHear(event?.event ?? null).catch(() => null);
    if (isHeard === null) return null;
    if (isHeard) return event === null ? "event: ping\ndata: {}\n\n" : frame(event);
  }
}

/** JSON has no line breaks, so the data is one line. */
function frame({ id, event }: NumberedEvent): string {
  return `id: ${id}\nevent: change\ndata: ${JSON.stringify(event)}\n\n`;
}
