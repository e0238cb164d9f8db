/** A repetitive workload on compressed models: how much of it the cache serves, and what a hit is worth. */
import { join } from "node:path";
import { readMetric, until, untilCompressed, untilIdle } from "./support/metrics.ts";
import { fileUrl, type Product, registerArguments, startProduct } from "./support/product.ts";
import { curl } from "./support/programs.ts";
import { median, type Row } from "./support/statistics.ts";
import { writeWeights } from "./support/weights.ts";
import { writeModelFile } from "./support/workplace.ts";

const SIZE_BYTES = 16 * 1024 ** 2;
const MODELS = 40;
/** Half of all models fit. */
const CACHE_BYTES = (MODELS / 2) * SIZE_BYTES;
const LOADS = 400;
/** A load is what a cluster does: this many workers fetch the same model at once. */
const WORKERS = 4;
/** The popularity of the model of rank k falls as k to the power of minus this. */
const ZIPF_EXPONENT = 1.2;
const HIT_BUDGET = 0.9;

export async function benchCache(folder: string): Promise<Row[]> {
  const product = await startProduct(folder, {
    MODEL_REGISTRY_STORAGE__CACHE_SIZE: String(CACHE_BYTES),
  });
  try {
    const path = join(folder, "model.safetensors");
    const models = Array.from({ length: MODELS }, (_, index) => `model-${index}`);
    for (const model of models) {
      await writeWeights(path, SIZE_BYTES);
      await register(product, model, path);
    }
    await writeModelFile(path, SIZE_BYTES);
    await register(product, "raw", path);
    await untilCompressed(product, models);
    await untilIdle(product);
    const times = await timeEach(product, models);
    const rates = await replay(product, models);
    return [...speedRows(times), ...rates];
  } finally {
    await product.stop();
  }
}

type Times = { cold: number[]; hit: number[]; raw: number[] };

/** Each model once cold, once from the cache, and a raw one, in turn. */
async function timeEach(product: Product, models: readonly string[]): Promise<Times> {
  const times: Times = { cold: [], hit: [], raw: [] };
  for (const model of models.slice(0, MODELS / 2)) {
    const before = await fills(product);
    times.cold.push(await download(product, model));
    await until("the fill of the cache", async () => (await fills(product)) > before);
    times.hit.push(await download(product, model));
    times.raw.push(await download(product, "raw"));
  }
  return times;
}

async function replay(product: Product, models: readonly string[]): Promise<Row[]> {
  const names = ["hits_total", "misses_total", "hit_bytes_total", "miss_bytes_total"];
  const read = () =>
    Promise.all(names.map((name) => readMetric(product, `model_registry_cache_${name}`)));
  const before = await read();
  for (let load = 0; load < LOADS; load += 1) {
    const model = models[zipfRank(models.length)] ?? "";
    await Promise.all(Array.from({ length: WORKERS }, () => download(product, model)));
  }
  const after = await read();
  const [hits = 0, misses = 0, hitBytes = 0, missBytes = 0] = after.map(
    (value, index) => value - (before[index] ?? 0),
  );
  const held = await readMetric(product, "model_registry_cache_bytes");
  const rate = hits / (hits + misses);
  const byteRate = hitBytes / (hitBytes + missBytes);
  return [
    {
      work: `cache hits, ${LOADS} loads of ${WORKERS} workers, Zipf ${ZIPF_EXPONENT}`,
      measured: `${(rate * 100).toFixed(1)} % of readers, ${(byteRate * 100).toFixed(1)} % of bytes`,
      baseline: `half of ${MODELS} models fit`,
      ratio: rate.toFixed(3),
      budget: `> ${HIT_BUDGET}`,
      isKept: rate > HIT_BUDGET,
    },
    {
      work: "bytes in the cache afterwards",
      measured: `${(held / 1e6).toFixed(0)} MB`,
      baseline: `${(CACHE_BYTES / 1e6).toFixed(0)} MB`,
      ratio: (held / CACHE_BYTES).toFixed(2),
      budget: "<= 1",
      isKept: held <= CACHE_BYTES,
    },
  ];
}

function speedRows({ cold, hit, raw }: Times): Row[] {
  const row = (work: string, ours: number[]): Row => ({
    work,
    measured: `${(median(ours) * 1000).toFixed(0)} ms for 16 MiB`,
    baseline: `${(median(raw) * 1000).toFixed(0)} ms, raw`,
    ratio: (median(raw) / median(ours)).toFixed(2),
    budget: "",
    isKept: null,
  });
  return [row("download of a compressed blob, hit", hit), row("the same, cold", cold)];
}

function zipfRank(count: number): number {
  let total = 0;
  for (let rank = 1; rank <= count; rank += 1) total += rank ** -ZIPF_EXPONENT;
  let left = Math.random() * total;
  for (let rank = 1; rank < count; rank += 1) {
    left -= rank ** -ZIPF_EXPONENT;
    if (left <= 0) return rank - 1;
  }
  return count - 1;
}

const fills = (product: Product) => readMetric(product, "model_registry_cache_fills_total");

async function register(product: Product, model: string, path: string): Promise<void> {
  const { status } = await curl(registerArguments(product, model, path));
  if (status !== 201) throw new Error(`registration answered ${status}`);
}

async function download(product: Product, model: string): Promise<number> {
  const result = await curl([fileUrl(product, model, "model.safetensors")]);
  if (result.status !== 200) throw new Error(`${model} answered ${result.status}`);
  return result.seconds;
}
