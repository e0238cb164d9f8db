/** Eighty uploads and three hundred downloads at once: is the server alive meanwhile, and is the memory given back? */
import { get, request } from "node:http";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileUrl, type Product, registerArguments, startProduct } from "./support/product.ts";
import { curl } from "./support/programs.ts";
import { percentile, type Row } from "./support/statistics.ts";
import { modelBytes, writeModelFile } from "./support/workplace.ts";

const UPLOADS = 80;
const DOWNLOADS = 300;
const FILE_BYTES = 20 * 1024 ** 2;
const PROBE_EVERY_MS = 200;
const PROBE_TIMEOUT_MS = 60_000;
const IDLE_SECONDS = 30;
const HEALTH_BUDGET_MS = 1_000;
/** What remains once everything has ended, beside what was there before. */
const MEMORY_BUDGET = 1.3;

export async function benchLoad(folder: string): Promise<Row[]> {
  const path = join(folder, "model.safetensors");
  await writeModelFile(path, FILE_BYTES);
  const product = await startProduct(folder);
  try {
    await curl(registerArguments(product, "served", path));
    for (let turn = 0; turn < 5; turn += 1) {
      await curl([fileUrl(product, "served", "model.safetensors")]);
      await curl([`${product.url}/api/v1/models`]);
    }
    await sleep(5000);
    const idle = await product.memoryBytes();
    const health: number[] = [];
    let peak = 0;
    let isDone = false;
    const probing = (async () => {
      const probes: Promise<void>[] = [];
      while (!isDone) {
        probes.push(probe(product).then((tookMs) => void health.push(tookMs)));
        peak = Math.max(peak, await product.memoryBytes());
        await sleep(PROBE_EVERY_MS);
      }
      await Promise.all(probes);
    })();
    const begun = performance.now();
    const outcomes = await Promise.all([
      ...Array.from({ length: UPLOADS }, (_, index) => upload(product, index)),
      ...Array.from({ length: DOWNLOADS }, () => download(product)),
    ]);
    const seconds = (performance.now() - begun) / 1000;
    isDone = true;
    await probing;
    const failed = outcomes.filter((status) => status >= 300).length;
    await sleep(IDLE_SECONDS * 1000);
    const after = await product.memoryBytes();
    return [
      {
        work: `/healthz during ${UPLOADS} uploads and ${DOWNLOADS} downloads`,
        measured: `p50 ${percentile(health, 0.5).toFixed(0)} ms, longest ${Math.max(...health).toFixed(0)} ms, ${failed} errors in ${seconds.toFixed(1)} s`,
        baseline: "",
        ratio: "",
        budget: "<= 1 s, 0 errors",
        isKept: Math.max(...health) <= HEALTH_BUDGET_MS && failed === 0,
      },
      {
        work: "memory after it",
        measured: `${megabytes(after)} (${megabytes(peak)} peak)`,
        baseline: `${megabytes(idle)} idle`,
        ratio: (after / idle).toFixed(2),
        budget: `<= ${MEMORY_BUDGET}`,
        isKept: after / idle <= MEMORY_BUDGET,
      },
    ];
  } finally {
    await product.stop();
  }
}

const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(0)} MB`;

/** Distinct bytes each, sent by connections of their own, all at once. */
function upload(product: Product, index: number): Promise<number> {
  const bytes = modelBytes(FILE_BYTES, index);
  const boundary = "registry-bench";
  const part = (name: string) => `--${boundary}\r\nContent-Disposition: form-data; name="${name}"`;
  const head = `${part("name")}\r\n\r\nuploaded-${index}\r\n${part("file")}; filename="m.safetensors"\r\n\r\n`;
  const foot = `\r\n--${boundary}--\r\n`;
  return new Promise((resolve, reject) => {
    const sending = request(`${product.url}/api/v1/models`, {
      method: "POST",
      agent: false,
      headers: {
        "Content-Type": `multipart/form-data; boundary=${boundary}`,
        "Content-Length": head.length + bytes.length + foot.length,
      },
    });
    sending.on("error", reject);
    sending.on("response", (response) => {
      response.resume().on("end", () => resolve(response.statusCode ?? 500));
    });
    sending.write(head);
    sending.write(bytes);
    sending.end(foot);
  });
}

function download(product: Product): Promise<number> {
  return new Promise((resolve, reject) => {
    const url = fileUrl(product, "served", "model.safetensors");
    get(url, { agent: false }, (response) => {
      response.resume().on("end", () => resolve(response.statusCode ?? 500));
      response.on("error", reject);
    }).on("error", reject);
  });
}

/** Milliseconds until /healthz answers, on a connection of its own. */
function probe(product: Product): Promise<number> {
  const begun = performance.now();
  return new Promise((resolve) => {
    const end = () => resolve(performance.now() - begun);
    get(`${product.url}/healthz`, { agent: false, timeout: PROBE_TIMEOUT_MS }, (response) =>
      response.resume().on("end", end),
    ).on("error", end);
  });
}
