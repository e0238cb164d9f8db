/**
 * One stream for all tabs: browsers allow six connections to a server over HTTP/1.1, for all tabs together. A tab
 * says `hello` when it wants to hear of changes and `bye` when it does not; the stream is open while any tab listens.
 */
import { openChangeStream, type StreamMessage } from "./change-stream.ts";

export type TabMessage = "hello" | "bye";

const listeners = new Set<MessagePort>();
let close: (() => void) | null = null;
let isOpen = false;

function tellAll(message: StreamMessage): void {
  if (message.kind !== "change") isOpen = message.kind === "open";
  for (const port of listeners) port.postMessage(message);
}

function follow(port: MessagePort): void {
  listeners.add(port);
  if (close === null) close = openChangeStream(tellAll);
  else if (isOpen) port.postMessage({ kind: "open" } satisfies StreamMessage);
}

function leave(port: MessagePort): void {
  listeners.delete(port);
  if (listeners.size > 0) return;
  close?.();
  close = null;
  isOpen = false;
}

addEventListener("connect", (event) => {
  const [port] = (event as MessageEvent).ports;
  if (!port) return;
  port.onmessage = ({ data }: MessageEvent<TabMessage>) =>
    data === "hello" ? follow(port) : leave(port);
});
