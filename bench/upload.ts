/** Registration of 1 GiB by multipart, hashed and durable: the product against formidable on node:http. */
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { registerArguments, startProduct } from "./support/product.ts";
import { cpuSeconds, curl, startProgram } from "./support/programs.ts";
import { gigabytesPerSecond, median, type Row, roundsOr } from "./support/statistics.ts";
import { recycleMemory, renumberModelFile, writeModelFile } from "./support/workplace.ts";

const SIZE_BYTES = 1024 ** 3;
const ROUNDS = roundsOr(7);

export async function benchUpload(folder: string): Promise<Row[]> {
  const path = join(folder, "model.safetensors");
  await writeModelFile(path, SIZE_BYTES);
  const baselineFolder = join(folder, "baseline");
  await mkdir(baselineFolder);
  const product = await startProduct(folder);
  const script = join(import.meta.dirname, "baselines", "formidable-server.ts");
  const baseline = await startProgram(process.execPath, [script, baselineFolder], {
    ready: /^(\d+)\n/,
  });
  const baselineUrl = `http://127.0.0.1:${baseline.match[1]}/`;
  try {
    const seconds = { product: [] as number[], baseline: [] as number[] };
    const cpu = { product: [] as number[], baseline: [] as number[] };
    const pids = { product: product.pid, baseline: baseline.child.pid ?? 0 };
    for (let round = 0; round <= ROUNDS; round += 1) {
      for (const side of ["baseline", "product"] as const) {
        await renumberModelFile(path, SIZE_BYTES, round * 2 + (side === "product" ? 1 : 0));
        const target =
          side === "product"
            ? registerArguments(product, "bench", path)
            : ["-F", `file=@${path}`, "-F", "name=bench", baselineUrl];
        await recycleMemory(folder, SIZE_BYTES);
        const before = await cpuSeconds(pids[side]);
        const result = await curl(target);
        const used = (await cpuSeconds(pids[side])) - before;
        if (result.status >= 300) throw new Error(`${side} answered ${result.status}`);
        if (round > 0) {
          seconds[side].push(result.seconds);
          cpu[side].push(used);
        }
        // The bytes have been made durable; what stays would only fill the volume and its cache.
        const data = side === "product" ? product.dataFolder : baselineFolder;
        await rm(join(data, "blobs", "sha256"), { recursive: true });
        await mkdir(join(data, "blobs", "sha256"));
      }
    }
    const [ours, theirs] = [median(seconds.product), median(seconds.baseline)];
    return [
      {
        work: "register 1 GiB by multipart",
        measured: gigabytesPerSecond(SIZE_BYTES, ours),
        baseline: `${gigabytesPerSecond(SIZE_BYTES, theirs)} formidable, same sink`,
        ratio: (theirs / ours).toFixed(2),
        budget: ">= 0.8",
        isKept: theirs / ours >= 0.8,
      },
      {
        work: "  its processor time",
        measured: `${median(cpu.product).toFixed(2)} s`,
        baseline: `${median(cpu.baseline).toFixed(2)} s`,
        ratio: (median(cpu.baseline) / median(cpu.product)).toFixed(2),
        budget: "",
        isKept: null,
      },
    ];
  } finally {
    await Promise.all([product.stop(), baseline.stop()]);
  }
}
