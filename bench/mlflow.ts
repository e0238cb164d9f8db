/**
 * What clients of MLflow wait for, beside a real MLflow server with four workers on PostgreSQL, in the same run: the same requests
 * to both.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { chmod, mkdir } from "node:fs/promises";
import { Agent, request } from "node:http";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { startEmbeddedPostgres } from "../lib/db/embedded.ts";
import { ensurePythonTests } from "../scripts/lib/ensure-python-tests.mjs";
import { startProduct } from "./support/product.ts";
import { median, type Row, roundsOr } from "./support/statistics.ts";

const CLIENTS = 8;
const SECONDS = 3;
const MODELS = 200;
const ARTIFACT_BYTES = 20 * 1024 * 1024;
const START_TIMEOUT_MS = 180_000;
const REGISTRY = "/api/2.0/mlflow";
const ARTIFACTS = "/api/2.0/mlflow-artifacts/artifacts";
const SOURCE = "s3://bucket/model";

type Server = { name: string; url: string; agent: Agent; stop: () => Promise<void> };
type Work = {
  name: string;
  target: number;
  send: (server: Server, turn: number) => Promise<number>;
};

const artifact = randomBytes(ARTIFACT_BYTES);
let made = 0;
const unique = () => {
  made += 1;
  return `made-${process.pid}-${made}`;
};

const get = (path: (turn: number) => string) => (server: Server, turn: number) =>
  exchange(server, "GET", path(turn));
const post = (server: Server, path: string, body: unknown) =>
  exchange(server, "POST", REGISTRY + path, Buffer.from(JSON.stringify(body)), "application/json");

const WORK: Work[] = [
  {
    name: "get model",
    target: 8,
    send: get((turn) => `${REGISTRY}/registered-models/get?name=model-${turn % MODELS}`),
  },
  {
    name: "get version",
    target: 8,
    send: get((turn) => `${REGISTRY}/model-versions/get?name=model-${turn % MODELS}&version=1`),
  },
  {
    name: "list models",
    target: 8,
    send: get(() => `${REGISTRY}/registered-models/search?max_results=100`),
  },
  {
    name: "search models",
    target: 8,
    send: get(
      (turn) =>
        `${REGISTRY}/registered-models/search?filter=${encodeURIComponent(`name LIKE 'model-${turn % 10}%' AND tags.group = '${turn % 10}'`)}`,
    ),
  },
  {
    name: "search versions",
    target: 8,
    send: get(
      (turn) =>
        `${REGISTRY}/model-versions/search?filter=${encodeURIComponent(`name = 'model-${turn % MODELS}'`)}`,
    ),
  },
  {
    name: "create model",
    target: 3,
    send: (server) => post(server, "/registered-models/create", { name: unique() }),
  },
  {
    name: "create version",
    target: 3,
    send: (server, turn) =>
      post(server, "/model-versions/create", { name: `model-${turn % MODELS}`, source: SOURCE }),
  },
  {
    name: "upload 20 MiB",
    target: 2,
    send: (server) =>
      exchange(
        server,
        "PUT",
        `${ARTIFACTS}/bench/${unique()}.bin`,
        stirred(),
        "application/octet-stream",
      ),
  },
  { name: "download 20 MiB", target: 8, send: get(() => `${ARTIFACTS}/bench/downloaded.bin`) },
];

/** Other bytes each time, so that nothing is stored already. */
function stirred(): Buffer {
  const bytes = Buffer.from(artifact);
  randomBytes(16).copy(bytes);
  return bytes;
}

export async function benchMlflow(folder: string): Promise<Row[]> {
  const servers: Server[] = [];
  try {
    servers.push(await startOurs(folder), await startReal(folder));
    for (const server of servers) await seed(server);
    const rows: Row[] = [];
    for (const work of WORK) rows.push(await compare(work, servers as [Server, Server]));
    return rows;
  } finally {
    for (const server of servers) {
      server.agent.destroy();
      await server.stop();
    }
  }
}

async function seed(server: Server): Promise<void> {
  for (let turn = 0; turn < MODELS; turn += 1) {
    const name = `model-${turn}`;
    const tags = [{ key: "group", value: String(turn % 10) }];
    await post(server, "/registered-models/create", { name, tags });
    await post(server, "/model-versions/create", { name, source: SOURCE });
  }
  await exchange(
    server,
    "PUT",
    `${ARTIFACTS}/bench/downloaded.bin`,
    artifact,
    "application/octet-stream",
  );
}

/** The servers take turns, a round after one that only warms up. */
async function compare(work: Work, servers: [Server, Server]): Promise<Row> {
  const rates = new Map<Server, number[]>(servers.map((server) => [server, []]));
  for (let round = 0; round <= roundsOr(3); round += 1)
    for (const server of servers) {
      const rate = await measure(work, server);
      if (round > 0) rates.get(server)?.push(rate);
    }
  const [ours, real] = servers.map((server) => median(rates.get(server) ?? [])) as [number, number];
  const ratio = ours / real;
  return {
    work: `MLflow: ${work.name}, ${CLIENTS} clients`,
    measured: `${ours.toFixed(1)}/s`,
    baseline: `${real.toFixed(1)}/s mlflow, 4 workers`,
    ratio: ratio.toFixed(2),
    budget: `>= ${work.target}`,
    isKept: ratio >= work.target,
  };
}

async function measure(work: Work, server: Server): Promise<number> {
  const begun = performance.now();
  const end = begun + SECONDS * 1000;
  let turn = Math.floor(Math.random() * 1e6);
  let done = 0;
  const client = async () => {
    while (performance.now() < end) {
      turn += 1;
      const status = await work.send(server, turn);
      if (status !== 200) throw new Error(`${work.name}: ${server.name} answered ${status}`);
      done += 1;
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, client));
  return (done * 1000) / (performance.now() - begun);
}

const newAgent = () => new Agent({ keepAlive: true, maxSockets: Number.POSITIVE_INFINITY });

async function startOurs(folder: string): Promise<Server> {
  const { url, stop } = await startProduct(join(folder, "ours"));
  return { name: "ours", url, agent: newAgent(), stop };
}

async function startReal(folder: string): Promise<Server> {
  const data = join(folder, "mlflow");
  await mkdir(data, { recursive: true });
  // PostgreSQL runs as another user when root runs this.
  await chmod(data, 0o711);
  const postgres = await startEmbeddedPostgres({
    dataFolder: join(data, "data"),
    log: () => undefined,
  });
  const python = process.env.BENCH_MLFLOW_PYTHON ?? (await ensurePythonTests());
  const port = await freePort();
  const child = spawn(
    python,
    [
      ...[
        "-m",
        "mlflow",
        "server",
        "--host",
        "127.0.0.1",
        "--port",
        String(port),
        "--workers",
        "4",
      ],
      ...["--backend-store-uri", postgres.url.replace(/^postgres(ql)?:/, "postgresql+psycopg2:")],
      ...["--artifacts-destination", join(data, "files")],
    ],
    {
      cwd: data,
      stdio: "ignore",
      detached: true,
      env: { ...process.env, MLFLOW_SERVER_ENABLE_JOB_EXECUTION: "false" },
    },
  );
  const url = `http://127.0.0.1:${port}`;
  const stop = async () => {
    endGroup(child);
    await postgres.stop();
  };
  const until = performance.now() + START_TIMEOUT_MS;
  while (!(await isHealthy(url))) {
    if (child.exitCode !== null || performance.now() > until) {
      await stop();
      throw new Error("MLflow's server does not start.");
    }
    await sleep(250);
  }
  return { name: "mlflow", url, agent: newAgent(), stop };
}

/** Its workers are processes of their own. */
function endGroup(child: ChildProcess): void {
  if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, "SIGTERM");
}

async function isHealthy(url: string): Promise<boolean> {
  const answer = await fetch(`${url}/health`).catch(() => null);
  return answer?.ok ?? false;
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() =>
        resolve(typeof address === "object" && address !== null ? address.port : 0),
      );
    });
  });
}

function exchange(
  { url, agent }: Server,
  method: string,
  path: string,
  body?: Buffer,
  type?: string,
): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers = body ? { "Content-Type": type ?? "", "Content-Length": body.length } : {};
    const sent = request(url + path, { method, agent, headers }, (response) => {
      response.resume().on("end", () => resolve(response.statusCode ?? 500));
      response.on("error", reject);
    });
    sent.on("error", reject).end(body);
  });
}
