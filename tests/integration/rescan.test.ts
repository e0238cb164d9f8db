/** New rules of the scan on a real server: verdicts of before are made anew in the background, over a crash too. */
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { RULES_VERSION } from "../../lib/scan/rules-version.ts";
import { tinyModel } from "../support/model-files.ts";
import { createTestDatabase, type TestDatabase } from "../support/postgres.ts";
import { RegistryClient } from "../support/registry-client.ts";
import { type RunningServer, startServer } from "../support/server.ts";
import { PAYLOAD, UNKNOWN } from "../support/verdict-files.ts";

/** Enough that the server can be killed in the middle. */
const VERSIONS = 120;

let database: TestDatabase;
let server: RunningServer;
let api: RegistryClient;
let client: pg.Client;
beforeAll(async () => {
  database = await createTestDatabase("migrated");
  server = await startServer({
    env: { DATABASE_URL: database.url, MODEL_REGISTRY_STORAGE__COMPRESSION: "false" },
  });
  api = new RegistryClient(server.baseUrl);
  client = new pg.Client({ connectionString: database.url });
  await client.connect();
  const bytes = tinyModel(1);
  const first = await api.register({ name: "net" }, [{ path: "m.safetensors", bytes }]);
  const { digest } = first.body.files[0];
  for (let made = 1; made < VERSIONS - 2; made += 1) {
    const body = { files: [{ path: "m.safetensors", digest }], metadata: { made } };
    expect((await api.send("POST", "/api/v1/models/net/versions", body)).status).toBe(201);
  }
  await api.register({ name: "odd" }, [{ path: "weights.bin", bytes: UNKNOWN }]);
  await api.register({ name: "bad" }, [
    { path: "m.pkl", bytes: new TextEncoder().encode(PAYLOAD) },
  ]);
}, 240_000);
afterAll(async () => {
  await client.end();
  await server.stop();
  await database.drop();
});

const count = async (where: string): Promise<number> =>
  Number((await client.query(`select count(*) from version where ${where}`)).rows[0].count);
const rescans = async () => (await api.get("/api/v1/operations?kind=rescan")).body.items;
/** What every minute brings. */
const minute = () => client.query("select graphile_worker.add_job('schedule-maintenance', '{}')");

/** As older rules judged all of them: clean. */
async function judgeByOldRules(): Promise<void> {
  await client.query("update version set rules_version = 0, verdict = 'clean', findings = '[]'");
  await client.query("update file set verdict = 'clean'");
  await client.query("update model set verdict = 'clean'");
  await client.query("update alert set resolved_at = now(), settled_at = now()");
}

it("goes on where a killed server was, and holds back what older rules let out", async () => {
  await server.terminate();
  await judgeByOldRules();
  await server.restart();
  const file = "/api/v1/models/bad/versions/1.0.0/files/m.pkl";
  await minute();
  await expect
    .poll(() => count(`rules_version = ${RULES_VERSION}`), { timeout: 60_000, interval: 5 })
    .toBeGreaterThan(0);
  await server.kill9();
  const before = await count(`rules_version = ${RULES_VERSION}`);
  expect(before).toBeLessThan(VERSIONS);
  await server.restart();
  await expect
    .poll(async () => (await rescans())[0]?.state, { timeout: 120_000, interval: 100 })
    .toBe("done");
  expect(await count(`rules_version = ${RULES_VERSION}`)).toBe(VERSIONS);
  expect(await rescans()).toMatchObject([
    {
      subject: `rules:${RULES_VERSION}`,
      actor: "system",
      error: null,
      progress: { versions: VERSIONS, total_versions: VERSIONS },
    },
  ]);
  const refused = await api.get(file);
  expect(refused.status).toBe(403);
  expect(refused.body.code).toBe("version_quarantined");
  const { scan } = (await api.get("/api/v1/models/bad/versions/1.0.0")).body;
  expect(scan).toMatchObject({ verdict: "malicious", rules_version: RULES_VERSION });
  expect((await api.get("/api/v1/models/bad")).body.verdict).toBe("malicious");
  const audit = await api.get("/api/v1/audit?action=version.rescanned");
  expect(audit.body.items.map(({ model }: { model: string }) => model).sort()).toEqual([
    "bad",
    "odd",
  ]);
  const alerts = await api.get("/api/v1/alerts?kind=scan_finding&open=true");
  expect(alerts.body.total).toBe(2);
  // The next minutes find nothing to do.
  await minute();
  await expect
    .poll(async () =>
      Number(
        (
          await client.query(
            "select count(*) from graphile_worker.jobs where task_identifier = 'schedule-maintenance' and key is null",
          )
        ).rows[0].count,
      ),
    )
    .toBe(0);
  expect(await rescans()).toHaveLength(1);
}, 240_000);

it("is asked for by an administrator, one at a time", async () => {
  const start = (body: unknown) => api.send("POST", "/api/v1/operations", body);
  const started = await start({ kind: "rescan" });
  expect(started.status).toBe(202);
  expect(started.body).toMatchObject({ kind: "rescan", subject: null, actor: "anonymous" });
  expect((await start({ kind: "rescan" })).body).toMatchObject({ code: "run_in_progress" });
  for (const body of [{}, { kind: "scrub" }, { kind: "rescan", subject: "rules:9" }, [], null])
    expect((await start(body)).status, JSON.stringify(body)).toBe(400);
  await expect
    .poll(async () => (await rescans())[0], { timeout: 60_000, interval: 100 })
    .toMatchObject({ id: started.body.id, state: "done", progress: { worse: 0, better: 0 } });
});

describe("the list of findings", () => {
  it("has what is not clean, page by page", async () => {
    const first = await api.get("/api/v1/findings?limit=1");
    expect(first.body).toMatchObject({ total: 2, items: [{ model: "bad", verdict: "malicious" }] });
    expect(first.headers.get("link")).toContain('rel="next"');
    const second = await api.get(`/api/v1/findings?limit=1&cursor=${first.body.next_cursor}`);
    expect(second.body).toMatchObject({ next_cursor: null, items: [{ model: "odd" }] });
    const { versions_not_clean } = (await api.get("/api/v1/stats")).body;
    expect(versions_not_clean).toBe(2);
  });

  it.each([
    "verdict=clean",
    "verdict=x",
    "cursor=x",
    "limit=0",
    "other=1",
    `query=${"x".repeat(201)}`,
  ])("refuses %s", async (query) => {
    expect((await api.get(`/api/v1/findings?${query}`)).status).toBe(400);
  });
});

describe("a download of what is suspicious", () => {
  const path = "/api/v1/models/odd/versions/1.0.0";
  const downloads = async () =>
    (await api.get("/api/v1/audit?action=version.downloaded&model=odd")).body.items.map(
      ({ detail }: { detail: object }) => detail,
    );

  it("is written down with the verdict that was accepted and the reason", async () => {
    expect((await api.get(`${path}/files/weights.bin?comment=please`)).status).toBe(403);
    const reason = encodeURIComponent(" only in the sandbox ");
    for (const url of [
      `${path}/files/weights.bin?accept_risk=true&comment=${reason}`,
      `${path}/download?accept_risk=true`,
    ])
      expect((await api.download(url)).status).toBe(200);
    await expect.poll(async () => (await downloads()).length).toBe(2);
    const accepted = { file: "weights.bin", accepted_verdict: "suspicious" };
    expect(await downloads()).toMatchObject(
      expect.arrayContaining([
        expect.objectContaining({ ...accepted, comment: "only in the sandbox" }),
        expect.objectContaining(accepted),
      ]),
    );
    expect(
      (await api.get(`${path}/download?accept_risk=true&comment=${"x".repeat(2001)}`)).status,
    ).toBe(400);
  });
});
