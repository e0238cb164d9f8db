/** The packed command line with 1 GiB of safetensors against curl on one connection; the start of the process is included. */
import { execFile } from "node:child_process";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import {
  fileUrl,
  type Product,
  projectFolder,
  registerArguments,
  startProduct,
} from "./support/product.ts";
import { curl } from "./support/programs.ts";
import { median, type Row, roundsOr } from "./support/statistics.ts";
import { recycleMemory, renumberModelFile, writeModelFile } from "./support/workplace.ts";

const run = promisify(execFile);
const SIZE_BYTES = 1024 ** 3;
const ROUNDS = roundsOr(5);
const BUDGET_RATIO = 1;
const PROGRAM = join(projectFolder, "cli", "dist", "model-registry.js");

type Times = { ours: number[]; theirs: number[] };

export async function benchCli(folder: string): Promise<Row[]> {
  await run(process.execPath, [join(projectFolder, "cli", "bundle.mjs")]);
  const path = join(folder, "model.safetensors");
  await writeModelFile(path, SIZE_BYTES);
  // Re-encoding in the background would take a core from the clients.
  const product = await startProduct(folder, { MODEL_REGISTRY_STORAGE__COMPRESSION: "false" });
  try {
    const upload: Times = { ours: [], theirs: [] };
    const download: Times = { ours: [], theirs: [] };
    for (let round = 0; round <= ROUNDS; round += 1) {
      for (const side of ["theirs", "ours"] as const) {
        await renumberModelFile(path, SIZE_BYTES, round * 2 + (side === "ours" ? 1 : 0));
        await recycleMemory(folder, SIZE_BYTES);
        const up = await seconds(() =>
          (side === "ours" ? register : registerByCurl)(product, folder, path),
        );
        await recycleMemory(folder, SIZE_BYTES);
        const down = await seconds(() => (side === "ours" ? fetch : fetchByCurl)(product, folder));
        await rm(join(folder, "got"), { recursive: true, force: true });
        // The first round only warms up.
        if (round === 0) continue;
        upload[side].push(up);
        download[side].push(down);
      }
    }
    return [
      row("model-registry register, 1 GiB", "curl -F", upload),
      row("model-registry download, 1 GiB, verified", "curl", download),
    ];
  } finally {
    await product.stop();
  }
}

async function commandLine(product: Product, folder: string, ...args: string[]): Promise<void> {
  const env = { ...process.env, XDG_CONFIG_HOME: folder, XDG_CACHE_HOME: folder };
  await run(process.execPath, [PROGRAM, ...args, "--url", product.url], { env });
}

const register = (product: Product, folder: string, path: string) =>
  commandLine(product, folder, "register", path, "--name", "bench");

async function registerByCurl(product: Product, _folder: string, path: string): Promise<void> {
  const { status } = await curl(registerArguments(product, "bench", path));
  if (status !== 201) throw new Error(`curl -F answered ${status}`);
}

const fetch = (product: Product, folder: string) =>
  commandLine(product, folder, "download", "bench", "-o", join(folder, "got"));

async function fetchByCurl(product: Product, folder: string): Promise<void> {
  const url = fileUrl(product, "bench", "model.safetensors");
  await run("curl", ["-s", "-S", "-f", "--create-dirs", "-o", join(folder, "got", "model"), url]);
}

async function seconds(work: () => Promise<void>): Promise<number> {
  const begun = performance.now();
  await work();
  return (performance.now() - begun) / 1000;
}

function row(work: string, baseline: string, { ours, theirs }: Times): Row {
  const ratio = median(theirs) / median(ours);
  return {
    work,
    measured: `${median(ours).toFixed(2)} s`,
    baseline: `${median(theirs).toFixed(2)} s ${baseline}`,
    ratio: ratio.toFixed(2),
    budget: `>= ${BUDGET_RATIO}`,
    isKept: ratio >= BUDGET_RATIO,
  };
}
