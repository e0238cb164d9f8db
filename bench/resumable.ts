/**
 * A resumable upload of 1 GiB in parts, four at a time, until `complete` has answered: hashed and durable. Against the same
 * bytes as one body to a plain node:http server that hashes them and makes them durable.
 */
import { mkdir, open, rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type Product, startProduct } from "./support/product.ts";
import { cpuSeconds, curl, startProgram } from "./support/programs.ts";
import { gigabytesPerSecond, median, type Row, roundsOr } from "./support/statistics.ts";
import { recycleMemory, renumberModelFile, writeModelFile } from "./support/workplace.ts";

const SIZE_BYTES = 1024 ** 3;
const PARALLEL_PARTS = 4;
const ROUNDS = roundsOr(7);
const BUDGET_RATIO = 0.8;
const BUDGET_MEMORY_BYTES = 200e6;
const SAMPLE_MS = 50;

type Upload = { id: string; part_size_bytes: number; parts: number };
type Measured = { seconds: number[]; cpu: number[] };

export async function benchResumable(folder: string): Promise<Row[]> {
  const path = join(folder, "model.safetensors");
  await writeModelFile(path, SIZE_BYTES);
  const baselineFolder = join(folder, "baseline");
  await mkdir(baselineFolder);
  const product = await startProduct(folder);
  const script = join(import.meta.dirname, "baselines", "raw-server.ts");
  const baseline = await startProgram(process.execPath, [script, baselineFolder], {
    ready: /^(\d+)\n/,
  });
  const sendWhole = async () => {
    const result = await curl(["-T", path, `http://127.0.0.1:${baseline.match[1]}/`]);
    if (result.status !== 200) throw new Error(`the baseline answered ${result.status}`);
  };
  try {
    const ours: Measured = { seconds: [], cpu: [] };
    const theirs: Measured = { seconds: [], cpu: [] };
    const idle = await product.memoryBytes();
    let peak = idle;
    for (let round = 0; round <= ROUNDS; round += 1) {
      await renumberModelFile(path, SIZE_BYTES, round * 2);
      await recycleMemory(folder, SIZE_BYTES);
      const whole = await measure(baseline.child.pid ?? 0, sendWhole);
      await emptyBlobs(baselineFolder);
      await renumberModelFile(path, SIZE_BYTES, round * 2 + 1);
      const parts = await splitFile(path, join(folder, "parts"), product);
      const watch = watchMemory(product);
      await recycleMemory(folder, SIZE_BYTES);
      const resumable = await measure(product.pid, () => sendParts(product, parts));
      peak = Math.max(peak, await watch.end());
      await emptyBlobs(product.dataFolder);
      if (round === 0) continue;
      for (const [kept, one] of [
        [theirs, whole],
        [ours, resumable],
      ] as const) {
        kept.seconds.push(one.seconds);
        kept.cpu.push(one.cpu);
      }
    }
    return rows(ours, theirs, { idle, peak });
  } finally {
    await Promise.all([product.stop(), baseline.stop()]);
  }
}

async function measure(
  pid: number,
  work: () => Promise<void>,
): Promise<{ seconds: number; cpu: number }> {
  const cpu = await cpuSeconds(pid);
  const begun = performance.now();
  await work();
  return { seconds: (performance.now() - begun) / 1000, cpu: (await cpuSeconds(pid)) - cpu };
}

async function call<T>(product: Product, path: string, body?: unknown): Promise<T> {
  const response = await fetch(`${product.url}/api/v1${path}`, {
    method: "POST",
    ...(body === undefined
      ? {}
      : { body: JSON.stringify(body), headers: { "Content-Type": "application/json" } }),
  });
  if (!response.ok) throw new Error(`${path} answered ${response.status}`);
  return (await response.json()) as T;
}

async function sendParts(product: Product, files: string[]): Promise<void> {
  const upload = await call<Upload>(product, "/uploads", { size_bytes: SIZE_BYTES });
  const urls = files.map((_, part) => `${product.url}/api/v1/uploads/${upload.id}/parts/${part}`);
  const pairs = files.flatMap((file, part) => ["-T", file, urls[part] ?? ""]);
  await curl(["--fail", "-Z", "--parallel-max", String(PARALLEL_PARTS), ...pairs]);
  await call(product, `/uploads/${upload.id}/complete`);
}

/** curl sends whole files only. */
async function splitFile(path: string, folder: string, product: Product): Promise<string[]> {
  await mkdir(folder, { recursive: true });
  const { part_size_bytes: size, parts } = await call<Upload>(product, "/uploads", {
    size_bytes: SIZE_BYTES,
  });
  const buffer = Buffer.allocUnsafe(size);
  const whole = await open(path);
  const files: string[] = [];
  try {
    for (let part = 0; part < parts; part += 1) {
      const { bytesRead } = await whole.read(buffer, 0, size, part * size);
      const file = await open(join(folder, String(part)), "w");
      await file.write(buffer, 0, bytesRead);
      await file.close();
      files.push(join(folder, String(part)));
    }
  } finally {
    await whole.close();
  }
  return files;
}

/** The bytes have been made durable; what stays would only fill the volume and its cache. */
async function emptyBlobs(folder: string): Promise<void> {
  await rm(join(folder, "blobs", "sha256"), { recursive: true });
  await mkdir(join(folder, "blobs", "sha256"));
}

function watchMemory(product: Product): { end: () => Promise<number> } {
  let peak = 0;
  let isDone = false;
  const watching = (async () => {
    while (!isDone) {
      peak = Math.max(peak, await product.memoryBytes());
      await sleep(SAMPLE_MS);
    }
  })();
  const end = async () => {
    isDone = true;
    await watching;
    return peak;
  };
  return { end };
}

function rows(ours: Measured, theirs: Measured, memory: { idle: number; peak: number }): Row[] {
  const [our, their] = [median(ours.seconds), median(theirs.seconds)];
  const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(0)} MB`;
  return [
    {
      work: "resumable upload of 1 GiB",
      measured: gigabytesPerSecond(SIZE_BYTES, our),
      baseline: `${gigabytesPerSecond(SIZE_BYTES, their)} one body on node:http, same sink`,
      ratio: (their / our).toFixed(2),
      budget: `>= ${BUDGET_RATIO}`,
      isKept: their / our >= BUDGET_RATIO,
    },
    {
      work: "  its processor time",
      measured: `${median(ours.cpu).toFixed(2)} s`,
      baseline: `${median(theirs.cpu).toFixed(2)} s`,
      ratio: (median(theirs.cpu) / median(ours.cpu)).toFixed(2),
      budget: "",
      isKept: null,
    },
    {
      work: "  its memory",
      measured: `${megabytes(memory.peak)} peak`,
      baseline: `${megabytes(memory.idle)} idle`,
      ratio: `+${megabytes(memory.peak - memory.idle)}`,
      budget: "<= +200 MB",
      isKept: memory.peak - memory.idle <= BUDGET_MEMORY_BYTES,
    },
  ];
}
