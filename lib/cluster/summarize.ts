/** What a list says of a cluster, from what its agent said of each worker. */
import type { WorkerWire } from "./agent-schema.ts";
import { SUMMARY_MODELS_MAX } from "./caps.ts";
import type { ClusterSummary, ClusterWire } from "./clusters-schema.ts";

export type StoredSummary = ClusterSummary & { models: ClusterWire["models"] };

export function summarize(workers: readonly WorkerWire[]): StoredSummary {
  const sum = (of: (worker: WorkerWire) => number) =>
    workers.reduce((total, worker) => total + of(worker), 0);
  const isUnlimited = workers.some(({ memory_limit_bytes }) => memory_limit_bytes === null);
  return {
    workers: workers.length,
    unavailable_workers: workers.filter(({ status }) => status !== "running").length,
    hosts: new Set(workers.map(({ host }) => host)).size,
    threads: sum(({ threads }) => threads),
    memory_bytes: atMost(sum(({ memory_bytes }) => memory_bytes)),
    memory_limit_bytes: isUnlimited
      ? null
      : atMost(sum(({ memory_limit_bytes }) => memory_limit_bytes ?? 0)),
    cpu_percent: workers.length === 0 ? 0 : sum(({ cpu_percent }) => cpu_percent) / workers.length,
    models: heldModels(workers),
  };
}

function heldModels(workers: readonly WorkerWire[]): ClusterWire["models"] {
  const held = new Map<string, ClusterWire["models"][number]>();
  for (const worker of workers)
    for (const { model, version, digest, bytes, state } of worker.models) {
      if (state !== "ready") continue;
      const key = JSON.stringify([model, version, digest]);
      const found = held.get(key);
      if (found) found.workers += 1;
      else if (held.size < SUMMARY_MODELS_MAX)
        held.set(key, { model, version, digest, workers: 1, bytes });
    }
  return [...held.values()].sort((a, b) =>
    a.model === b.model ? order(a.version, b.version) : order(a.model, b.model),
  );
}

const order = (a: string, b: string) => (a < b ? -1 : 1);
/** Whole numbers beyond this one are not exact. */
const atMost = (bytes: number) => Math.min(bytes, Number.MAX_SAFE_INTEGER);
