/**
 * What the servers measure, from end to end: the samples of two processes on a small disk, alerts by their real causes and how they
 * end, and what Prometheus and Grafana get.
 */

import { spawnSync } from "node:child_process";
import { randomFillSync } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { ensurePromtool } from "../../scripts/lib/ensure-promtool.mjs";
import { safetensors, tinyModel } from "../support/model-files.ts";
import { createTestDatabase, type TestDatabase } from "../support/postgres.ts";
import { RegistryClient } from "../support/registry-client.ts";
import { type RunningServer, startServer } from "../support/server.ts";

const REPORTER = join(import.meta.dirname, "..", "support", "report-telemetry.mjs");
const DEPLOY = join(import.meta.dirname, "..", "..", "deploy");
const RULES = join(DEPLOY, "prometheus", "model-registry.rules.yml");

const MEBIBYTE = 1024 * 1024;
const PATIENCE = { timeout: 60_000 };
/** Of every server: whichever comes first in an interval looks for all. */
const SETTINGS = {
  MODEL_REGISTRY_MONITORING__SAMPLE_INTERVAL: "1s",
  MODEL_REGISTRY_STORAGE__MIN_FREE_SPACE: "0",
  // No blob fits: every reader of a compressed one misses.
  MODEL_REGISTRY_STORAGE__CACHE_SIZE: "64KB",
  MODEL_REGISTRY_ALERTS__MODEL_NOT_FOUND__REQUESTS: "20",
  MODEL_REGISTRY_ALERTS__MODEL_NOT_FOUND__WITHIN: "6s",
  MODEL_REGISTRY_ALERTS__DISK_LOW__FREE_PERCENT: "40",
  MODEL_REGISTRY_ALERTS__CACHE_DEGRADED__REQUESTS: "10",
  MODEL_REGISTRY_ALERTS__CACHE_DEGRADED__WITHIN: "5s",
  MODEL_REGISTRY_ALERTS__REPLICA_LOST__AFTER: "3s",
};

let database: TestDatabase;
let client: pg.Client;
let server: RunningServer;
let replica: RunningServer | undefined;
let api: RegistryClient;
let promtool: string;
beforeAll(async () => {
  promtool = await ensurePromtool();
  database = await createTestDatabase("migrated");
  client = new pg.Client({ connectionString: database.url });
  await client.connect();
  server = await startServer({
    volumeMb: 64,
    env: {
      ...SETTINGS,
      DATABASE_URL: database.url,
      MODEL_REGISTRY_API__WORKERS: "2",
      NODE_OPTIONS: `--import ${REPORTER}`,
    },
  });
  api = new RegistryClient(server.baseUrl);
  await api.register({ name: "seen" }, [{ path: "m.safetensors", bytes: tinyModel(1, 64) }]);
  for (let turn = 0; turn < 5; turn += 1) {
    const answer = await fetch(`${server.baseUrl}/api/v1/models/seen/versions/1.0.0/download`);
    await answer.arrayBuffer();
  }
});
afterAll(async () => {
  await client?.end();
  await replica?.stop();
  await server?.stop();
  await database?.drop();
});

const monitoring = async (query = "") => (await api.get(`/api/v1/monitoring${query}`)).body;
const sum = (values: (number | null)[]) => values.reduce<number>((all, one) => all + (one ?? 0), 0);

describe("the samples of a server", () => {
  it("are of all its processes, and tell what was done", async () => {
    // Samples and the counts of downloads are written each in their own time.
    await expect.poll(monitoring, { timeout: 30_000 }).toMatchObject({
      totals: { downloads: 5, uploads: 1, errors: 0 },
      active_models: { downloaded: 1 },
    });
    const { servers, operations, loads, series } = await monitoring();
    expect(servers.map(({ state }: { state: string }) => state)).toEqual(["live", "live"]);
    // One process of a machine runs the jobs.
    expect(servers.map(({ lanes }: { lanes: unknown[] }) => lanes.length > 0).sort()).toEqual([
      false,
      true,
    ]);
    const names = operations.map(({ operation }: { operation: string }) => operation);
    expect(names).toEqual(expect.arrayContaining(["register_model", "download_version"]));
    expect(loads).toMatchObject([{ framework: "pytorch", downloads: 5 }]);
    for (const name of ["rss_bytes", "heap_bytes", "cpu", "bytes_in", "bytes_out", "disk_bytes"])
      expect(sum(series[name]), name).toBeGreaterThan(0);
    const one = await monitoring(`?server=${encodeURIComponent(servers[0].name)}`);
    expect(sum(one.series.rss_bytes)).toBeLessThan(sum(series.rss_bytes));
  });

  it("refuse what is no range, no time and no server's name", async () => {
    for (const query of ["range=2h", "until=yesterday", `server=${"x".repeat(500)}`, "other=1"])
      expect((await api.get(`/api/v1/monitoring?${query}`)).status, query).toBe(400);
    const hostile = encodeURIComponent("'; drop table monitoring_sample; --");
    expect((await monitoring(`?server=${hostile}`)).totals.requests).toBe(0);
    expect((await monitoring("?until=0001-01-01T00:00:00Z")).totals.requests).toBe(0);
    expect((await monitoring("?until=9999-01-01T00:00:00Z")).totals.requests).toBeGreaterThan(0);
  });
});

describe("GET /metrics", () => {
  let text: string;
  beforeAll(async () => {
    text = await (await fetch(`${server.baseUrl}/metrics`)).text();
  });
  const run = (...args: string[]) => {
    const { status, stdout, stderr } = spawnSync(promtool, args, { encoding: "utf8", input: text });
    return { status, output: stdout + stderr };
  };
  const known = () => new Set(text.match(/^[a-z_][a-z0-9_]*/gm));

  it("has nothing to complain of, but three names of Node's that dashboards expect", () => {
    const { output } = run("check", "metrics");
    expect(output.match(/^\S+/gm)?.sort()).toEqual([
      "nodejs_active_handles_total",
      "nodejs_active_requests_total",
      "nodejs_active_resources_total",
    ]);
  });

  it("tells of downloads, uploads, load times, the queue, the pool and the disk, and of both processes", () => {
    expect(text).toMatch(/^model_registry_downloads_total\{framework="pytorch"\} 5$/m);
    expect(text).toMatch(/^model_registry_uploads_total 1$/m);
    expect(text).toMatch(/^model_registry_load_seconds_count\{framework="pytorch"\} 5$/m);
    expect(text).toMatch(/^model_registry_database_connections_limit 20$/m);
    for (const name of [
      "model_registry_disk_free_bytes",
      "model_registry_oldest_job_seconds",
      "model_registry_sent_bytes_total",
      "process_cpu_seconds_total",
      "process_resident_memory_bytes",
      "nodejs_eventloop_lag_p99_seconds",
    ])
      expect(known(), name).toContain(name);
  });

  it("has no label of a model, a user or an address", () => {
    expect(text).not.toMatch(/seen|ghost|127\.0\.0\.1/i);
  });

  it("has every metric that the rules and the dashboard ask for", async () => {
    const dashboard = JSON.parse(
      await readFile(join(DEPLOY, "grafana", "model-registry.json"), "utf8"),
    );
    const exprs: string[] = dashboard.panels.flatMap(
      ({ targets = [] }: { targets?: { expr: string }[] }) => targets.map(({ expr }) => expr),
    );
    expect(exprs.length).toBeGreaterThan(30);
    const asked = new Set(
      [...exprs, await readFile(RULES, "utf8"), JSON.stringify(dashboard.templating)]
        .join("\n")
        .match(/(?<![a-z_:.])(model_registry|process|nodejs)_[a-z0-9_]+(?=[{[\s)])/g),
    );
    expect(asked.size).toBeGreaterThan(25);
    expect([...asked].filter((name) => !known().has(name))).toEqual([]);
    // Prometheus' own parser reads every expression of the dashboard.
    const rules = exprs.map((expr, index) => ({
      record: `panel:expr:${index}`,
      expr: expr.replaceAll("$__rate_interval", "5m"),
    }));
    const file = join(await mkdtemp(join(tmpdir(), "dashboard-")), "rules.yml");
    await writeFile(file, stringify({ groups: [{ name: "dashboard", rules }] }));
    const checked = run("check", "rules", file);
    await rm(dirname(file), { recursive: true });
    expect(checked).toMatchObject({ status: 0 });
  });

  it("is what the rules fire by, as their own tests say", () => {
    expect(run("check", "config", join(DEPLOY, "prometheus", "prometheus.yml"))).toMatchObject({
      status: 0,
    });
    const { status, output } = run(
      "test",
      "rules",
      join(DEPLOY, "prometheus", "model-registry.rules.test.yml"),
    );
    expect(status, output).toBe(0);
  });
});

it("nothing of OpenTelemetry is loaded by the registry where no variable asks for it", async () => {
  await fetch(`${server.baseUrl}/`);
  // The empty API is asked for by two packages themselves, which get along without.
  const loaded = server.logs().match(/LOADED .*/g) ?? [];
  const byOthers =
    /^LOADED (next\/dist\/compiled\/)?@opentelemetry\/api BY \S+\/node_modules\/(next|prom-client)\//;
  expect(loaded.filter((line) => !byOthers.test(line))).toEqual([]);
});

describe("an alert that is measured opens once, and ends by itself:", () => {
  /** Subjects of the open alerts of a kind. */
  async function open(kind: string): Promise<string[]> {
    const { items } = (await api.get("/api/v1/alerts?open=true&limit=200")).body;
    return items
      .filter((alert: { kind: string }) => alert.kind === kind)
      .map(({ subject }: { subject: string }) => subject)
      .sort();
  }

  async function expectOnce(kind: string, subjects: string[], end = async () => {}) {
    await expect.poll(() => open(kind), PATIENCE).toEqual(subjects);
    const marks: { kind: string }[] = (await monitoring()).marks;
    expect(marks.map((mark) => mark.kind)).toContain(kind);
    await end();
    await expect.poll(() => open(kind), PATIENCE).toEqual([]);
    const { rows } = await client.query("select subject from alert where kind = $1", [kind]);
    expect(rows.map(({ subject }) => subject).sort()).toEqual(subjects);
  }

  async function register(name: string, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    const model = safetensors({ weight: { dtype: "U8", shape: [bytes.length], bytes } });
    const answer = await api.register({ name }, [{ path: "m.safetensors", bytes: model }]);
    expect(answer.status).toBe(201);
  }

  it("requests for a model that is not there", async () => {
    for (let turn = 0; turn < 15; turn += 1)
      await Promise.all([api.get("/api/v1/models/ghost"), api.get("/api/v1/models/ghost")]);
    await expectOnce("model_not_found", ["client:127.0.0.1", "model:ghost"]);
  });

  it("a small volume that fills up", async () => {
    await register("large", randomFillSync(new Uint8Array(40 * MEBIBYTE)));
    await expectOnce("disk_low", ["storage"], async () => {
      await api.send("DELETE", "/api/v1/models/large");
      await api.send("POST", "/api/v1/models/large/purge", {});
      // What nobody names any more is freed by a collection, once it is old enough.
      await client.query(
        "update blob set created_at = now() - interval '3 days', claimed_at = now() - interval '3 days'",
      );
      await api.send("POST", "/api/v1/storage/collections", {});
    });
  });

  it("a workload that misses the cache", async () => {
    const half = new Uint8Array(2 * MEBIBYTE);
    randomFillSync(half, 0, MEBIBYTE);
    await register("compressed", half);
    const version = "/api/v1/models/compressed/versions/latest";
    const share = async () => {
      const { body } = await api.get(version);
      return body.stored_bytes / body.size_bytes;
    };
    await expect.poll(share, PATIENCE).toBeLessThan(0.95);
    for (let turn = 0; turn < 15; turn += 1) await api.download(`${version}/files/m.safetensors`);
    await expectOnce("cache_degraded", ["cache"]);
  });

  it("a server that is killed; one that is told to end is none", async () => {
    const other = await startServer({ env: { ...SETTINGS, DATABASE_URL: database.url } });
    replica = other;
    const { port } = new URL(other.baseUrl);
    const find = async () => {
      const named = "select name from monitoring_server where name like $1";
      return (await client.query(named, [`%:${port}`])).rows;
    };
    await expect.poll(find, PATIENCE).toHaveLength(1);
    const rows = await find();
    await other.kill9();
    await expectOnce("replica_lost", [rows[0].name], () => other.restart());
    await other.terminate();
    const left = await client.query("select name from monitoring_server where left_at is not null");
    expect(left.rows).toEqual(rows);
  });
});
