/** The stream of changes (GET /events), kept open until it is closed. Runs in a page and in a shared worker. */
import type { ChangeEventWire } from "#lib/events/schema.ts";

/** The stream is open (again), it is lost and tried again, or something has changed. */
export type StreamMessage =
  | { kind: "open" }
  | { kind: "lost" }
  | { kind: "change"; change: ChangeEventWire };

const FIRST_RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 30_000;

/** Opens the stream and returns the function that closes it. */
export function openChangeStream(tell: (message: StreamMessage) => void): () => void {
  let source: EventSource | null = null;
  let failures = 0;
  let retry: ReturnType<typeof setTimeout> | undefined;
  const open = () => {
    const stream = new EventSource("/api/v1/events");
    source = stream;
    stream.onopen = () => {
      failures = 0;
      tell({ kind: "open" });
    };
    stream.addEventListener("change", ({ data }: MessageEvent<string>) => {
      tell({ kind: "change", change: JSON.parse(data) as ChangeEventWire });
    });
    stream.onerror = () => {
      tell({ kind: "lost" });
      // The browser retries a lost connection itself, but gives up when it was refused (503).
      if (stream.readyState !== EventSource.CLOSED) return;
      const delayMs = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** failures);
      failures += 1;
      retry = setTimeout(open, delayMs * (0.5 + Math.random() / 2));
    };
  };
  open();
  return () => {
    source?.close();
    clearTimeout(retry);
  };
}
