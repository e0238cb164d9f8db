/** How long, and how often, a command asks again. */

/** `silentMs`: nobody answers, or the answer was cut. `busyMs`: the server asks for patience (429, 503). */
export type Patience = { silentMs: number; busyMs: number };

/** A wrong address is told soon; a server that restarts is not an error of a transfer of hours. */
export const PATIENCE = {
  question: { silentMs: 2_000, busyMs: 30_000 },
  transfer: { silentMs: 120_000, busyMs: 300_000 },
} as const satisfies Record<string, Patience>;

const FIRST_MS = 100;
const LONGEST_MS = 5_000;
/** A server may ask for patience, but not hold a command for hours. */
const RETRY_AFTER_MAX_MS = 60_000;

export class Attempts {
  readonly #patience: Patience;
  readonly #now: () => number;
  readonly #random: () => number;
  #begun: number;
  #nextMs = FIRST_MS;

  constructor(patience: Patience, now = Date.now, random = Math.random) {
    this.#patience = patience;
    this.#now = now;
    this.#random = random;
    this.#begun = now();
  }

  /** Bytes have come: patience begins anew. */
  succeed(): void {
    this.#begun = this.#now();
    this.#nextMs = FIRST_MS;
  }

  /**
   * Milliseconds until the next attempt, null when patience is at its end. Doubled each time, and spread, so that
   * clients that failed together do not come back together.
   */
  next(kind: keyof Patience, retryAfterMs: number | null = null): number | null {
    const spread = this.#nextMs * (0.75 + this.#random() / 2);
    const delay = retryAfterMs === null ? spread : Math.min(retryAfterMs, RETRY_AFTER_MAX_MS);
    if (this.#now() - this.#begun + delay > this.#patience[kind]) return null;
    this.#nextMs = Math.min(this.#nextMs * 2, LONGEST_MS);
    return delay;
  }
}

/** `Retry-After` (RFC 9110, 10.2.3), seconds or a date, as milliseconds from `now`; null for none or nonsense. */
export function parseRetryAfter(header: string | undefined, now: number): number | null {
  const text = header?.trim() ?? "";
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1000;
  const at = /[A-Za-z]/.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(at) ? null : Math.max(0, at - now);
}
