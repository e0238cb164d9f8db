import { openChangeStream, type StreamMessage } from "./change-stream.ts";
import type { TabMessage } from "./live-worker.ts";

/**
 * The stream that all tabs share through a shared worker; a browser without shared workers (Chrome on Android) opens
 * one for the tab. Returns the function that ends it.
 */
export function openSharedStream(tell: (message: StreamMessage) => void): () => void {
  let closeOwn: (() => void) | null = null;
  // Without a network a server on this machine still answers; the tab then opens its own stream, whose loss it
  // notices itself.
  if (typeof SharedWorker === "undefined" || !navigator.onLine) return openChangeStream(tell);
  let worker: SharedWorker;
  try {
    worker = new SharedWorker(new URL("./live-worker.ts", import.meta.url), {
      type: "module",
      name: "live",
    });
  } catch {
    return openChangeStream(tell);
  }
  let isClosed = false;
  worker.port.onmessage = ({ data }: MessageEvent<StreamMessage>) => {
    if (!isClosed) tell(data);
  };
  // The worker's script cannot be loaded, such as after an update of the server.
  worker.onerror = () => {
    if (!isClosed) closeOwn ??= openChangeStream(tell);
  };
  const say = (message: TabMessage) => worker.port.postMessage(message);
  const leave = () => say("bye");
  // A page that the back button brings back listens again.
  const comeBack = (event: PageTransitionEvent) => {
    if (event.persisted) say("hello");
  };
  window.addEventListener("pagehide", leave);
  window.addEventListener("pageshow", comeBack);
  say("hello");
  return () => {
    isClosed = true;
    window.removeEventListener("pagehide", leave);
    window.removeEventListener("pageshow", comeBack);
    leave();
    closeOwn?.();
  };
}
