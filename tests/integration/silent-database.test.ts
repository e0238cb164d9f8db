/** A database that says nothing, goes away, or takes no more connections: an honest 503 soon, and all is well after. */
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { sendHalf } from "../support/half-sent-request.ts";
import { safetensors, tinyModel } from "../support/model-files.ts";
import { type OwnPostgres, startOwnPostgres } from "../support/own-postgres.ts";
import { RegistryClient, sha256 } from "../support/registry-client.ts";
import { ROUTE_ROWS } from "../support/route-rows.ts";
import { type RunningServer, startServer } from "../support/server.ts";

/** The promise is 5 s; a busy machine is given as much again. */
const BOUND_MS = 10_000;
const MAX_CONNECTIONS = 40;

let postgres: OwnPostgres;
let server: RunningServer;
let api: RegistryClient;
let uploadId: string;
const bytes = new Uint8Array(60_000_000).map((_, index) => index % 251);
const large = safetensors({ w: { dtype: "U8", shape: [bytes.length], bytes } });
beforeAll(async () => {
  postgres = await startOwnPostgres({ max_connections: String(MAX_CONNECTIONS) });
  server = await startServer({ env: { DATABASE_URL: postgres.url } });
  api = new RegistryClient(server.baseUrl);
  await api.register({ name: "m" }, [{ path: "m.safetensors", bytes: tinyModel() }]);
  await api.send("PUT", "/api/v1/models/m/aliases/prod", { version: "1.0.0" });
  await api.register({ name: "large" }, [{ path: "m.safetensors", bytes: large }]);
  const upload = await api.send("POST", "/api/v1/uploads", { size_bytes: 10 });
  uploadId = upload.body.id;
});
afterEach(() => postgres.thaw());
afterAll(async () => {
  await server.stop();
  await postgres.stop();
});

async function timed<T>(work: () => Promise<T>): Promise<{ answer: T; tookMs: number }> {
  const begun = performance.now();
  return { answer: await work(), tookMs: performance.now() - begun };
}

const isReady = async () => (await api.get("/readyz")).status === 200;
const untilReady = () => expect.poll(isReady, { timeout: 60_000 }).toBe(true);

/** They ask the database nothing, without accounts or for an id that no backup has. */
const WITHOUT_DATABASE = new Set([
  "POST /auth/revoke",
  "POST /auth/token",
  "PUT /me/password",
  "POST /backups/{id}/verify",
  "GET /me",
  "POST /markdown",
  // With what it is asked with here.
  "POST /webhooks",
  "GET /events",
]);

function askEverything(paths: Record<string, Record<string, unknown>>) {
  const path = (template: string) =>
    template
      .replace("{name}", "m")
      .replace("{ref}", "1.0.0")
      .replace("{alias}", "prod")
      .replace("{path}", "m.safetensors")
      .replace(
        /\/(operations|grants|protections|move-requests|loads|alerts|silences|contact-points)\/\{id\}/,
        "/$1/1",
      )
      .replace("{delivery}", "1")
      .replace("{run}", "1")
      .replace("{account}", uploadId)
      .replace("{id}", uploadId)
      .replace("{part}", "0")
      .replace("{digest}", `sha256:${"0".repeat(64)}`);
  return Object.entries(paths).flatMap(([template, methods]) =>
    Object.keys(methods)
      .map((method) => `${method.toUpperCase()} ${template}`)
      .filter((route) => !WITHOUT_DATABASE.has(route))
      .map((route) => {
        const method = route.split(" ")[0] ?? "";
        const url = `/api/v1${path(template)}`;
        const ask = () => {
          if (method === "POST" && /\/(models|versions)$/.test(template)) return register(url);
          if (method === "PUT" && template.includes("/parts/")) return putPart(url);
          const { body, query = "" } = ROUTE_ROWS[operationOf(paths, route)] ?? {};
          return api.send(method, query === "" ? url : `${url}?${query}`, body);
        };
        return { route, ask };
      }),
  );
}

function operationOf(paths: Record<string, Record<string, unknown>>, route: string): string {
  const [method = "", template = ""] = route.split(" ");
  const declared = paths[template]?.[method.toLowerCase()] as { operationId: string } | undefined;
  return declared?.operationId ?? "";
}

function register(path: string) {
  const fields: Record<string, string> = path.endsWith("/models") ? { name: "other" } : {};
  return api.register(fields, [{ path: "m.safetensors", bytes: tinyModel(5) }], { path });
}

async function putPart(path: string) {
  const response = await fetch(server.baseUrl + path, { method: "PUT", body: "0123456789" });
  return { status: response.status, headers: response.headers, body: await response.json() };
}

describe("a database whose processes are all stopped", () => {
  it("is answered with 503 and Retry-After by every route, and nothing is left when it goes on", async () => {
    const { paths } = (await api.get("/api/openapi.json")).body;
    const routes = askEverything(paths);
    expect(routes.length).toBeGreaterThan(40);
    await postgres.freeze();
    // The first round finds it out, the second one knows it.
    for (const round of ["first", "second"]) {
      await Promise.all(
        routes.map(async ({ route, ask }) => {
          const { answer, tookMs } = await timed(ask);
          expect(answer.status, `${route}, ${round} ${JSON.stringify(answer.body)}`).toBe(503);
          expect(answer.headers.get("retry-after"), route).toMatch(/^\d+$/);
          if (route.startsWith("HEAD")) return;
          expect(answer.body.code, route).toBe("unavailable");
          expect(answer.body.detail, route).toContain("database does not answer");
          expect(tookMs, `${route}, ${round}`).toBeLessThan(BOUND_MS);
        }),
      );
    }
    postgres.thaw();
    await untilReady();
    const found = await api.get("/api/v1/models/m");
    expect(found.body.description).toBe("");
    expect((await api.get("/api/v1/models/m/versions/1.0.0")).body.stage).toBe("none");
    expect((await api.get("/api/v1/models/other")).status).toBe(404);
  });

  it("shows the error page of pages in the same time", async () => {
    await postgres.freeze();
    const ask = async (path: string) => {
      const headers = { Accept: "text/html" };
      const { answer, tookMs } = await timed(() => api.get(path, headers));
      expect(tookMs, path).toBeLessThan(BOUND_MS);
      expect(answer.body, path).toContain("<html");
    };
    await Promise.all(["/", "/models", "/models/m", "/storage", "/trash"].map(ask));
  });

  it("is not ready meanwhile, but alive", async () => {
    await postgres.freeze();
    const { answer, tookMs } = await timed(() => api.get("/readyz"));
    expect(answer.status).toBe(503);
    expect(answer.headers.get("retry-after")).toMatch(/^\d+$/);
    expect(tookMs).toBeLessThan(BOUND_MS);
    expect((await api.get("/healthz")).status).toBe(200);
    // Whoever watches the registry sees it go on without what the database would have told.
    const metrics = await timed(() => api.get("/metrics"));
    expect(metrics.answer.status).toBe(200);
    expect(metrics.tookMs).toBeLessThan(BOUND_MS);
    expect(metrics.answer.body).toMatch(/^model_registry_database_up 0$/m);
    expect(metrics.answer.body).toMatch(/^model_registry_requests_total\{.*\} \d+$/m);
    expect(metrics.answer.body).toMatch(/^model_registry_database_connections \d+$/m);
    expect(metrics.answer.body).toMatch(/^process_resident_memory_bytes \d+$/m);
    const OF_ROWS = /^model_registry_(models|versions|jobs|open_alerts|oldest_job_seconds)[ {]/m;
    expect(metrics.answer.body).not.toMatch(OF_ROWS);
    postgres.thaw();
    await untilReady();
    const after = await api.get("/metrics");
    expect(after.body).toMatch(/^model_registry_database_up 1$/m);
    expect(after.body).toMatch(OF_ROWS);
  });

  it("does not disturb a download that has begun", async () => {
    const response = await fetch(`${server.baseUrl}/api/v1/models/large/versions/1.0.0/download`);
    const reader = response.body?.getReader();
    const chunks: Uint8Array[] = [(await reader?.read())?.value ?? new Uint8Array()];
    await postgres.freeze();
    expect((await api.get("/api/v1/models/m")).status).toBe(503);
    for (let part = await reader?.read(); part?.value; part = await reader?.read())
      chunks.push(part.value);
    expect(sha256(Buffer.concat(chunks))).toBe(sha256(large));
  });

  it("refuses a registration whose body is under way, and takes it when it is sent again", async () => {
    const form = new FormData();
    form.append("name", "slow");
    form.append("version", "1.0.0");
    form.append("file", new Blob([tinyModel(7)]), "m.safetensors");
    const { finish } = await sendHalf(`${server.baseUrl}/api/v1/models`, form);
    await postgres.freeze();
    const { answer, tookMs } = await timed(finish);
    expect(answer.status).toBe(503);
    expect(answer.headers.get("retry-after")).toMatch(/^\d+$/);
    expect(tookMs).toBeLessThan(BOUND_MS);
    postgres.thaw();
    await untilReady();
    const again = await sendHalf(`${server.baseUrl}/api/v1/models`, form);
    expect((await again.finish()).status).toBe(201);
  });
});

it("a database that crashes and starts again is followed without help", async () => {
  const outcomes = new Set<number>();
  let isRunning = true;
  const asking = Array.from({ length: 8 }, async () => {
    while (isRunning) {
      outcomes.add((await api.get("/api/v1/models/m")).status);
      await sleep(5);
    }
  });
  postgres.crash();
  await expect.poll(() => outcomes.has(503), { timeout: 30_000 }).toBe(true);
  await untilReady();
  isRunning = false;
  await Promise.all(asking);
  expect([...outcomes].sort()).toEqual([200, 503]);
  const answer = await api.register({ name: "after" }, [
    { path: "m.safetensors", bytes: tinyModel(9) },
  ]);
  expect(answer.status).toBe(201);
});

it("a database that takes no more connections is answered with 503, and says so", async () => {
  const others: pg.Client[] = [];
  try {
    await fillConnections(others);
    // The server's own connections end, as idle ones do, and others take their places.
    const ours = "application_name = 'model-registry'";
    await others[0]?.query(`select pg_terminate_backend(pid) from pg_stat_activity where ${ours}`);
    await fillConnections(others);
    // A connection that the server has taken back meanwhile answers one request at a time, the others find none.
    const asked = Array.from({ length: 20 }, () => timed(() => api.get("/api/v1/models/m")));
    const answers = await Promise.all(asked);
    const { answer, tookMs } = answers.find(({ answer: { status } }) => status !== 200) ?? {};
    expect(answer).toMatchObject({ status: 503, body: { code: "unavailable" } });
    expect(answer?.headers.get("retry-after")).toMatch(/^\d+$/);
    expect(answer?.body.detail).toContain("no free connection");
    expect(tookMs).toBeLessThan(BOUND_MS);
    expect(await isReady()).toBe(false);
  } finally {
    await Promise.all(others.map((client) => client.end()));
  }
  await untilReady();
  expect((await api.get("/api/v1/models/m")).status).toBe(200);
});

async function fillConnections(others: pg.Client[]): Promise<void> {
  for (;;) {
    const client = new pg.Client({ connectionString: postgres.url });
    client.on("error", () => undefined);
    try {
      await client.connect();
    } catch {
      return;
    }
    others.push(client);
  }
}
