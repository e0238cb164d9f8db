/** What requests notice of a compression that runs beside them. */
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { readMetric, untilCompressed, untilIdle } from "./support/metrics.ts";
import { type Product, registerArguments, startProduct } from "./support/product.ts";
import { curl } from "./support/programs.ts";
import type { Row } from "./support/statistics.ts";
import { writeWeights } from "./support/weights.ts";

const SIZE_BYTES = 512 * 1024 ** 2;
const BLOBS = 4;
const IDLE_MS = 10_000;
const P99_BUDGET_MS = 50;
const MEMORY_BUDGET_BYTES = 200e6;
const LAG = "nodejs_eventloop_lag_p99_seconds";

export async function benchBackgroundCompression(folder: string): Promise<Row[]> {
  const models = Array.from({ length: BLOBS }, (_, index) => `model-${index}`);
  const path = join(folder, "model.safetensors");
  const before = await startProduct(folder, { MODEL_REGISTRY_STORAGE__COMPRESSION: "false" });
  for (const model of models) {
    await writeWeights(path, SIZE_BYTES);
    const { status } = await curl(registerArguments(before, model, path));
    if (status !== 201) throw new Error(`registration answered ${status}`);
  }
  await before.stop();
  // Without jobs at first, for the idle numbers; then with all four blobs waiting.
  const idle = await measure(folder, { MODEL_REGISTRY_STORAGE__COMPRESSION: "false" }, (_product) =>
    sleep(IDLE_MS),
  );
  const busy = await measure(folder, {}, async (product) => {
    await untilCompressed(product, models);
    await untilIdle(product);
  });
  const grown = busy.peakBytes - idle.peakBytes;
  return [
    {
      work: `event loop delay, ${BLOBS} blobs of 512 MiB compressed`,
      measured: `p99 ${busy.p99Ms.toFixed(1)} ms`,
      baseline: `p99 ${idle.p99Ms.toFixed(1)} ms idle`,
      ratio: (busy.p99Ms / idle.p99Ms).toFixed(2),
      budget: `< ${P99_BUDGET_MS} ms`,
      isKept: busy.p99Ms < P99_BUDGET_MS,
    },
    {
      work: "memory meanwhile",
      measured: `${(busy.peakBytes / 1e6).toFixed(0)} MB peak`,
      baseline: `${(idle.peakBytes / 1e6).toFixed(0)} MB idle`,
      ratio: `+${(grown / 1e6).toFixed(0)} MB`,
      budget: `<= +${MEMORY_BUDGET_BYTES / 1e6} MB`,
      isKept: grown <= MEMORY_BUDGET_BYTES,
    },
    {
      work: "compression, proof included",
      measured: `${((BLOBS * SIZE_BYTES) / busy.seconds / 1e6).toFixed(0)} MB/s`,
      baseline: "",
      ratio: "",
      budget: "",
      isKept: null,
    },
  ];
}

async function measure(
  folder: string,
  settings: Record<string, string>,
  work: (product: Product) => Promise<unknown>,
): Promise<{ p99Ms: number; peakBytes: number; seconds: number }> {
  const product = await startProduct(folder, settings);
  try {
    // The first answers load code; reading the delay begins a new measurement.
    await fetch(`${product.url}/api/v1/models`);
    await readMetric(product, LAG);
    const begun = performance.now();
    let peakBytes = 0;
    const delays: number[] = [];
    const watching = setInterval(async () => {
      peakBytes = Math.max(peakBytes, await product.memoryBytes());
    }, 100);
    const sampling = setInterval(async () => delays.push(await readMetric(product, LAG)), 2_000);
    await work(product);
    clearInterval(watching);
    clearInterval(sampling);
    delays.push(await readMetric(product, LAG));
    const seconds = (performance.now() - begun) / 1000;
    return { p99Ms: Math.max(...delays) * 1000, peakBytes, seconds };
  } finally {
    await product.stop();
  }
}
