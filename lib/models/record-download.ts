/**
 * Counts completed downloads without slowing them down: counts are gathered in memory and written
 * once a second. A process that dies without `close` loses at most the last second's counts.
 */
import type { Database } from "#lib/db/client.ts";
import { inTransaction } from "#lib/db/transaction.ts";
import type { Logger } from "#lib/log.ts";
import { type CountedDownload, writeDownloads } from "./download-counts.ts";

const FLUSH_MS = 1_000;
/** While the database is away counts wait here; about 20 MB, then further ones are lost and logged. */
const PENDING_MAX = 100_000;
const HOUR_MS = 3_600_000;

export type CompletedDownload = {
  modelId: bigint;
  versionId: bigint;
  /** The model's name, for the event only. */
  model: string;
  version: string;
  bytes: number;
  userAgent: string | null;
  actor: string;
};

export class DownloadRecorder {
  readonly #db: Database;
  readonly #log: Logger;
  readonly #timer: NodeJS.Timeout;
  #pending = new Map<string, CountedDownload>();
  #lost = 0;
  #flushing: Promise<void> | null = null;

  constructor(db: Database, log: Logger) {
    this.#db = db;
    this.#log = log;
    this.#timer = setInterval(() => void this.flush(), FLUSH_MS);
    this.#timer.unref();
  }

  /** Counts one completed download. Never throws and never waits. */
  record(download: CompletedDownload): void {
    const { modelId, versionId, bytes, userAgent } = download;
    const hour = new Date(Math.floor(Date.now() / HOUR_MS) * HOUR_MS);
    this.#add({ modelId, versionId, hour, client: clientOf(userAgent), count: 1, bytes });
  }

  /** Writes the pending counts; those that cannot be written now stay pending. Never throws. */
  async flush(): Promise<void> {
    // Two flushes at once would only wait for each other's row locks.
    while (this.#flushing) await this.#flushing;
    if (this.#pending.size === 0) return;
    this.#flushing = this.#write().finally(() => {
      this.#flushing = null;
    });
    await this.#flushing;
  }

  /** Writes the rest. Call it before the database is disconnected. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.flush();
  }

  async #write(): Promise<void> {
    const batch = [...this.#pending.values()];
    this.#pending = new Map();
    try {
      await inTransaction(this.#db, (tx) => writeDownloads(tx, batch));
    } catch (error) {
      this.#log.warn({ operation: "record_downloads", error }, "kept for the next attempt");
      for (const entry of batch) this.#add(entry);
    }
    if (this.#lost === 0) return;
    this.#log.error({ operation: "record_downloads", lost: this.#lost }, "counts were lost");
    this.#lost = 0;
  }

  #add(entry: CountedDownload): void {
    const key = `${entry.versionId} ${entry.hour.getTime()} ${entry.client}`;
    const known = this.#pending.get(key);
    if (known) {
      known.count += entry.count;
      known.bytes += entry.bytes;
    } else if (this.#pending.size < PENDING_MAX) this.#pending.set(key, entry);
    else this.#lost += entry.count;
  }
}

const CLIENTS: readonly [name: string, pattern: RegExp][] = [
  ["curl", /^curl\//i],
  ["wget", /^wget\//i],
  ["python", /python|aiohttp|httpx|urllib/i],
  ["browser", /^mozilla\//i],
];

/** A bounded set, whatever clients call themselves: curl, wget, python, browser, other. */
export function clientOf(userAgent: string | null): string {
  return CLIENTS.find(([, pattern]) => pattern.test(userAgent ?? ""))?.[0] ?? "other";
}
