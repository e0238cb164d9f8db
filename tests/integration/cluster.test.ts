/** Agents of clusters over real HTTP, with several processes of one server, and the agent that the server itself runs. */
import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { leaseOf, reportOf, SCHEDULER, workerNamed } from "../support/agent.ts";
import { tinyModel } from "../support/model-files.ts";
import { type Answer, RegistryClient } from "../support/registry-client.ts";
import { type RunningServer, startServer } from "../support/server.ts";

const ADMIN = { username: "admin", password: "correct horse battery" };
let folder: string;
let server: RunningServer;
let api: RegistryClient;
let admin: Record<string, string>;
let agent: Record<string, string>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "cluster-test-"));
  server = await startServer({
    env: {
      MODEL_REGISTRY_API__WORKERS: "2",
      MODEL_REGISTRY_API__AUTH_REQUIRED: "true",
      MODEL_REGISTRY_ADMIN_NAME: ADMIN.username,
      MODEL_REGISTRY_ADMIN_PASSWORD: ADMIN.password,
      MODEL_REGISTRY_CLUSTER__DASK__SCHEDULER_ADDRESS: "127.0.0.1:8786",
      MODEL_REGISTRY_PYTHON: resolve("tests/support/fake-python.sh"),
      AGENT_TEST_FOLDER: folder,
    },
  });
  api = new RegistryClient(server.baseUrl);
  const signIn = { grant_type: "password", ...ADMIN };
  const { access_token } = (await api.send("POST", "/api/v1/auth/token", signIn)).body;
  admin = { Authorization: `Bearer ${access_token}` };
  const robot = await send("POST", "/service-accounts", { name: "robot" }, admin);
  const token = await send(
    "POST",
    `/service-accounts/${robot.body.id}/tokens`,
    { name: "agent", scopes: ["cluster:agent", "models:read"] },
    admin,
  );
  agent = { Authorization: `Bearer ${token.body.token}` };
  const files = [{ path: "m.safetensors", bytes: tinyModel() }];
  expect((await api.register({ name: "net" }, files, { headers: admin })).status).toBe(201);
});
afterAll(async () => {
  await server?.stop();
  await rm(folder, { recursive: true, force: true });
});

const send = (method: string, path: string, body: unknown, headers: Record<string, string>) =>
  api.send(method, `/api/v1${path}`, body, headers);
const lease = (id: string, more: object = {}) =>
  send("POST", "/cluster/lease", leaseOf(id, more), agent);
const ask = (body: object = {}) => send("POST", "/models/net/load", body, admin);
const lines = (name: string) =>
  existsSync(join(folder, name)) ? readFileSync(join(folder, name), "utf8").trim().split("\n") : [];
const said = (leased: Answer) => ({
  lease: leased.body.lease.token,
  workers: [],
  bytes_done: 0,
  bytes_total: 0,
});

describe("the agent that the server runs", () => {
  it("is one for all its processes, gets a token that no other process can read, and nothing else", async () => {
    await expect.poll(() => lines("lines").length, { timeout: 30_000 }).toBe(1);
    expect(lines("pids")).toHaveLength(1);
    expect(lines("arguments")).toEqual(["-m model_registry.agent"]);
    const environment = Object.fromEntries(lines("env").map((line) => line.split(/=(.*)/s)));
    expect(environment).toMatchObject({
      MODEL_REGISTRY_URL: server.baseUrl,
      MODEL_REGISTRY_WORKER_URL: server.baseUrl,
      MODEL_REGISTRY_SCHEDULER: SCHEDULER,
      MODEL_REGISTRY_AGENT_STDIN: "1",
    });
    expect(Object.keys(environment).filter((name) => /DATABASE|ADMIN|__/.test(name))).toEqual([]);
    const [, token = ""] = lines("lines")[0]?.split(" ") ?? [];
    expect(JSON.stringify(environment) + server.logs()).not.toContain(token);
    const own = { Authorization: `Bearer ${token}` };
    expect((await send("POST", "/cluster/lease", leaseOf("own"), own)).status).toBe(204);
    expect((await send("GET", "/models/net", undefined, own)).status).toBe(200);
    expect((await send("DELETE", "/models/net", undefined, own)).status).toBe(403);
  });

  it("is started again when it dies, with another token", async () => {
    const [before] = lines("lines");
    process.kill(Number(lines("pids").at(-1)), "SIGKILL");
    await expect.poll(() => lines("lines").length, { timeout: 30_000 }).toBe(2);
    expect(server.logs()).toContain("ended (SIGKILL)");
    const old = { Authorization: String(before).replace("token", "Bearer") };
    expect((await send("POST", "/cluster/lease", leaseOf("own"), old)).status).toBe(401);
  });
});

describe("agents over HTTP", () => {
  it("that wait in different processes all hear of loads at once, and each load has one", async () => {
    const waiting = Array.from({ length: 8 }, (_, index) => waitAlone(`agent-${index}`));
    const loads = new Set<string>();
    for (let count = 0; count < 8; count += 1) {
      const asked = await ask();
      expect(asked.status).toBe(202);
      expect(asked.headers.get("location")).toBe(`/api/v1/loads/${asked.body.id}`);
      loads.add(asked.body.id);
    }
    const leased = await Promise.all(waiting);
    expect(new Set(leased.map(({ load }) => load.id))).toEqual(loads);
    for (const { load, lease: held } of leased) {
      const end = { lease: held.token, state: "succeeded", workers: [] };
      const ended = await send("POST", `/cluster/loads/${load.id}/finish`, end, agent);
      expect(ended).toMatchObject({ status: 200, body: { state: "succeeded" } });
    }
  });

  it("get nothing after the wait, and no rights that they have not", async () => {
    const begun = performance.now();
    expect((await lease("one", { wait_seconds: 1 })).status).toBe(204);
    expect(performance.now() - begun).toBeGreaterThan(900);
    expect((await send("POST", "/models/net/load", {}, agent)).status).toBe(403);
    expect((await api.send("POST", "/api/v1/cluster/lease", leaseOf("x"))).status).toBe(401);
  });

  it("get a token for the downloads of that one model, to lend to workers that have none", async () => {
    const files = [{ path: "m.safetensors", bytes: tinyModel(3) }];
    await api.register({ name: "other" }, files, { headers: admin });
    await ask();
    const leased = await lease("one");
    const download = (model: string, token: string) =>
      api.get(`/api/v1/models/${model}/versions/1.0.0/download`, {
        Authorization: `Bearer ${token}`,
      });
    const statuses = async ({ token }: { token: string }) => {
      const lent = { Authorization: `Bearer ${token}` };
      return [
        (await download("net", token)).status,
        (await download("other", token)).status,
        (await send("POST", "/cluster/lease", leaseOf("two"), lent)).status,
        (await send("PATCH", "/models/net", { description: "x" }, lent)).status,
      ];
    };
    const { download_token: first } = leased.body;
    expect(Date.parse(first.expires_at) - Date.now()).toBeLessThan(16 * 60_000);
    expect(await statuses(first)).toEqual([200, 404, 403, 403]);
    const progress = `/cluster/loads/${leased.body.load.id}/progress`;
    const plain = await send("POST", progress, said(leased), agent);
    expect(plain.body).not.toHaveProperty("download_token");
    const renewal = { ...said(leased), renew_download_token: true };
    const { download_token: second } = (await send("POST", progress, renewal, agent)).body;
    expect(second.token).not.toBe(first.token);
    expect(await statuses(second)).toEqual([200, 404, 403, 403]);
    const end = { lease: leased.body.lease.token, state: "succeeded", workers: [] };
    await send("POST", `/cluster/loads/${leased.body.load.id}/finish`, end, agent);
  });

  it("report clusters of ten thousand workers, and nothing that is larger", async () => {
    const worker = workerNamed("w", {
      versions: { python: "3", torch: "2", numpy: "2", distributed: "2026", safetensors: "1" },
      models: Array.from({ length: 2 }, (_, index) => ({
        model: `m${index}`,
        version: "1.0.0",
        digest: `sha256:${"0".repeat(64)}`,
        ...{ mode: "memory", bytes: 1, state: "ready" },
      })),
    });
    const workers = Array.from({ length: 10_000 }, (_, index) => ({
      ...worker,
      address: `tcp://10.0.0.1:${index}`,
      name: `w-${index}`,
    }));
    const put = (report: object) => send("PUT", "/cluster/report", report, agent);
    expect((await put(reportOf(workers))).status).toBe(204);
    const list = await send("GET", "/clusters/workers?query=w-777&limit=5", undefined, admin);
    expect(list.body.total).toBe(11);
    expect(list.body.items[0].name).toBe("w-777");
    expect((await put(reportOf([...workers, worker]))).status).toBe(400);
    const [clean, hostile] = [reportOf([worker]), reportOf([{ ...worker, name: "a\0b" }])];
    expect((await put(hostile)).status).toBe(400);
    expect((await put({ ...clean, padding: "x".repeat(17_000_000) })).status).toBe(413);
    expect((await put(clean)).status).toBe(204);
    const clusters = await send("GET", "/clusters", undefined, admin);
    expect(clusters.body.items[0].summary.workers).toBe(1);
  });
});

describe("a server that stops", () => {
  it("sends waiting agents away, ends its own, and keeps loads and leases", async () => {
    const queued = (await ask({ scheduler_address: "tcp://other:8786" })).body.id;
    const running = (await ask()).body.id;
    const leased = await lease("one");
    expect(leased.body.load.id).toBe(running);
    const waiting = lease("two", { wait_seconds: 30, scheduler_address: "tcp://third:8786" });
    // Nothing tells that a request has begun to wait.
    await sleep(1_000);
    const begun = performance.now();
    await server.terminate();
    expect((await waiting).status).toBe(204);
    expect(performance.now() - begun).toBeLessThan(15_000);
    expect(lines("ended").length + lines("pids").length).toBeGreaterThan(0);
    expect(isAlive(Number(lines("pids").at(-1)))).toBe(false);
    await server.restart();
    const progress = `/cluster/loads/${running}/progress`;
    const kept = await send("POST", progress, said(leased), agent);
    // On a busy machine the restart may take longer than a lease: then it is there for the next agent.
    if (kept.status !== 200) expect((await lease("two")).body.load.id).toBe(running);
    expect((await send("GET", `/loads/${queued}`, undefined, admin)).body.state).toBe("queued");
    const other = await lease("three", { scheduler_address: "other:8786" });
    expect(other.body.load.id).toBe(queued);
  });

  it("takes its agent along when it is killed", async () => {
    await expect.poll(() => lines("lines").length, { timeout: 30_000 }).toBe(3);
    const pid = Number(lines("pids").at(-1));
    await server.kill9();
    await expect.poll(() => isAlive(pid), { timeout: 15_000 }).toBe(false);
    expect(lines("ended")).toContain(String(pid));
  });
});

/** On a connection of its own, so that it comes to any of the processes. */
async function waitAlone(id: string): Promise<{ load: { id: string }; lease: { token: string } }> {
  const body = JSON.stringify(leaseOf(id, { wait_seconds: 30 }));
  const headers = { ...agent, "Content-Type": "application/json" };
  return new Promise((done, fail) => {
    const sent = request(
      `${server.baseUrl}/api/v1/cluster/lease`,
      { agent: false, method: "POST", headers },
      async (response) => {
        let text = "";
        for await (const chunk of response) text += chunk;
        if (response.statusCode === 200) done(JSON.parse(text));
        else fail(new Error(`${response.statusCode} ${text}`));
      },
    );
    sent.on("error", fail).end(body);
  });
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
