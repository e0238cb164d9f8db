/**
 * Every rate limit of the product, counted for all servers together. `database` asks the database each time and is exact;
 * `memory` counts in memory and tells the others, which is exact enough where a limit only spares the servers.
 */
import { isIPv6 } from "node:net";
import { RateLimiterPostgres, RateLimiterRes } from "rate-limiter-flexible";
import type { Database } from "#lib/db/client.ts";
import { RegistryError } from "#lib/errors.ts";
import { SharedLimiter } from "./shared-limiter.ts";

type Rule = {
  /** null: as many as `api.requests_per_minute` says. */
  points: number | null;
  seconds: number;
  store: "database" | "memory";
};

export const LIMITS = {
  /** Passwords that were wrong, and links; by the client's address, and never by a name: nobody can lock out somebody else. */
  sign_in: { points: 20, seconds: 300, store: "database" },
  /** Refreshed tokens, by the client's address. */
  token: { points: 120, seconds: 60, store: "memory" },
  /** The following by account. Registrations, uploads and their parts: a part has 16 MiB. */
  upload: { points: null, seconds: 60, store: "memory" },
  download: { points: null, seconds: 60, store: "memory" },
  /** Everything else. */
  api: { points: null, seconds: 60, store: "memory" },
} as const satisfies Record<string, Rule>;
export type LimitName = keyof typeof LIMITS;

type Limiter = {
  consume(who: string): Promise<RateLimiterRes>;
  reward(who: string): Promise<RateLimiterRes>;
};

/** Headers of draft-ietf-httpapi-ratelimit-headers-10. */
export type LimitHeaders = { RateLimit: string; "RateLimit-Policy": string };

export class Limits {
  readonly #limiters: Record<LimitName, Limiter>;
  readonly #requestsPerMinute: number;

  constructor(db: Database, { requestsPerMinute }: { requestsPerMinute: number }) {
    this.#requestsPerMinute = requestsPerMinute;
    const entries = Object.entries(LIMITS).map(([name, rule]: [string, Rule]) => {
      const points = rule.points ?? requestsPerMinute;
      const limiter =
        rule.store === "memory"
          ? new SharedLimiter(db, { name, points, seconds: rule.seconds })
          : new RateLimiterPostgres({
              keyPrefix: name,
              points,
              duration: rule.seconds,
              storeClient: { query: (query: Query) => ask(db, query) },
              storeType: "pool",
              tableName: "rate_limit",
              tableCreated: true,
              clearExpiredByTimeout: false,
            });
      return [name, limiter];
    });
    this.#limiters = Object.fromEntries(entries) as Record<LimitName, Limiter>;
  }

  /** Counts one more of `who`. Throws `rate_limited`. */
  async consume(name: LimitName, who: string): Promise<LimitHeaders> {
    try {
      return this.#headersOf(name, await this.#limiters[name].consume(who));
    } catch (refusal) {
      if (!(refusal instanceof RateLimiterRes)) throw refusal;
      const seconds = Math.max(1, Math.ceil(refusal.msBeforeNext / 1000));
      throw new RegistryError(
        "rate_limited",
        `Too many requests of this kind. Try again in ${seconds} s.`,
        { retryAfterSeconds: seconds, headers: this.#headersOf(name, refusal) },
      );
    }
  }

  /** Takes back what was counted: it was no misuse. */
  async giveBack(name: LimitName, who: string): Promise<void> {
    await this.#limiters[name].reward(who);
  }

  #headersOf(name: LimitName, { remainingPoints, msBeforeNext }: RateLimiterRes): LimitHeaders {
    const { points, seconds } = LIMITS[name];
    return {
      "RateLimit-Policy": `"${name}";q=${points ?? this.#requestsPerMinute};w=${seconds}`,
      RateLimit: `"${name}";r=${Math.max(0, remainingPoints)};t=${Math.ceil(msBeforeNext / 1000)}`,
    };
  }
}

/** Whoever has an IPv6 address has 2^64 of them. */
export function networkOf(address: string | null): string {
  if (address === null || !isIPv6(address)) return address ?? "unknown";
  if (/^::ffff:\d+\.\d+\.\d+\.\d+$/i.test(address)) return address.slice("::ffff:".length);
  const { hostname } = new URL(`http://[${address.split("%")[0]}]`);
  const [head = "", tail] = hostname.slice(1, -1).split("::");
  const first = head.split(":").filter(Boolean);
  const last = tail?.split(":").filter(Boolean) ?? [];
  const zeros = Array.from({ length: 8 - first.length - last.length }, () => "0");
  return `${[...first, ...(tail === undefined ? [] : zeros), ...last].slice(0, 4).join(":")}::/64`;
}

type Query = { name?: string; text: string; values: unknown[] };

async function ask(db: Database, { name = "", text, values }: Query) {
  return { rows: await db.statements.run<object>({ name, text }, values) };
}
