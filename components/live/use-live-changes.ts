"use client";

import { useEffect, useRef, useState } from "react";
import { type ChangeEventWire, isFrequent } from "#lib/events/schema.ts";
import type { StreamMessage } from "./change-stream.ts";
import { openSharedStream } from "./shared-stream.ts";

export type LiveState = "connecting" | "live" | "reconnecting" | "paused";

/** Changes were lost on the way here: everybody looks again (lib/events/event-bus.ts). */
const MISSED_ACTION = "events.missed";
/** Several changes at once (a bulk edit) lead to one refresh. */
const GATHER_MS = 300;
/** Of changes that come every second or two: a page is made anew so often at most. */
const GATHER_FREQUENT_MS = 1_500;
/** The server may answer with sums up to 2 s old, so the last look comes when they must be current. */
const SETTLE_MS = 2_500;

/**
 * Calls `onChange` when something in the registry has changed that `concerns` the page (GET /events), gathered,
 * and once more when things have settled; also after each connection, because changes may have been missed.
 * All tabs share one stream where the browser can (shared-stream.ts); a hidden page leaves it.
 */
export function useLiveChanges(
  onChange: () => void,
  isPaused: boolean,
  concerns: (change: ChangeEventWire) => boolean = isRare,
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

const isRare = (change: ChangeEventWire) => !isFrequent(change);

/** Follows the stream while the page is visible; returns the function that ends it. */
function followChanges(listener: {
  onChange: () => void;
  concerns: (change: ChangeEventWire) => boolean;
  onState: (state: LiveState) => void;
}): () => void {
  let closeStream: (() => void) | null = null;
  let wasOpen = false;
  let gather: ReturnType<typeof setTimeout> | undefined;
  let settle: ReturnType<typeof setTimeout> | undefined;

  const lookSoon = (ms: number) => {
    gather ??= setTimeout(() => {
      gather = undefined;
      listener.onChange();
    }, ms);
  };
  const announce = () => {
    lookSoon(GATHER_MS);
    clearTimeout(settle);
    settle = setTimeout(() => listener.onChange(), SETTLE_MS);
  };
  const hear = (message: StreamMessage) => {
    if (message.kind === "lost") return listener.onState("reconnecting");
    if (message.kind === "open") {
      listener.onState("live");
      // A first connection needs one look only: the page was made a moment ago.
      if (wasOpen) announce();
      else lookSoon(GATHER_MS);
      wasOpen = true;
      return;
    }
    const { change } = message;
    if (isFrequent(change)) {
      // The next one comes soon: nothing has to settle.
      if (listener.concerns(change)) lookSoon(GATHER_FREQUENT_MS);
      return;
    }
    if (change.action === MISSED_ACTION || listener.concerns(change)) announce();
  };
  const close = () => {
    closeStream?.();
    closeStream = null;
    clearTimeout(gather);
    clearTimeout(settle);
    gather = undefined;
  };
  const followVisibility = () => {
    close();
    if (document.visibilityState === "visible") closeStream = openSharedStream(hear);
  };

  document.addEventListener("visibilitychange", followVisibility);
  // A stream says nothing for minutes after its network is gone; opening it anew finds out at once.
  window.addEventListener("offline", followVisibility);
  window.addEventListener("online", followVisibility);
  followVisibility();
  return () => {
    window.removeEventListener("offline", followVisibility);
    window.removeEventListener("online", followVisibility);
    document.removeEventListener("visibilitychange", followVisibility);
    close();
  };
}
