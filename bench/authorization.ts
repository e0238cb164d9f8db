/**
 * What it costs to know who asks: the same server with accounts off, and with accounts on and a reader's token, who sees
 * public models alone.
 */
import { Agent, request } from "node:http";
import { join } from "node:path";
import { type Product, startProduct } from "./support/product.ts";
import { median, type Row, roundsOr } from "./support/statistics.ts";
import { modelBytes } from "./support/workplace.ts";

const MODELS = 300;
/** Short, so that what else a machine does is in both servers' numbers. */
const SLICE_MS = 200;
const SLICES = 20;
const CLIENTS = [1, 8];
/** Of the median latency. */
const BUDGET = 1.1;
const ADMIN = { username: "admin", password: "correct horse battery" };

type Server = { product: Product; agent: Agent; headers: Record<string, string> };

const WORK: { name: string; path: (turn: number) => string }[] = [
  { name: "GET model", path: (turn) => `/api/v1/models/model-${turn % MODELS}` },
  { name: "list", path: () => "/api/v1/models" },
];

export async function benchAuthorization(folder: string): Promise<Row[]> {
  const servers: Server[] = [];
  try {
    const off = await start(join(folder, "off"), { MODEL_REGISTRY_API__WORKERS: "1" });
    servers.push(off);
    const on = await start(join(folder, "on"), {
      MODEL_REGISTRY_API__WORKERS: "1",
      MODEL_REGISTRY_API__AUTH_REQUIRED: "true",
      MODEL_REGISTRY_API__REQUESTS_PER_MINUTE: "60000000",
      MODEL_REGISTRY_ADMIN_NAME: ADMIN.username,
      MODEL_REGISTRY_ADMIN_PASSWORD: ADMIN.password,
    });
    servers.push(on);
    on.headers = { Authorization: `Bearer ${await signIn(on)}` };
    for (const server of servers) await seed(server);
    on.headers = { Authorization: `Bearer ${await readersToken(on)}` };
    const rows: Row[] = [];
    for (const work of WORK)
      for (const clients of CLIENTS) rows.push(await compare(work, clients, { on, off }));
    return rows;
  } finally {
    for (const { product, agent } of servers) {
      agent.destroy();
      await product.stop();
    }
  }
}

async function start(folder: string, settings: Record<string, string>): Promise<Server> {
  const product = await startProduct(folder, settings);
  const agent = new Agent({ keepAlive: true, maxSockets: Number.POSITIVE_INFINITY });
  return { product, agent, headers: {} };
}

async function post(server: Server, path: string, body: unknown): Promise<Record<string, string>> {
  const response = await fetch(server.product.url + path, {
    method: "POST",
    headers: { "Content-Type": "application/json", ...server.headers },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${path} answered ${response.status}`);
  return (await response.json()) as Record<string, string>;
}

async function signIn(server: Server): Promise<string> {
  const answer = await post(server, "/api/v1/auth/token", { grant_type: "password", ...ADMIN });
  return answer.access_token ?? "";
}

async function readersToken(server: Server): Promise<string> {
  const { id } = await post(server, "/api/v1/service-accounts", { name: "bench", role: "reader" });
  const made = await post(server, `/api/v1/service-accounts/${id}/tokens`, { name: "bench" });
  return made.token ?? "";
}

async function seed(server: Server): Promise<void> {
  for (let turn = 0; turn < MODELS; turn += 1) {
    const form = new FormData();
    form.set("name", `model-${turn}`);
    form.append("file", new File([new Uint8Array(modelBytes(1024, turn))], "m.safetensors"));
    const { product, headers } = server;
    const response = await fetch(`${product.url}/api/v1/models`, {
      method: "POST",
      body: form,
      headers,
    });
    if (!response.ok) throw new Error(`a registration answered ${response.status}`);
  }
}

/** The servers take turns, slices after those that only warm up, and the medians of all latencies are compared. */
async function compare(
  { name, path }: (typeof WORK)[number],
  clients: number,
  { on, off }: { on: Server; off: Server },
): Promise<Row> {
  const latencies = new Map<Server, number[]>([
    [on, []],
    [off, []],
  ]);
  const warmUp = SLICES / 4;
  for (let slice = -warmUp; slice < roundsOr(5) * SLICES; slice += 1)
    for (const [server, all] of latencies) {
      const measured = await measure(path, clients, server);
      if (slice >= 0) all.push(...measured);
    }
  const [withAccounts, without] = [on, off].map((server) => median(latencies.get(server) ?? []));
  const ratio = (withAccounts ?? 0) / (without ?? 1);
  return {
    work: `${name}, ${clients} clients`,
    measured: `${(withAccounts ?? 0).toFixed(3)} ms with a token`,
    baseline: `${(without ?? 0).toFixed(3)} ms without accounts`,
    ratio: ratio.toFixed(2),
    budget: `<= ${BUDGET}`,
    isKept: ratio <= BUDGET,
  };
}

/** Milliseconds. */
async function measure(
  path: (turn: number) => string,
  clients: number,
  server: Server,
): Promise<number[]> {
  const latencies: number[] = [];
  const end = performance.now() + SLICE_MS;
  let turn = 0;
  const client = async () => {
    while (performance.now() < end) {
      turn += 1;
      const begun = performance.now();
      const status = await get(server, path(turn));
      if (status !== 200) throw new Error(`${path(turn)} answered ${status}`);
      latencies.push(performance.now() - begun);
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
  return latencies;
}

function get({ product, agent, headers }: Server, path: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const sent = request(product.url + path, { agent, headers }, (response) => {
      response.resume().on("end", () => resolve(response.statusCode ?? 500));
      response.on("error", reject);
    });
    sent.on("error", reject).end();
  });
}
