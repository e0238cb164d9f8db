/** A download that is decompressed on the way, against one of raw bytes; the server has one core. */
import { join } from "node:path";
import { readMetric, until, untilCompressed, untilIdle } from "./support/metrics.ts";
import { fileUrl, type Product, registerArguments, startProduct } from "./support/product.ts";
import { cpuSeconds, curl } from "./support/programs.ts";
import { gigabytesPerSecond, median, type Row, roundsOr } from "./support/statistics.ts";
import { writeWeights } from "./support/weights.ts";
import { writeModelFile } from "./support/workplace.ts";

const SIZE_BYTES = 256 * 1024 ** 2;
const ROUNDS = roundsOr(5);
const BUDGET_RATIO = 0.5;

type Side = { seconds: number[]; cpu: number[] };

export async function benchCompressedDownload(folder: string): Promise<Row[]> {
  const product = await startProduct(folder, {}, ["taskset", "-c", "0"]);
  try {
    const path = join(folder, "model.safetensors");
    // One for each round, since a second download would come from the cache; the first one only warms up.
    const models = Array.from({ length: ROUNDS + 1 }, (_, round) => `bf16-${round}`);
    for (const model of models) {
      await writeWeights(path, SIZE_BYTES);
      await register(product, model, path);
    }
    await writeModelFile(path, SIZE_BYTES);
    await register(product, "raw", path);
    await untilCompressed(product, models);
    await untilIdle(product);
    const sides = { cold: newSide(), raw: newSide(), cached: newSide() };
    for (const [round, model] of models.entries()) {
      const fills = await readMetric(product, "model_registry_cache_fills_total");
      await download(product, "raw", round > 0 ? sides.raw : null);
      await download(product, model, round > 0 ? sides.cold : null);
      await until(
        "the fill of the cache",
        async () => (await readMetric(product, "model_registry_cache_fills_total")) > fills,
      );
      await download(product, model, round > 0 ? sides.cached : null);
    }
    return [
      row("compressed download, cold, one core", sides.cold, sides.raw, BUDGET_RATIO),
      row("compressed download, cached, one core", sides.cached, sides.raw, null),
    ];
  } finally {
    await product.stop();
  }
}

const newSide = (): Side => ({ seconds: [], cpu: [] });

async function register(product: Product, model: string, path: string): Promise<void> {
  const { status } = await curl(registerArguments(product, model, path));
  if (status !== 201) throw new Error(`registration answered ${status}`);
}

async function download(product: Product, model: string, side: Side | null): Promise<void> {
  const before = await cpuSeconds(product.pid);
  const result = await curl([fileUrl(product, model, "model.safetensors")]);
  if (result.status !== 200) throw new Error(`${model} answered ${result.status}`);
  side?.seconds.push(result.seconds);
  side?.cpu.push((await cpuSeconds(product.pid)) - before);
}

function row(work: string, ours: Side, raw: Side, budget: number | null): Row {
  const [seconds, baseline] = [median(ours.seconds), median(raw.seconds)];
  const ratio = baseline / seconds;
  const speed = (side: Side) =>
    `${gigabytesPerSecond(SIZE_BYTES, median(side.seconds))}, ${median(side.cpu).toFixed(2)} s processor`;
  return {
    work,
    measured: speed(ours),
    baseline: `${speed(raw)}, raw`,
    ratio: ratio.toFixed(2),
    budget: budget === null ? "" : `>= ${budget}`,
    isKept: budget === null ? null : ratio >= budget,
  };
}
