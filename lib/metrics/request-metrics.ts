/** Where the server says what it does: for `GET /metrics`, and for the samples that the monitoring page shows. */
import type { CacheStats } from "#lib/blobs/cache/cache-stats.ts";
import { noteDownload, noteLoad, noteMissing, noteRequest, noteUpload } from "./activity.ts";
import { observeCache } from "./cache-metrics.ts";
import { processMetrics } from "./process-metrics.ts";
import { observeWatched, type Watched } from "./watched-metrics.ts";

/** Operations that carry the bytes of files. */
const UPLOADS: ReadonlySet<string> = new Set(["register_model", "register_version", "put_part"]);

const shared = globalThis as typeof globalThis & {
  registryInProgress?: { requests: number; uploads: number };
};

/** Requests whose answer has not begun, and those of them that send files. */
export function inProgress(): { requests: number; uploads: number } {
  shared.registryInProgress ??= { requests: 0, uploads: 0 };
  return shared.registryInProgress;
}

/** Call what this gives when the answer begins. */
export function requestBegins(operation: string): () => void {
  const change = (by: 1 | -1) => {
    const counts = inProgress();
    counts.requests += by;
    if (UPLOADS.has(operation)) counts.uploads += by;
    processMetrics().active.inc({ operation }, by);
  };
  change(1);
  return () => change(-1);
}

export function observeRequest(operation: string, status: number, seconds: number): void {
  const metrics = processMetrics();
  metrics.requests.inc({ operation, status: String(status) });
  metrics.seconds.observe({ operation }, seconds);
  noteRequest(operation, status, seconds);
}

/** A download that was sent to its end. `seconds` null: the store sends it, and nobody here sees for how long. */
export function observeDownload(about: {
  framework: string;
  bytes: number;
  seconds: number | null;
}): void {
  const { framework, bytes, seconds } = about;
  const metrics = processMetrics();
  metrics.downloads.inc({ framework });
  metrics.downloadedBytes.inc({ framework }, bytes);
  if (seconds !== null) metrics.loadSeconds.observe({ framework }, seconds);
  noteDownload(framework, bytes, seconds);
}

/** A version that has come to the workers of a cluster. */
export function observeLoad({ framework, seconds }: { framework: string; seconds: number }): void {
  processMetrics().loadSeconds.observe({ framework }, seconds);
  noteLoad(framework, seconds);
}

export function observeUpload(bytes: number): void {
  const metrics = processMetrics();
  metrics.uploads.inc();
  metrics.uploadedBytes.inc(bytes);
  noteUpload(bytes);
}

/** Somebody asked for a model that is not there, or that it may not see. */
export function observeMissing(
  model: string | undefined,
  asked: { actor: { name: string }; address: string | null },
): void {
  processMetrics().missing.inc();
  const { name } = asked.actor;
  noteMissing(model ?? "", name === "anonymous" ? (asked.address ?? name) : name);
}

/** The cache's own counters are looked at whenever somebody asks. */
export function watchCache(read: () => CacheStats | null): void {
  observeCache(processMetrics().registry, read);
}

export function watchProcess(watched: Watched): void {
  observeWatched(processMetrics().registry, watched);
}
