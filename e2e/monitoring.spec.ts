import { expect, type Page, test } from "@playwright/test";
import pg from "pg";
import { type RunningServer, startServer } from "../tests/support/server.ts";
import { expectAccessible, expectAccessibleEverywhere } from "./support/axe.ts";
import { type CuttableDatabase, startCuttableDatabase } from "./support/database.ts";

/** As long as a name of a host can be in practice. */
const SERVERS = ["gpu-node-17.training.cluster.example.org:8080/0", "b:8080"];

let database: CuttableDatabase;
let server: RunningServer;
let client: pg.Client;
test.beforeAll(async () => {
  database = await startCuttableDatabase();
  server = await startServer({
    env: { DATABASE_URL: database.url, MODEL_REGISTRY_MONITORING__SAMPLE_INTERVAL: "15s" },
  });
  client = new pg.Client({ connectionString: database.url });
  client.on("error", () => undefined);
  await client.connect();
});
test.afterAll(async () => {
  await client.end();
  await server.stop();
  await database.stop();
});
test.beforeEach(async () => {
  await client.query("truncate monitoring_sample, alert cascade");
});

/** Samples of both servers, every `step`, of the last `count` steps but those in `gap`. */
async function seed(tier: number, step: string, count: number, gap = [-1, -1]) {
  const from = `from generate_series(1, ${count}) as n, unnest($1::text[]) as server
    where n not between ${gap[0]} and ${gap[1]} on conflict do nothing`;
  const at = `date_bin('${step}', now(), 'epoch') - n * interval '${step}'`;
  const length = `extract(epoch from interval '${step}')`;
  await client.query(
    `insert into monitoring_sample (tier, at, server, seconds, requests, client_errors, server_errors, downloads,
       download_bytes, cache_hits, cache_misses, cpu_seconds, loop_delay, rss_bytes, heap_bytes, pool_used, pool_size,
       pool_waiting, operations, loads)
     select ${tier}, ${at}, server, ${length}, 50, 2, 1, 3, 3e8, 8, 2, 1, 0.02, 3e8, 1e8, 3, 10, 0,
       '{"get_model": {"n": 40, "s": 1, "c": 2, "2": 40}, "list_models": {"n": 10, "s": 2, "f": 1, "6": 10}}',
       '{"pytorch": {"n": 2, "s": 4, "8": 2}, "onnx": {"n": 1, "s": 0.2, "5": 1}}' ${from}`,
    [SERVERS],
  );
  await client.query(
    `insert into monitoring_server (name, version, node, pid, started_at, last_seen_at)
     select name, '0.1.0', '24.21.0', 1, now() - interval '3 days', now() from unnest($1::text[]) as name
     on conflict (name) do update set last_seen_at = now()`,
    [SERVERS],
  );
  await client.query(
    `insert into monitoring_sample (tier, at, server, jobs_waiting, jobs_running, jobs_failed, oldest_job, open_uploads,
       stored_bytes, disk_bytes, disk_used)
     select ${tier}, ${at}, server, 2, 1, 0, 30, 1, 4e11, 1e12, 6e11 - n * 1e6 ${from}`,
    [[""]],
  );
}

/** The server goes on measuring; meanwhile nothing of it is kept. */
async function withoutSamples(work: () => Promise<void>) {
  await client.query(`
    create function keep_nothing() returns trigger language plpgsql as 'begin return null; end';
    create trigger keep_nothing before insert on monitoring_sample for each row execute function keep_nothing();
    truncate monitoring_sample`);
  await work();
  await client.query("drop function keep_nothing() cascade");
}

const open = (page: Page, query = "") => page.goto(`${server.baseUrl}/monitoring${query}`);
const chart = (page: Page, name: string | RegExp) => page.getByRole("img", { name });

test("a registry that has measured nothing yet says so, without empty charts", async ({ page }) => {
  await withoutSamples(async () => {
    await open(page);
    await expect(page.getByRole("heading", { name: "Measuring has just begun" })).toBeVisible();
    await expect(page.getByRole("img")).toHaveCount(0);
    await expectAccessible(page, "a page without samples");
  });
});

test("every chart has a table, in which what was not measured is no zero", async ({ page }) => {
  await seed(0, "10 s", 350, [60, 130]);
  await open(page);
  await expect(chart(page, /^Requests by operation/)).toBeVisible();
  // Each line is interrupted: more than one stretch of it is drawn.
  const path = chart(page, /^Memory/)
    .locator("path.recharts-line-curve")
    .first();
  await expect.poll(async () => ((await path.getAttribute("d")) ?? "").match(/M/g)?.length).toBe(2);
  for (const name of [
    "Load time by framework",
    "Downloads and uploads",
    "Cache hit rate",
    "Requests by operation",
    "Errors",
    "Durations",
    "In progress",
    "Queue",
    "Age of the queue",
    "Disk",
    "Event-loop delay",
    "Memory",
    "Processor",
    "Database connections",
  ]) {
    await page.getByRole("button", { name: `${name}: Table`, exact: true }).click();
    const rows = page.getByRole("region", { name, exact: true }).getByRole("row");
    await expect(rows.first()).toBeVisible();
    expect(await rows.count()).toBe(121);
  }
  const memory = page.getByRole("region", { name: "Memory", exact: true });
  await expect(memory.getByText("not measured").first()).toBeVisible();
  await expect(memory.getByRole("cell", { name: "572 MiB" }).first()).toBeVisible();
  await page.getByRole("button", { name: "Memory: Chart" }).click();
  await expect(chart(page, /^Memory/)).toBeVisible();
});

test("range, server and moment are in the address, and the alert leads to its hour", async ({
  page,
}) => {
  await seed(0, "10 s", 700);
  await client.query(
    "insert into alert (kind, severity, subject, opened_at) values ('disk_low', 'critical', 'storage', now() - interval '90 min')",
  );
  await open(page);
  await page.getByText("6 h", { exact: true }).click();
  await expect(page).toHaveURL(/range=6h/);
  const alerts = page.getByText("Disk space low: storage");
  await expect(alerts).toBeVisible();
  await expect(chart(page, /^Disk, now/).locator(".recharts-reference-line-line")).toHaveCount(1);
  await page.getByRole("combobox", { name: "Server" }).selectOption("b:8080");
  await expect(page).toHaveURL(/server=b%3A8080|server=b:8080/);
  await expect(chart(page, /^Memory, now: In all 286 MiB/)).toBeVisible();
  await page.getByRole("button", { name: "Disk space low: storage: Show the charts" }).click();
  await expect(page).toHaveURL(/until=/);
  await expect(page.getByText(/^These charts end at/)).toBeVisible();
  await page.reload();
  await expect(page.getByText(/^These charts end at/)).toBeVisible();
  await expect(chart(page, /^Disk, now/).locator(".recharts-reference-line-line")).toHaveCount(1);
  await page.getByRole("button", { name: "Back to now" }).click();
  await expect(page).not.toHaveURL(/until=/);
});

test("the page follows the samples, until it is paused; a lost server is told", async ({
  page,
}) => {
  await seed(0, "10 s", 30);
  await open(page);
  await expect(page.getByText("Live")).toBeVisible();
  const waiting = page.getByRole("listitem").filter({ hasText: "Jobs waiting" });
  // Again and again, since the server itself measures meanwhile.
  await expect(async () => {
    await client.query("update monitoring_sample set jobs_waiting = 41 where server = ''");
    await expect(waiting).toContainText("41", { timeout: 1_000 });
  }).toPass({ timeout: 30_000 });
  await page.getByRole("button", { name: "Pause live updates" }).click();
  await expect(page.getByText("Paused")).toBeVisible();
  await page.getByRole("button", { name: "Resume live updates" }).click();
  await client.query(
    `insert into monitoring_server (name, version, node, pid, started_at, last_seen_at)
     values ('gone:8080', '0.1.0', '24', 1, now(), now() - interval '50 s')`,
  );
  await expect(page.getByRole("row", { name: /gone:8080 Lost/ })).toBeVisible({ timeout: 30_000 });
  await client.query("delete from monitoring_server where name = 'gone:8080'");
});

test("ninety days are read and drawn at once, by keyboard and for everybody", async ({ page }) => {
  await seed(2, "1 h", 90 * 24);
  await seed(1, "5 min", 288);
  await seed(0, "10 s", 360);
  await client.query("analyze monitoring_sample");
  await open(page, "?range=90d");
  await expect(chart(page, /^Durations, now/)).toBeVisible();
  await expect(page.getByRole("radio", { name: "90 days" })).toBeChecked();
  await page.getByRole("radio", { name: "90 days" }).focus();
  await page.keyboard.press("ArrowLeft");
  await expect(page).toHaveURL(/range=30d/);
  await expectAccessibleEverywhere(page, server.baseUrl, `${server.baseUrl}/monitoring`, (at) =>
    expect(at.getByRole("img").first()).toBeVisible(),
  );
});

test("the page is reached by the navigation", async ({ page }) => {
  await page.goto(`${server.baseUrl}/`);
  await page.getByRole("link", { name: "Monitoring" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Monitoring" })).toBeVisible();
});
