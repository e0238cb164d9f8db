/** An upload's progress. Sizes are bytes, times milliseconds, speed bytes per second. */
export type Progress = {
  sentBytes: number;
  totalBytes: number;
  /** Null until enough was seen to compute it. */
  bytesPerSecond: number | null;
  at: number;
};

/** Speeds older than this count for little: steady, yet true again soon after the network changed. */
const MEMORY_MS = 4000;
/** Browsers report many times a second, in jumps; shorter spans say nothing about speed. */
export const SPAN_MIN_MS = 250;

/** `sentBytes` were on the server before, so they say nothing about the speed. */
export function startProgress(totalBytes: number, at: number, sentBytes = 0): Progress {
  return { sentBytes, totalBytes, bytesPerSecond: null, at };
}

/**
 * The progress after another report: the speed is an exponential moving average over time. Reports that
 * come too close answer the progress unchanged, save the last.
 */
export function nextProgress(last: Progress, sentBytes: number, at: number): Progress {
  const sent = Math.min(Math.max(sentBytes, last.sentBytes), last.totalBytes);
  const elapsed = at - last.at;
  if (elapsed < SPAN_MIN_MS) return sent < last.totalBytes ? last : { ...last, sentBytes: sent };
  const speed = ((sent - last.sentBytes) / elapsed) * 1000;
  const keep = Math.exp(-elapsed / MEMORY_MS);
  const before = last.bytesPerSecond;
  return {
    ...last,
    sentBytes: sent,
    at,
    bytesPerSecond: before === null ? speed : before * keep + speed * (1 - keep),
  };
}

/** Seconds left at the present speed, null when nothing moves. */
export function secondsLeft({ sentBytes, totalBytes, bytesPerSecond }: Progress): number | null {
  if (bytesPerSecond === null || bytesPerSecond < 1) return null;
  return Math.ceil((totalBytes - sentBytes) / bytesPerSecond);
}

export function percent({ sentBytes, totalBytes }: Progress): number {
  return totalBytes === 0 ? 100 : Math.floor((sentBytes / totalBytes) * 100);
}

/** The percentage for screen readers: each tenth once, rather than every report. */
export function announcedPercent(progress: Progress): number {
  return Math.floor(percent(progress) / 10) * 10;
}

/** 75 -> "1:15", 3675 -> "1:01:15". */
export function formatDuration(seconds: number): string {
  const two = (value: number) => String(value).padStart(2, "0");
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor((seconds % 3600) / 60);
  const rest = two(seconds % 60);
  return hours > 0 ? `${hours}:${two(minutes)}:${rest}` : `${minutes}:${rest}`;
}
