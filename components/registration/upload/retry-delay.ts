export type RetryTiming = { firstMs: number; longestMs: number; attempts: number };

/** About three minutes in all: a restarted server is back by then, and the person learns of one that is not. */
export const RETRY_TIMING: RetryTiming = { firstMs: 500, longestMs: 30_000, attempts: 11 };

/** A server may ask for patience, but not freeze the page for hours. */
const RETRY_AFTER_MAX_MS = 10 * 60_000;

/**
 * Milliseconds before the next try after `attempt` (from 1) failed: doubled each time, and spread over the upper
 * half, so that clients that failed together do not come back together. What the server asked for counts more.
 */
export function retryDelayMs(
  attempt: number,
  retryAfterMs: number | null,
  timing: RetryTiming = RETRY_TIMING,
  random: () => number = Math.random,
): number {
  const grown = Math.min(timing.longestMs, timing.firstMs * 2 ** (attempt - 1));
  const spread = grown * (0.5 + random() / 2);
  return retryAfterMs === null
    ? spread
    : Math.min(retryAfterMs, RETRY_AFTER_MAX_MS) + random() * timing.firstMs;
}

/** `Retry-After` (RFC 9110, 10.2.3) as milliseconds from `now`: seconds or a date; null for none or nonsense. */
export function parseRetryAfter(header: string | null, now: number): number | null {
  if (header === null) return null;
  const text = header.trim();
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1000;
  const at = /[A-Za-z]/.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(at) ? null : Math.max(0, at - now);
}
