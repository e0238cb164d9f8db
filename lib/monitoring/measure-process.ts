/** What one process measures of itself between two samples. */
import { monitorEventLoopDelay } from "node:perf_hooks";
import type { CacheStats } from "#lib/blobs/cache/cache-stats.ts";
import { type Activity, giveBack, takeActivity } from "#lib/metrics/activity.ts";
import { inProgress } from "#lib/metrics/request-metrics.ts";
import type { Traffic } from "#lib/metrics/traffic.ts";
import type { ServerFigures } from "./columns.ts";

/** How often the event loop is asked; what it measures includes this pause itself. */
const LOOP_RESOLUTION_MS = 20;
/** What could not be written for longer is dropped: an average over it would hide that nobody was watching. */
const LONGEST_MS = 60_000;
const NS = 1e9;
const US = 1e6;

export type Watched = {
  cache: () => CacheStats | null;
  traffic: () => Traffic;
  pool: () => { size: number; used: number; waiting: number };
};

export type Measured = {
  figures: ServerFigures;
  activity: Activity;
  /** For what could not be written down: the next sample covers its time as well. */
  giveBack: () => void;
};

type Sums = {
  at: number;
  cpu: NodeJS.CpuUsage;
  hits: number;
  misses: number;
  bytesIn: number;
  bytesOut: number;
};

export class ProcessMeter {
  readonly #watched: Watched;
  readonly #loop = monitorEventLoopDelay({ resolution: LOOP_RESOLUTION_MS });
  #before: Sums;

  constructor(watched: Watched) {
    this.#watched = watched;
    this.#loop.enable();
    this.#before = this.#sums();
  }

  /** Everything since the last call. */
  take(): Measured {
    const before = this.#before;
    const now = this.#sums();
    this.#before = now;
    const activity = takeActivity();
    const loopDelay = this.#loop.percentile(99) / NS - LOOP_RESOLUTION_MS / 1000;
    this.#loop.reset();
    const pool = this.#watched.pool();
    const { rss, heapUsed } = process.memoryUsage();
    const active = inProgress();
    const figures: ServerFigures = {
      seconds: (now.at - before.at) / 1000,
      ...activity.counted,
      bytes_in: Math.max(0, now.bytesIn - before.bytesIn),
      bytes_out: Math.max(0, now.bytesOut - before.bytesOut),
      cache_hits: now.hits - before.hits,
      cache_misses: now.misses - before.misses,
      cpu_seconds: (now.cpu.user + now.cpu.system - before.cpu.user - before.cpu.system) / US,
      loop_delay: Number.isFinite(loopDelay) ? Math.max(0, loopDelay) : 0,
      rss_bytes: rss,
      heap_bytes: heapUsed,
      pool_used: pool.used,
      pool_waiting: pool.waiting,
      pool_size: pool.size,
      active_requests: active.requests,
      active_uploads: active.uploads,
    };
    return {
      figures,
      activity,
      giveBack: () => {
        if (now.at - before.at > LONGEST_MS) return;
        this.#before = before;
        giveBack(activity);
      },
    };
  }

  close(): void {
    this.#loop.disable();
  }

  #sums(): Sums {
    const cache = this.#watched.cache();
    const { bytesIn, bytesOut } = this.#watched.traffic();
    return {
      at: performance.now(),
      cpu: process.cpuUsage(),
      hits: cache?.hits ?? 0,
      misses: cache?.misses ?? 0,
      bytesIn,
      bytesOut,
    };
  }
}
