/** A download that is decompressed on the way, against one of raw bytes; server and client share two cores. */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { readMetric, until, untilCompressed, untilIdle } from "./support/metrics.ts";
import { fileUrl, type Product, registerArguments, startProduct } from "./support/product.ts";
import { cpuSeconds, curl } from "./support/programs.ts";
import { gigabytesPerSecond, median, type Row, roundsOr } from "./support/statistics.ts";
import { writeWeights } from "./support/weights.ts";
import { writeModelFile } from "./support/workplace.ts";

const SIZE_BYTES = 256 * 1024 ** 2;
/** Of each kind, so that no file is in the processor's cache because it was sent a moment ago. */
const MODELS = 3;
const ROUNDS = roundsOr(15);
const BUDGET_RATIO = 0.3;
/** Another list, such as `0`, shows what fewer or more cores give. */
const CORES = process.env.BENCH_CORES ?? "0,1";
const ON_THE_CORES = ["taskset", "-c", CORES];

type Models = { compressed: string[]; raw: string[] };
type Pair = { ours: Download; raw: Download };
type Download = { seconds: number; cpu: number };

export async function benchCompressedDownload(folder: string): Promise<Row[]> {
  const cold = await benchCold(join(folder, "cold"));
  const cached = await benchCached(join(folder, "cached"));
  return [
    row(`compressed download, cold, cores ${CORES}`, cold, BUDGET_RATIO),
    row(`compressed download, cached, cores ${CORES}`, cached, null),
  ];
}

/** Nothing fits into the cache, so that every download decodes. */
async function benchCold(folder: string): Promise<Pair[]> {
  await mkdir(folder);
  const product = await startProduct(
    folder,
    { MODEL_REGISTRY_STORAGE__CACHE_SIZE: "1MB" },
    ON_THE_CORES,
  );
  try {
    return await downloadInTurn(product, await registerModels(product, folder));
  } finally {
    await product.stop();
  }
}

async function benchCached(folder: string): Promise<Pair[]> {
  await mkdir(folder);
  const product = await startProduct(folder, {}, ON_THE_CORES);
  try {
    const models = await registerModels(product, folder);
    for (const model of models.compressed) await download(product, model);
    await until(
      "the cache to be filled",
      async () => (await readMetric(product, "model_registry_cache_fills_total")) === MODELS,
    );
    return await downloadInTurn(product, models);
  } finally {
    await product.stop();
  }
}

async function registerModels(product: Product, folder: string): Promise<Models> {
  const path = join(folder, "model.safetensors");
  const models: Models = { compressed: [], raw: [] };
  for (let index = 0; index < MODELS; index += 1) {
    await writeWeights(path, SIZE_BYTES);
    models.compressed.push(await register(product, `bf16-${index}`, path));
    await writeModelFile(path, SIZE_BYTES);
    models.raw.push(await register(product, `raw-${index}`, path));
  }
  await untilCompressed(product, models.compressed);
  await untilIdle(product);
  return models;
}

/** The first round of each model only warms up. */
async function downloadInTurn(product: Product, models: Models): Promise<Pair[]> {
  const pairs: Pair[] = [];
  for (let round = 0; round < MODELS + ROUNDS; round += 1) {
    const raw = await download(product, models.raw[round % MODELS] ?? "");
    const ours = await download(product, models.compressed[round % MODELS] ?? "");
    if (round >= MODELS) pairs.push({ ours, raw });
  }
  return pairs;
}

async function register(product: Product, model: string, path: string): Promise<string> {
  const { status } = await curl(registerArguments(product, model, path));
  if (status !== 201) throw new Error(`registration answered ${status}`);
  return model;
}

async function download(product: Product, model: string): Promise<Download> {
  const before = await cpuSeconds(product.pid);
  const result = await curl([fileUrl(product, model, "model.safetensors")], ON_THE_CORES);
  if (result.status !== 200) throw new Error(`${model} answered ${result.status}`);
  return { seconds: result.seconds, cpu: (await cpuSeconds(product.pid)) - before };
}

/** The ratio is that of neighbours: another machine on the same processor slows both of a pair, not one side. */
function row(work: string, pairs: readonly Pair[], budget: number | null): Row {
  const ratio = median(pairs.map(({ ours, raw }) => raw.seconds / ours.seconds));
  const speed = (side: Download[]) =>
    `${gigabytesPerSecond(SIZE_BYTES, median(side.map(({ seconds }) => seconds)))}, ${median(side.map(({ cpu }) => cpu)).toFixed(2)} s processor`;
  return {
    work,
    measured: speed(pairs.map(({ ours }) => ours)),
    baseline: `${speed(pairs.map(({ raw }) => raw))}, raw`,
    ratio: ratio.toFixed(2),
    budget: budget === null ? "" : `>= ${budget}`,
    isKept: budget === null ? null : ratio >= budget,
  };
}
