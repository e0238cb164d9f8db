/**
 * A rate limit that several processes count together without a statement for each request. A process counts in memory. What
 * a client has had beyond a small share of the limit is told to the database, once a second and for all clients at once,
 * and what the other processes have told comes back.
 */
import { RateLimiterMemory, type RateLimiterRes } from "rate-limiter-flexible";
import type { Database } from "#lib/db/client.ts";

/** Clients below it cost nothing; each process may so let through this much more than the limit. */
const QUIET_SHARE = 0.05;
const TELL_EVERY_MS = 1_000;

const TELL = {
  name: "rate_limits_tell",
  text: `insert into rate_limit as had (key, points, expire)
    select key, points, $3::bigint from unnest($1::text[], $2::int[]) as told (key, points) order by key
    on conflict (key) do update set
      points = case when had.expire > $4::bigint then had.points + excluded.points else excluded.points end,
      expire = case when had.expire > $4::bigint then had.expire else excluded.expire end
    returning key, points, expire`,
};

export class SharedLimiter {
  readonly #db: Database;
  readonly #memory: RateLimiterMemory;
  readonly #prefix: string;
  readonly #quiet: number;
  readonly #seconds: number;
  /** What the database has not been told yet, of clients that are not quiet. */
  #untold = new Map<string, number>();
  #timer: NodeJS.Timeout | null = null;

  constructor(db: Database, limit: { name: string; points: number; seconds: number }) {
    this.#db = db;
    this.#memory = new RateLimiterMemory({ points: limit.points, duration: limit.seconds });
    this.#prefix = `${limit.name}:`;
    this.#quiet = Math.max(1, Math.ceil(limit.points * QUIET_SHARE));
    this.#seconds = limit.seconds;
  }

  /** Counts one more of `who`. Rejects with the count when there are too many; those are not told. */
  async consume(who: string): Promise<RateLimiterRes> {
    const counted = await this.#memory.consume(who);
    const had = counted.consumedPoints;
    if (had >= this.#quiet) {
      const untold = this.#untold.get(who) ?? 0;
      this.#untold.set(who, untold + (had === this.#quiet ? had : 1));
      this.#timer ??= setTimeout(() => void this.#tell(), TELL_EVERY_MS).unref();
    }
    return counted;
  }

  async reward(who: string): Promise<RateLimiterRes> {
    return this.#memory.reward(who);
  }

  async #tell(): Promise<void> {
    const told = [...this.#untold];
    this.#untold = new Map();
    this.#timer = null;
    const now = Date.now();
    try {
      const rows = await this.#db.statements.run<{ key: string; points: number; expire: string }>(
        TELL,
        [
          told.map(([who]) => this.#prefix + who),
          told.map(([, points]) => points),
          now + this.#seconds * 1000,
          now,
        ],
      );
      for (const { key, points, expire } of rows) {
        const who = key.slice(this.#prefix.length);
        const seconds = (Number(expire) - Date.now()) / 1000;
        // What was counted while the database answered comes on top.
        if (seconds > 0)
          await this.#memory.set(who, points + (this.#untold.get(who) ?? 0), seconds);
      }
    } catch {
      // The process goes on counting by itself: a limit is no reason to refuse what the database will refuse anyway.
    }
  }
}
