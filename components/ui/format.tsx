"use client";

import { useLocale } from "next-intl";
import { useSyncExternalStore } from "react";
import { CopyButton } from "./copy-button.tsx";
import {
  formatBytes,
  formatCount,
  formatExactTime,
  formatInteger,
  formatRelativeTime,
} from "./format-values.ts";

/** A size in bytes, humanised; the exact number on hover. */
export function Bytes({ value }: { value: number }) {
  const locale = useLocale();
  return (
    <span className="whitespace-nowrap tabular-nums" title={`${formatInteger(value, locale)} B`}>
      {formatBytes(value, locale)}
    </span>
  );
}

/** A number, shortened when large; every digit on hover. */
export function Count({ value }: { value: number }) {
  const locale = useLocale();
  return (
    <span className="whitespace-nowrap tabular-nums" title={formatInteger(value, locale)}>
      {formatCount(value, locale)}
    </span>
  );
}

const TICK_MS = 30_000;
const watchers = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | undefined;

/** One timer for all times of the page, and none when the page shows no time. */
function watchClock(onTick: () => void): () => void {
  watchers.add(onTick);
  timer ??= setInterval(() => {
    for (const watcher of watchers) watcher();
  }, TICK_MS);
  return () => {
    watchers.delete(onTick);
    if (watchers.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}
const readClock = () => Math.floor(Date.now() / TICK_MS) * TICK_MS;
// The server does not know the reader's zone: UTC until the page is alive.
const noClock = () => null;

/** "5 minutes ago", kept current; the exact time in the reader's zone on hover. */
export function RelativeTime({ value }: { value: string }) {
  const locale = useLocale();
  const at = Date.parse(value);
  const tick = useSyncExternalStore<number | null>(watchClock, readClock, noClock);
  return (
    <time
      dateTime={value}
      title={formatExactTime(at, locale, tick === null ? "UTC" : undefined)}
      className="whitespace-nowrap"
      suppressHydrationWarning
    >
      {formatRelativeTime(at, Math.max(tick ?? 0, Date.now()), locale)}
    </time>
  );
}

const DIGEST_HEAD = "sha256:".length + 12;

/** The start of a digest, the whole on hover, and a button that copies it. */
export function Digest({ value, copyLabel }: { value: string; copyLabel: string }) {
  return (
    <span className="inline-flex items-center gap-1 whitespace-nowrap">
      <code className="font-mono text-[13px]" title={value}>
        {value.slice(0, DIGEST_HEAD)}…
      </code>
      <CopyButton value={value} label={copyLabel} />
    </span>
  );
}
