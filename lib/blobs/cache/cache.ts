/**
 * Raw copies of hot blobs on the local disk: of compressed ones, and of all when the store is remote. Bounded by
 * bytes, least recently used goes first; a full or failing disk means fewer hits and nothing worse.
 */
import { isRegistryError } from "#lib/errors.ts";
import type { BlobReader } from "#lib/storage/contract.ts";
import { ReopeningReader } from "../reading/reopening-reader.ts";
import { CacheDemand } from "./cache-demand.ts";
import { CacheEntry } from "./cache-entry.ts";
import { CacheFolder } from "./cache-folder.ts";
import { CacheReader } from "./cache-reader.ts";
import { type CacheStats, emptyCacheStats } from "./cache-stats.ts";

/** A smaller blob is decoded about as fast as a file is opened. */
const SMALLEST_BYTES = 32 * 1024;
/** After a fill failed for want of room, none is tried for so long. */
const PAUSE_MS = 60_000;
/** How far the recorded time of an entry in use may lag behind. */
const REMEMBER_MS = 60_000;

export type CacheSettings = { folder: string; limitBytes: number; minFreeBytes: number };

/** Writes the bytes of a blob to a new file; see `DecodingThreads.fill`. */
export type FillFile = (
  input: { sha256: string; sizeBytes: number; path: string },
  options: { onProgress: (filledBytes: number) => void; signal: AbortSignal },
) => Promise<void>;

export class BlobCache {
  readonly #settings: CacheSettings;
  readonly #folder: CacheFolder;
  readonly #fillFile: FillFile;
  readonly #onProblem: (error: unknown) => void;
  readonly #demand = new CacheDemand();
  /** Least recently used first. */
  readonly #entries = new Map<string, CacheEntry>();
  readonly #fills = new Set<Promise<void>>();
  readonly #closing = new AbortController();
  readonly #stats: CacheStats;
  #pausedUntil = 0;

  constructor(
    settings: CacheSettings,
    fillFile: FillFile,
    onProblem: (error: unknown) => void = () => {},
  ) {
    this.#settings = settings;
    this.#folder = new CacheFolder(settings.folder);
    this.#fillFile = fillFile;
    this.#onProblem = onProblem;
    this.#stats = emptyCacheStats(settings.limitBytes);
  }

  /** Takes over the files of an earlier process. If the folder cannot be used, the cache stays empty. */
  async open(): Promise<void> {
    try {
      for (const file of await this.#folder.open()) {
        const entry = new CacheEntry({ ...file, state: "ready" });
        entry.persistedAt = entry.usedAt = file.usedAt.getTime();
        this.#entries.set(file.sha256, entry);
        this.#stats.bytes += file.sizeBytes;
      }
      await this.#evictTo(this.#settings.limitBytes);
    } catch (error) {
      this.#pausedUntil = Number.POSITIVE_INFINITY;
      this.#onProblem(error);
    }
  }

  /** Ends fills in progress; whole files stay for the next start. */
  async close(): Promise<void> {
    this.#closing.abort(new Error("The cache is closed."));
    await this.settled();
    for (const entry of this.#entries.values())
      if (entry.usedAt > entry.persistedAt)
        await this.#folder.remember(entry.path, new Date(entry.usedAt));
  }

  /** Waits for the fills in progress. */
  async settled(): Promise<void> {
    await Promise.all(this.#fills);
  }

  stats(): CacheStats {
    return { ...this.#stats, entries: this.#entries.size };
  }

  has(sha256: string): boolean {
    return this.#entries.get(sha256)?.state === "ready";
  }

  /**
   * `openStored` is called at once, unless the cache has the blob or is getting it. Throws what `openStored` throws.
   * A copy whose bytes do not have the checksums `sums` is dropped, and the store is read.
   */
  async openReader(
    sha256: string,
    sizeBytes: number,
    openStored: () => Promise<BlobReader>,
    sums: Uint8Array | null = null,
  ): Promise<BlobReader> {
    const first = this.#find(sha256, sizeBytes) ? null : await openStored();
    // What is never kept cannot be missed.
    const counted = sizeBytes < SMALLEST_BYTES ? emptyCacheStats(0) : this.#stats;
    const side = {
      sums,
      find: () => this.#find(sha256, sizeBytes),
      fill: () => this.#startFill(sha256, sizeBytes),
      drop: (entry: CacheEntry) => void this.#drop(entry),
      countBytes: (from: "cache" | "store", bytes: number) => {
        counted[from === "cache" ? "hitBytes" : "missBytes"] += bytes;
      },
      countReader: (outcome: "hit" | "miss") => {
        counted[outcome === "hit" ? "hits" : "misses"] += 1;
      },
    };
    const demand = this.#demand.begin(sha256, sizeBytes);
    return new CacheReader(new ReopeningReader(sizeBytes, openStored, first), side, demand);
  }

  /** The cached copy alone, for a search of good copies; null when there is none. */
  async openCopy(sha256: string, sizeBytes: number): Promise<BlobReader | null> {
    const entry = this.#find(sha256, sizeBytes);
    // A copy that is on its way is worth waiting for: it may be the last one.
    if (entry?.state === "filling") await this.settled();
    if (entry?.state !== "ready") return null;
    entry.pin();
    let isClosed = false;
    return {
      sizeBytes,
      read: (into, offset) => entry.read(into, offset),
      close: async () => {
        if (!isClosed) await entry.unpin();
        isClosed = true;
      },
    };
  }

  /** Drops the entry; its readers turn to the store. */
  async evict(sha256: string): Promise<void> {
    const entry = this.#entries.get(sha256);
    if (entry) await this.#drop(entry);
  }

  /** Gives disk space back, least recently used first; entries in use stay. */
  async release(bytes: number): Promise<void> {
    await this.#evictTo(Math.max(0, this.#stats.bytes - bytes));
  }

  #find(sha256: string, sizeBytes: number): CacheEntry | undefined {
    const entry = this.#entries.get(sha256);
    if (!entry) return undefined;
    if (entry.sizeBytes !== sizeBytes) {
      void this.#drop(entry);
      return undefined;
    }
    entry.usedAt = Date.now();
    this.#entries.delete(sha256);
    this.#entries.set(sha256, entry);
    if (entry.state === "ready" && entry.usedAt - entry.persistedAt > REMEMBER_MS) {
      entry.persistedAt = entry.usedAt;
      void this.#folder.remember(entry.path, new Date(entry.usedAt));
    }
    return entry;
  }

  #startFill(sha256: string, sizeBytes: number): void {
    if (this.#entries.has(sha256) || this.#closing.signal.aborted) return;
    if (sizeBytes < SMALLEST_BYTES || sizeBytes > this.#settings.limitBytes) return;
    if (performance.now() < this.#pausedUntil || !this.#hasRoomFor(sizeBytes)) return;
    const path = this.#folder.partialPath(sha256);
    const entry = new CacheEntry({ sha256, sizeBytes, path, state: "filling" });
    this.#entries.set(sha256, entry);
    this.#stats.bytes += sizeBytes;
    const fill = this.#fill(entry).finally(() => this.#fills.delete(fill));
    this.#fills.add(fill);
  }

  async #fill(entry: CacheEntry): Promise<void> {
    const { sha256, sizeBytes, path } = entry;
    try {
      await this.#evictTo(this.#settings.limitBytes);
      await this.#makeDiskRoom();
      await this.#fillFile(
        { sha256, sizeBytes, path },
        { onProgress: (bytes) => entry.progress(bytes), signal: this.#closing.signal },
      );
      this.#stats.fills += 1;
      if (isGone(entry)) return await this.#folder.remove(path);
      entry.path = await this.#folder.publish(path, sha256);
      entry.persistedAt = Date.now();
      // The entry was dropped while it got its name: the file must not come back after a restart.
      if (isGone(entry)) await this.#folder.remove(entry.path);
      else entry.settle("ready");
    } catch (error) {
      // Damage is the store's. Any other failure is this disk's, and the readers that wake now would fail again.
      if (!isRegistryError(error)) this.#pausedUntil = performance.now() + PAUSE_MS;
      await this.#drop(entry);
      if (this.#closing.signal.aborted) return;
      this.#stats.failedFills += 1;
      this.#onProblem(error);
    } finally {
      this.#demand.reset(sha256);
    }
  }

  /** Whether enough entries may be evicted for this. */
  #hasRoomFor(sizeBytes: number): boolean {
    let fixedBytes = 0;
    for (const entry of this.#entries.values())
      if (entry.isPinned || entry.state !== "ready") fixedBytes += entry.sizeBytes;
    return fixedBytes + sizeBytes <= this.#settings.limitBytes;
  }

  /** The volume keeps `minFreeBytes` free after all fills. */
  async #makeDiskRoom(): Promise<void> {
    let toWrite = 0;
    for (const entry of this.#entries.values())
      if (entry.state === "filling") toWrite += entry.sizeBytes - entry.filledBytes;
    const lacking = async () =>
      this.#settings.minFreeBytes + toWrite - (await this.#folder.freeBytes());
    const before = await lacking();
    if (before <= 0) return;
    await this.release(before);
    if ((await lacking()) > 0) throw new Error("The volume has no room for the cache.");
  }

  async #evictTo(limitBytes: number): Promise<void> {
    for (const entry of [...this.#entries.values()]) {
      if (this.#stats.bytes <= limitBytes) return;
      if (entry.isPinned || entry.state !== "ready") continue;
      await this.#drop(entry);
      this.#stats.evictions += 1;
      this.#stats.evictedBytes += entry.sizeBytes;
    }
  }

  async #drop(entry: CacheEntry): Promise<void> {
    if (this.#entries.get(entry.sha256) === entry) {
      this.#entries.delete(entry.sha256);
      this.#stats.bytes -= entry.sizeBytes;
    }
    entry.settle("gone");
    await this.#folder.remove(entry.path);
  }
}

/** Others change the state while a fill waits, which the type of a local check would deny. */
function isGone(entry: CacheEntry): boolean {
  return entry.state === "gone";
}
