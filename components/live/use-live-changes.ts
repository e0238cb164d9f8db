"use client";

import { useEffect, useRef, useState } from "react";
import type { ChangeEventWire } from "@/lib/metrics/schema.ts";

export type LiveState = "connecting" | "live" | "reconnecting" | "paused";

/** Several changes at once (a bulk edit) lead to one refresh. */
const GATHER_MS = 300;
/** The server may answer with sums up to 2 s old: a last look, when they must be current. */
const SETTLE_MS = 2_500;
const FIRST_RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 30_000;

/**
 * Calls `onChange` when something in the registry has changed that `concerns` the page (GET /events), gathered,
 * and once more when things have settled; also after each connection, because changes may have been missed.
 * A hidden page closes its stream: browsers allow six connections per server for all tabs together.
 */
export function useLiveChanges(
  onChange: () => void,
  isPaused: boolean,
  concerns: (change: ChangeEventWire) => boolean = () => true,
): LiveState {
  const [state, setState] = useState<LiveState>("connecting");
  const callbacks = useRef({ onChange, concerns });
  useEffect(() => {
    callbacks.current = { onChange, concerns };
  }, [onChange, concerns]);

  useEffect(() => {
    if (isPaused) return;
    setState("connecting");
    return followChanges({
      onChange: () => callbacks.current.onChange(),
      concerns: (change) => callbacks.current.concerns(change),
      onState: setState,
    });
  }, [isPaused]);

  return isPaused ? "paused" : state;
}

/** Opens the stream, keeps it open, and answers what ends it. */
function followChanges(listener: {
  onChange: () => void;
  concerns: (change: ChangeEventWire) => boolean;
  onState: (state: LiveState) => void;
}): () => void {
  let source: EventSource | null = null;
  let failures = 0;
  let wasOpen = false;
  const timers: Record<"gather" | "settle" | "retry", ReturnType<typeof setTimeout> | undefined> = {
    gather: undefined,
    settle: undefined,
    retry: undefined,
  };

  const lookSoon = () => {
    timers.gather ??= setTimeout(() => {
      timers.gather = undefined;
      listener.onChange();
    }, GATHER_MS);
  };
  const announce = () => {
    lookSoon();
    clearTimeout(timers.settle);
    timers.settle = setTimeout(() => listener.onChange(), SETTLE_MS);
  };

  const open = () => {
    const stream = new EventSource("/api/v1/events");
    source = stream;
    stream.onopen = () => {
      failures = 0;
      listener.onState("live");
      // The page was made a moment ago: one look for what happened since then.
      if (wasOpen) announce();
      else lookSoon();
      wasOpen = true;
    };
    stream.addEventListener("change", ({ data }: MessageEvent<string>) => {
      const change: ChangeEventWire = JSON.parse(data);
      // Without a model it concerns all of them, such as changes that were missed.
      if (change.model === null || listener.concerns(change)) announce();
    });
    stream.onerror = () => {
      listener.onState("reconnecting");
      // The browser retries a lost connection itself, but gives up when it was refused (503).
      if (stream.readyState !== EventSource.CLOSED) return;
      const delayMs = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** failures);
      failures += 1;
      timers.retry = setTimeout(open, delayMs * (0.5 + Math.random() / 2));
    };
  };
  const close = () => {
    source?.close();
    source = null;
    for (const timer of Object.values(timers)) clearTimeout(timer);
    timers.gather = undefined;
  };
  const followVisibility = () => {
    close();
    if (document.visibilityState === "visible") open();
  };

  document.addEventListener("visibilitychange", followVisibility);
  followVisibility();
  return () => {
    document.removeEventListener("visibilitychange", followVisibility);
    close();
  };
}
