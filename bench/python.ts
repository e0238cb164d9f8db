/** The Python SDK with 1 GiB of safetensors against curl and the framework by hand; python/measure.py takes the times. */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { ensurePythonTests } from "../scripts/lib/ensure-python-tests.mjs";
import { projectFolder, startProduct } from "./support/product.ts";
import { median, type Row, roundsOr } from "./support/statistics.ts";

const ROUNDS = roundsOr(5);
/** Work -> its name, its baseline, and at most how many times the baseline's time it may take. */
const BUDGETS: Record<string, { work: string; baseline: string; most: number }> = {
  load_cold: { work: "load_model, 1 GiB, cold", baseline: "curl, then load_file", most: 1.5 },
  load_warm: { work: "load_model, 1 GiB, in the cache", baseline: "load_file", most: 1.1 },
  download: { work: "SDK download, 1 GiB", baseline: "curl", most: 1 },
  upload: { work: "SDK register, 1 GiB", baseline: "curl -F", most: 1 },
};

type Times = Record<string, { sdk: number[]; baseline: number[] }>;

export async function benchPython(folder: string): Promise<Row[]> {
  const python = await ensurePythonTests();
  // Re-encoding in the background would take a core from the clients.
  const product = await startProduct(folder, { MODEL_REGISTRY_STORAGE__COMPRESSION: "false" });
  try {
    const script = join(import.meta.dirname, "python", "measure.py");
    const { stdout } = await promisify(execFile)(
      python,
      [script, product.url, folder, String(ROUNDS)],
      { env: { ...process.env, PYTHONPATH: join(projectFolder, "python", "src") } },
    );
    const times = JSON.parse(stdout) as Times;
    return Object.entries(times).map(([key, { sdk, baseline }]) => {
      const budget = BUDGETS[key];
      if (budget === undefined) throw new Error(`${key} has no budget`);
      const ratio = median(sdk) / median(baseline);
      return {
        work: budget.work,
        measured: `${median(sdk).toFixed(2)} s`,
        baseline: `${median(baseline).toFixed(2)} s ${budget.baseline}`,
        ratio: ratio.toFixed(2),
        budget: `<= ${budget.most} x its time`,
        isKept: ratio <= budget.most,
      };
    });
  } finally {
    await product.stop();
  }
}
