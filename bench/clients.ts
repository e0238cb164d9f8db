/** Ten, a hundred and a thousand clients at once, each reading lists and versions and downloading. */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { Agent, get } from "node:http";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileUrl, type Product, registerArguments, startProduct } from "./support/product.ts";
import { curl } from "./support/programs.ts";
import { percentile, type Row } from "./support/statistics.ts";
import { writeModelFile } from "./support/workplace.ts";

const LEVELS = [10, 100, 1000];
/** What a client waits between an answer and its next request is random up to `thinkMs`. */
const LOADS: Load[] = [
  { name: "at work", fileBytes: 1024 * 1024, thinkMs: 2000 },
  { name: "without a pause", fileBytes: 4 * 1024 * 1024, thinkMs: 0 },
];
const MODELS = 30;
const SECONDS = 20;
/** Connections come one after the other: libuv accepts one per turn of its loop (docs/performance.md). */
const RAMP_MS = 5;
const TIMEOUT_MS = 30_000;
/** The bound on the slowest hundredth, whatever the number of clients. */
const P99_BUDGET_MS = 10_000;
/** Buffers of all downloads (128 MiB) and what a thousand sockets and requests hold. */
const MEMORY_BUDGET_BYTES = 400e6;

type Load = { name: string; fileBytes: number; thinkMs: number };
type Outcome = { latencies: number[]; errors: Map<string, number>; bytes: number };

export async function benchClients(folder: string): Promise<Row[]> {
  const rows: Row[] = [];
  for (const load of LOADS) rows.push(...(await benchLoad(folder, load)));
  return rows;
}

async function benchLoad(folder: string, load: Load): Promise<Row[]> {
  const path = join(folder, "model.safetensors");
  await writeModelFile(path, load.fileBytes);
  const digest = createHash("sha256")
    .update(await readFile(path))
    .digest("hex");
  const product = await startProduct(folder);
  try {
    for (let n = 0; n < MODELS; n += 1) {
      const { status } = await curl(registerArguments(product, `${slug(load)}-${n}`, path));
      if (status !== 201) throw new Error(`registration answered ${status}`);
    }
    await run(product, digest, load, 10, 3);
    const idle = await product.memoryBytes();
    const rows: Row[] = [];
    let first = 0;
    for (const clients of LEVELS) {
      const { outcome, peak, seconds } = await run(product, digest, load, clients, SECONDS);
      const rate = outcome.latencies.length / seconds;
      first ||= rate;
      await sleep(5000);
      const after = await product.memoryBytes();
      rows.push(
        row(`${clients} clients ${load.name}`, outcome, { rate, first, idle, peak, after }),
      );
      for (const [error, count] of outcome.errors) console.log(`  ${clients}: ${count} x ${error}`);
    }
    return rows;
  } finally {
    await product.stop();
  }
}

const slug = ({ name }: Load) => name.replaceAll(" ", "-");

function row(
  work: string,
  outcome: Outcome,
  numbers: { rate: number; first: number; idle: number; peak: number; after: number },
): Row {
  const { rate, first, idle, peak, after } = numbers;
  const p99 = percentile(outcome.latencies, 0.99);
  const errors = [...outcome.errors.values()].reduce((sum, count) => sum + count, 0);
  const grown = (bytes: number) => `${Math.round((bytes - idle) / 1e6)}`;
  return {
    work,
    measured:
      `${rate.toFixed(0)} req/s, p50 ${percentile(outcome.latencies, 0.5).toFixed(0)} ms, ` +
      `p99 ${p99.toFixed(0)} ms, ${errors} errors, memory +${grown(peak)} MB peak +${grown(after)} after`,
    baseline: `${first.toFixed(0)} req/s, 10 clients`,
    ratio: (rate / first).toFixed(2),
    budget: "0 errors, p99 <= 10 s, +400 MB",
    isKept: errors === 0 && p99 <= P99_BUDGET_MS && peak - idle <= MEMORY_BUDGET_BYTES,
  };
}

async function run(product: Product, digest: string, load: Load, clients: number, seconds: number) {
  const outcome: Outcome = { latencies: [], errors: new Map(), bytes: 0 };
  const agent = new Agent({ keepAlive: true, maxSockets: clients });
  let peak = 0;
  const started = performance.now();
  const end = started + clients * RAMP_MS + seconds * 1000;
  const watching = setInterval(async () => {
    peak = Math.max(peak, await product.memoryBytes());
  }, 100);
  const client = async (index: number) => {
    await sleep(index * RAMP_MS);
    for (let turn = index; performance.now() < end; turn += 1) {
      await oneRequest(product, agent, { digest, turn, slug: slug(load) }, outcome);
      await sleep(Math.random() * load.thinkMs);
    }
  };
  await Promise.all(Array.from({ length: clients }, (_, index) => client(index)));
  clearInterval(watching);
  agent.destroy();
  return { outcome, peak, seconds: (performance.now() - started) / 1000 };
}

/** Of ten requests six are lists, two a version's facts, two a download that is hashed. */
async function oneRequest(
  product: Product,
  agent: Agent,
  { digest, turn, slug }: { digest: string; turn: number; slug: string },
  outcome: Outcome,
): Promise<void> {
  const model = `${slug}-${turn % MODELS}`;
  const kind = turn % 10;
  const url =
    kind < 6
      ? `${product.url}/api/v1/models?limit=20&query=${model}`
      : kind < 8
        ? `${product.url}/api/v1/models/${model}/versions/latest`
        : fileUrl(product, model, "model.safetensors");
  const begun = performance.now();
  try {
    const received = await fetchHashed(url, agent);
    if (kind >= 8 && received.sha256 !== digest) throw new Error("wrong bytes");
    outcome.bytes += received.bytes;
    outcome.latencies.push(performance.now() - begun);
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    outcome.errors.set(text, (outcome.errors.get(text) ?? 0) + 1);
  }
}

function fetchHashed(url: string, agent: Agent): Promise<{ bytes: number; sha256: string }> {
  return new Promise((resolve, reject) => {
    const request = get(url, { agent, timeout: TIMEOUT_MS }, (response) => {
      const hash = createHash("sha256");
      let bytes = 0;
      response.on("data", (chunk: Buffer) => {
        hash.update(chunk);
        bytes += chunk.length;
      });
      response.on("error", reject);
      response.on("end", () => {
        if (response.statusCode === 200) resolve({ bytes, sha256: hash.digest("hex") });
        else reject(new Error(`status ${response.statusCode}`));
      });
    });
    request.on("timeout", () => request.destroy(new Error(`no answer for ${TIMEOUT_MS} ms`)));
    request.on("error", reject);
  });
}
