/** Memory of the server while 5 GiB go in and out. */
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileUrl, type Product, registerArguments, startProduct } from "./support/product.ts";
import { curl } from "./support/programs.ts";
import type { Row } from "./support/statistics.ts";
import { writeModelFile } from "./support/workplace.ts";

const SIZE_BYTES = 5 * 1024 ** 3;
const BUDGET_BYTES = 200e6;
const SAMPLE_MS = 50;

export async function benchMemory(folder: string): Promise<Row[]> {
  const path = join(folder, "large.safetensors");
  await writeModelFile(path, SIZE_BYTES);
  const product = await startProduct(folder);
  try {
    // The first requests load code; idle is what remains after them.
    const small = join(folder, "small.safetensors");
    await writeModelFile(small, 1024 * 1024);
    await curl(registerArguments(product, "small", small));
    await curl([fileUrl(product, "small", "small.safetensors")]);
    await curl([`${product.url}/api/v1/models`]);
    await sleep(3000);
    const idle = await product.memoryBytes();
    const up = await peakDuring(product, () => curl(registerArguments(product, "large", path)));
    await rm(path);
    const url = fileUrl(product, "large", "large.safetensors");
    const down = await peakDuring(product, () => curl([url]));
    return [row("memory, 5 GiB upload", idle, up), row("memory, 5 GiB download", idle, down)];
  } finally {
    await product.stop();
  }
}

async function peakDuring(
  product: Product,
  work: () => Promise<{ status: number }>,
): Promise<number> {
  let peak = 0;
  let isDone = false;
  const watching = (async () => {
    while (!isDone) {
      peak = Math.max(peak, await product.memoryBytes());
      await sleep(SAMPLE_MS);
    }
  })();
  try {
    const { status } = await work();
    if (status >= 300) throw new Error(`the server answered ${status}`);
  } finally {
    isDone = true;
    await watching;
  }
  return peak;
}

function row(work: string, idle: number, peak: number): Row {
  const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(0)} MB`;
  return {
    work,
    measured: `${megabytes(peak)} peak`,
    baseline: `${megabytes(idle)} idle`,
    ratio: `+${megabytes(peak - idle)}`,
    budget: "<= +200 MB",
    isKept: peak - idle <= BUDGET_BYTES,
  };
}
