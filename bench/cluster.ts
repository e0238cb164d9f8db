/** A version on eight workers of two hosts: load_on_cluster beside what people write by hand; python/measure_cluster.py measures. */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { ensurePythonTests } from "../scripts/lib/ensure-python-tests.mjs";
import { projectFolder, startProduct } from "./support/product.ts";
import type { Row } from "./support/statistics.ts";

/** `BENCH_CLUSTER_BYTES` makes it smaller where memory is scarce. */
const LARGE_BYTES = Number(process.env.BENCH_CLUSTER_BYTES ?? 1024 ** 3);
/** The usual ways hold it eight times, and twice that while they load it. */
const SMALL_BYTES = LARGE_BYTES / 8;
const SERVED_BUDGET = 1.1;
const TIME_BUDGET = 1.2;
/** The model once, and what the workers allocate to open it. */
const MEMORY_BUDGET = 1.15;

type Way = { seconds: number; memory: number; served: number };
type Found = {
  parts: { download: number; transfer: number };
  ours: Way;
  ours_small: Way;
  submit: Way;
  scatter: Way;
  hosts: number;
  workers: number;
};

export async function benchCluster(folder: string): Promise<Row[]> {
  const python = await ensurePythonTests();
  // Re-encoding in the background would take a core from the cluster.
  const product = await startProduct(folder, {
    MODEL_REGISTRY_STORAGE__COMPRESSION: "false",
    // Each process counts what it has sent itself.
    MODEL_REGISTRY_API__WORKERS: "1",
  });
  try {
    const script = join(import.meta.dirname, "python", "measure_cluster.py");
    const { stdout } = await promisify(execFile)(
      python,
      [script, product.url, folder, String(LARGE_BYTES), String(SMALL_BYTES)],
      { env: { ...process.env, PYTHONPATH: join(projectFolder, "python", "src") } },
    );
    return rowsOf(JSON.parse(stdout.trim().split("\n").at(-1) ?? "") as Found);
  } finally {
    await product.stop();
  }
}

function rowsOf({ parts, ours, ours_small, submit, scatter, hosts, workers }: Found): Row[] {
  const where = `${megabytes(LARGE_BYTES)} on ${workers} workers of ${hosts} hosts`;
  const memory = ours.memory / hosts / LARGE_BYTES;
  const time = ours.seconds / (parts.download + parts.transfer);
  return [
    {
      work: `${where}: bytes of the registry`,
      measured: megabytes(ours.served),
      baseline: `${megabytes(LARGE_BYTES)}, the model`,
      ratio: (ours.served / LARGE_BYTES).toFixed(2),
      budget: `<= ${SERVED_BUDGET}`,
      isKept: ours.served / LARGE_BYTES <= SERVED_BUDGET,
    },
    {
      work: "its memory on each host, every byte read",
      measured: megabytes(ours.memory / hosts),
      baseline: `${megabytes(LARGE_BYTES)}, the model`,
      ratio: memory.toFixed(2),
      budget: `<= ${MEMORY_BUDGET}`,
      isKept: memory <= MEMORY_BUDGET,
    },
    {
      work: "its time",
      measured: `${ours.seconds.toFixed(1)} s`,
      baseline: `${parts.download.toFixed(1)} s one download + ${parts.transfer.toFixed(1)} s one transfer`,
      ratio: time.toFixed(2),
      budget: `<= ${TIME_BUDGET}`,
      isKept: time <= TIME_BUDGET,
    },
    beside("client.submit(load) on each", ours_small, submit),
    beside("scatter(broadcast=True)", ours_small, scatter),
  ];
}

/** What the usual way takes, in ours. */
function beside(name: string, ours: Way, usual: Way): Row {
  const told = ({ seconds, memory, served }: Way) =>
    `${seconds.toFixed(1)} s, ${megabytes(memory)} of memory, ${megabytes(served)} served`;
  return {
    work: `${megabytes(SMALL_BYTES)} on the same workers`,
    measured: told(ours),
    baseline: `${told(usual)}: ${name}`,
    ratio: (ours.seconds / usual.seconds).toFixed(2),
    budget: "",
    isKept: null,
  };
}

const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(0)} MB`;
