/** The text of `GET /metrics`. */
import { AggregatorRegistry, Gauge, Registry } from "prom-client";
import type { RegistryTotals } from "./get-totals.ts";
import { processMetrics } from "./process-metrics.ts";

// What every process would answer alike; one for the process, also when a bundler evaluates this module twice.
const shared = globalThis as typeof globalThis & {
  registryTotals?: ReturnType<typeof createTotals>;
  askRegistryMetrics?: () => Promise<string | null>;
};

function createTotals() {
  const registry = new Registry();
  const registers = [registry];
  const gauge = (name: string, help: string) =>
    new Gauge({ name: `model_registry_${name}`, help, registers });
  return {
    registry,
    databaseUp: gauge(
      "database_up",
      "1 if the database answered this scrape; 0 if it did not, and what it would have told is left out.",
    ),
    models: gauge("models", "Live models."),
    versions: gauge("versions", "Live versions."),
    storedBytes: gauge("stored_bytes", "Bytes that the blobs take."),
    diskBytes: gauge("disk_size_bytes", "Size of the volume of the models; absent for a bucket."),
    diskFree: gauge("disk_free_bytes", "Free room on that volume."),
    openUploads: gauge("open_uploads", "Resumable uploads that are not complete."),
    oldestJob: gauge(
      "oldest_job_seconds",
      "How long the job that has waited longest has been due; 0 when none waits.",
    ),
    jobs: new Gauge({
      name: "model_registry_jobs",
      help: "Background jobs of all replicas, by state: waiting (due), scheduled (due later), running, failed (given up).",
      labelNames: ["state"],
      registers,
    }),
    alerts: new Gauge({
      name: "model_registry_open_alerts",
      help: "Open alerts, by kind.",
      labelNames: ["kind"],
      registers,
    }),
  };
}

/** Where several processes serve behind one port, `ask` gives the metrics of all of them, added up. */
export function aggregateMetrics(ask: () => Promise<string | null>): void {
  new AggregatorRegistry();
  AggregatorRegistry.setRegistries([processMetrics().registry]);
  shared.askRegistryMetrics = ask;
}

/** The text exposition format: of all processes behind the port, and the totals of the registry. */
export async function renderMetrics(
  totals: RegistryTotals,
): Promise<{ contentType: string; text: string }> {
  shared.registryTotals ??= createTotals();
  const known = shared.registryTotals;
  known.databaseUp.set(totals.rows === null ? 0 : 1);
  for (const [gauge, value] of [
    [known.models, totals.rows?.models],
    [known.versions, totals.rows?.versions],
    [known.storedBytes, totals.rows?.storedBytes],
    [known.openUploads, totals.rows?.openUploads],
    [known.oldestJob, totals.rows?.queue.oldestSeconds],
    [known.diskBytes, totals.disk?.totalBytes],
    [known.diskFree, totals.disk?.freeBytes],
  ] as const)
    if (value === undefined) gauge.remove();
    else gauge.set(value);
  known.jobs.reset();
  known.alerts.reset();
  if (totals.rows !== null) {
    const { oldestSeconds: _, ...jobs } = totals.rows.queue;
    for (const [state, count] of Object.entries(jobs)) known.jobs.set({ state }, count);
    for (const [kind, count] of Object.entries(totals.rows.alerts))
      known.alerts.set({ kind }, count);
  }
  const { registry } = processMetrics();
  const ofProcesses = (await shared.askRegistryMetrics?.()) ?? (await registry.metrics());
  const text = `${ofProcesses}\n${await known.registry.metrics()}`;
  return { contentType: registry.contentType, text };
}
