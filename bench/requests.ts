/**
 * How many small requests a server answers, beside earlier commits in the same run: the reads and the registrations that people
 * and their jobs wait for, by 1 to 100 clients.
 */
import { randomBytes } from "node:crypto";
import { Agent, request } from "node:http";
import { join } from "node:path";
import { checkOut } from "./support/checkout.ts";
import { type Product, projectFolder, startProduct } from "./support/product.ts";
import { median, percentile, type Row, roundsOr } from "./support/statistics.ts";
import { modelBytes } from "./support/workplace.ts";

/** The commit before the redesign of rooms and dispatch; `BENCH_BASELINES` names others, separated by commas. */
const BASELINES = ["fc9b708"];
const CLIENTS = [1, 8, 16, 100];
const SECONDS = 3;
const MODELS = 300;
const SMALL_BYTES = 1024;
/** Targets against the first baseline, with 8 clients. */
const TARGETS: Record<string, number> = {
  "GET model": 8,
  "GET version": 8,
  list: 4,
  search: 2,
  "register 1 KiB": 3,
};

type Work = { name: string; send: (server: Server, turn: number) => Promise<number> };
type Server = { name: string; product: Product; agent: Agent };

const get = (path: (turn: number) => string): Work["send"] => {
  return (server, turn) => exchange(server, "GET", path(turn));
};

const WORK: Work[] = [
  { name: "GET model", send: get((turn) => `/api/v1/models/model-${turn % MODELS}`) },
  {
    name: "GET version",
    send: get((turn) => `/api/v1/models/model-${turn % MODELS}/versions/1.0.0`),
  },
  { name: "list", send: get(() => "/api/v1/models") },
  { name: "search", send: get((turn) => `/api/v1/models?query=model-${turn % MODELS}`) },
  { name: "tag", send: get((turn) => `/api/v1/models?tag=group:${turn % 10}`) },
  { name: "register 1 KiB", send: (server) => register(server) },
  { name: "register stored bytes", send: (server) => registerStored(server) },
];

export async function benchRequests(folder: string): Promise<Row[]> {
  const commits = process.env.BENCH_BASELINES?.split(",") ?? BASELINES;
  const checkouts = await Promise.all(commits.map((commit) => checkOut(commit, folder)));
  const servers: Server[] = [];
  try {
    servers.push(await start("now", join(folder, "now"), projectFolder));
    for (const [at, checkout] of checkouts.entries()) {
      const name = commits[at] ?? "";
      servers.push(await start(name, join(folder, `data-${name}`), checkout.folder));
    }
    for (const server of servers) await seed(server);
    const rows: Row[] = [];
    for (const work of WORK)
      for (const clients of CLIENTS) rows.push(...(await compare(work, clients, servers)));
    return rows;
  } finally {
    for (const { product, agent } of servers) {
      agent.destroy();
      await product.stop();
    }
    for (const checkout of checkouts) await checkout.dispose();
  }
}

async function start(name: string, folder: string, checkout: string): Promise<Server> {
  const product = await startProduct(folder, {}, [], checkout);
  return {
    name,
    product,
    agent: new Agent({ keepAlive: true, maxSockets: Number.POSITIVE_INFINITY }),
  };
}

async function seed(server: Server): Promise<void> {
  for (let turn = 0; turn < MODELS; turn += 1)
    await register(server, `model-${turn}`, { group: String(turn % 10) });
}

/** The servers take turns, a round after one that only warms up, and the medians are compared. */
async function compare(work: Work, clients: number, servers: Server[]): Promise<Row[]> {
  const rates = new Map<string, number[]>();
  const slow: number[] = [];
  for (let round = 0; round <= roundsOr(3); round += 1)
    for (const server of servers) {
      const { perSecond, latencies } = await measure(work, clients, server);
      if (round === 0) continue;
      rates.set(server.name, [...(rates.get(server.name) ?? []), perSecond]);
      if (server === servers[0]) slow.push(percentile(latencies, 0.99));
    }
  const rateOf = (server: Server) => median(rates.get(server.name) ?? []);
  const [now, ...before] = servers as [Server, ...Server[]];
  return before.map((baseline, at) => {
    const ratio = rateOf(now) / rateOf(baseline);
    const target = at === 0 && clients === 8 ? TARGETS[work.name] : undefined;
    return {
      work: `${work.name}, ${clients} clients`,
      measured: `${rateOf(now).toFixed(0)}/s, p99 ${median(slow).toFixed(0)} ms`,
      baseline: `${rateOf(baseline).toFixed(0)}/s ${baseline.name}`,
      ratio: ratio.toFixed(2),
      budget: target === undefined ? "" : `>= ${target}`,
      isKept: target === undefined ? null : ratio >= target,
    };
  });
}

async function measure(work: Work, clients: number, server: Server) {
  const latencies: number[] = [];
  const end = performance.now() + SECONDS * 1000;
  let turn = Math.floor(Math.random() * 1e6);
  const client = async () => {
    while (performance.now() < end) {
      const begun = performance.now();
      turn += 1;
      const status = await work.send(server, turn);
      // An earlier commit may fail; what it did not do does not count.
      if (status >= 300 && server.name === "now")
        throw new Error(`${work.name} answered ${status}`);
      if (status < 300) latencies.push(performance.now() - begun);
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
  return { perSecond: latencies.length / SECONDS, latencies };
}

let count = 0;

function register(server: Server, name?: string, tags?: Record<string, string>): Promise<number> {
  count += 1;
  const bytes = modelBytes(SMALL_BYTES, 0);
  // Other bytes each time, so that nothing is stored already.
  randomBytes(16).copy(bytes, SMALL_BYTES - 16);
  const boundary = "registry-bench";
  const field = (key: string, value: string) =>
    `--${boundary}\r\nContent-Disposition: form-data; name="${key}"\r\n\r\n${value}\r\n`;
  const head =
    field("name", name ?? `made-${count}-${process.pid}`) +
    (tags ? field("tags", JSON.stringify(tags)) : "") +
    `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="m.safetensors"\r\n\r\n`;
  const body = Buffer.concat([Buffer.from(head), bytes, Buffer.from(`\r\n--${boundary}--\r\n`)]);
  return exchange(
    server,
    "POST",
    "/api/v1/models",
    body,
    `multipart/form-data; boundary=${boundary}`,
  );
}

const stored = new Map<string, string>();

async function registerStored(server: Server): Promise<number> {
  count += 1;
  const digest = stored.get(server.name) ?? (await findDigest(server));
  stored.set(server.name, digest);
  const name = `again-${count}-${process.pid}`;
  const body = JSON.stringify({ name, files: [{ path: "m.safetensors", digest }] });
  return exchange(server, "POST", "/api/v1/models", Buffer.from(body), "application/json");
}

async function findDigest({ product }: Server): Promise<string> {
  const response = await fetch(`${product.url}/api/v1/models/model-0/versions/latest`);
  const { files } = (await response.json()) as { files: { digest: string }[] };
  return files[0]?.digest ?? "";
}

function exchange(
  { product, agent }: Server,
  method: string,
  path: string,
  body?: Buffer,
  type?: string,
): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers = body ? { "Content-Type": type ?? "", "Content-Length": body.length } : {};
    const sent = request(product.url + path, { method, agent, headers }, (response) => {
      response.resume().on("end", () => resolve(response.statusCode ?? 500));
      response.on("error", reject);
    });
    sent.on("error", reject).end(body);
  });
}
