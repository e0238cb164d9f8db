/** The Prometheus metrics of this process; labels are bounded by the route manifest and other fixed sets. */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import { BOUNDS } from "./tally.ts";

export type ProcessMetrics = ReturnType<typeof createMetrics>;

// One registry a process, also when a bundler evaluates this module twice.
const shared = globalThis as typeof globalThis & { registryMetrics?: ProcessMetrics };

export function processMetrics(): ProcessMetrics {
  shared.registryMetrics ??= createMetrics();
  return shared.registryMetrics;
}

function createMetrics() {
  const registry = new Registry();
  // Under the names that every dashboard for Node expects.
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  return {
    registry,
    requests: new Counter({
      name: "model_registry_requests_total",
      help: "Requests answered, by operation and HTTP status.",
      labelNames: ["operation", "status"],
      registers,
    }),
    seconds: new Histogram({
      name: "model_registry_request_seconds",
      help: "Time until the answer begins, in seconds, by operation.",
      labelNames: ["operation"],
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60, 600],
      registers,
    }),
    active: new Gauge({
      name: "model_registry_requests_in_progress",
      help: "Requests whose answer has not begun, by operation.",
      labelNames: ["operation"],
      registers,
    }),
    downloads: new Counter({
      name: "model_registry_downloads_total",
      help: "Downloads that were sent to their end, by framework.",
      labelNames: ["framework"],
      registers,
    }),
    downloadedBytes: new Counter({
      name: "model_registry_downloaded_bytes_total",
      help: "Bytes of these downloads, by framework.",
      labelNames: ["framework"],
      registers,
    }),
    loadSeconds: new Histogram({
      name: "model_registry_load_seconds",
      help: "Time from the request to the last byte of a download, or to the end of a load on a cluster, in seconds, by framework.",
      labelNames: ["framework"],
      buckets: [...BOUNDS],
      registers,
    }),
    uploads: new Counter({
      name: "model_registry_uploads_total",
      help: "Uploads that arrived whole: forms, and resumable uploads that were completed.",
      registers,
    }),
    uploadedBytes: new Counter({
      name: "model_registry_uploaded_bytes_total",
      help: "Bytes of these uploads.",
      registers,
    }),
    missing: new Counter({
      name: "model_registry_missing_models_total",
      help: "Requests for a model that is not there.",
      registers,
    }),
  };
}
