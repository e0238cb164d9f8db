import { expect, type Page, test } from "@playwright/test";
import pg from "pg";
import { tinyModel } from "../tests/support/model-files.ts";
import { RegistryClient } from "../tests/support/registry-client.ts";
import { type RunningServer, startServer } from "../tests/support/server.ts";
import { expectAccessible, expectAccessibleEverywhere } from "./support/axe.ts";
import { type CuttableDatabase, startCuttableDatabase } from "./support/database.ts";
import { messages } from "./support/messages.ts";
import { uniquePrefix } from "./support/seed.ts";
import { registerFiles } from "./support/versions.ts";

let database: CuttableDatabase;
let server: RunningServer;
let api: RegistryClient;
let client: pg.Client;
test.beforeAll(async () => {
  database = await startCuttableDatabase();
  server = await startServer({
    env: {
      DATABASE_URL: database.url,
      // A verification takes longer than any journey.
      MODEL_REGISTRY_STORAGE__SCRUB_RATE: "1KB",
      MODEL_REGISTRY_STORAGE__COMPRESSION: "false",
    },
  });
  api = new RegistryClient(server.baseUrl);
  client = new pg.Client({ connectionString: database.url });
  client.on("error", () => undefined);
  await client.connect();
});
test.afterAll(async () => {
  await client.end();
  await server.stop();
  await database.stop();
});
test.afterEach(async () => {
  const { items } = (await api.get("/api/v1/operations")).body;
  for (const { id } of items) await api.send("POST", `/api/v1/operations/${id}/cancel`);
  const running = async () =>
    (await api.get("/api/v1/operations?kind=scrub&state=running")).body.total;
  await expect.poll(running).toBe(0);
  await client.query("truncate operation restart identity cascade");
});

const openOperations = (page: Page, query = "") =>
  page.goto(`${server.baseUrl}/operations${query}`);
const table = (page: Page) => page.getByRole("table", { name: "Operations" });

async function insert(row: { kind: string; state: string; error?: string; progress?: object }) {
  await client.query(
    `insert into operation (kind, state, error, progress, attempts, actor, actor_id, started_at, finished_at)
     values ($1, $2, $3, $4, 5, 'ana', 'user-ana', now() - interval '3725 s', now())`,
    [row.kind, row.state, row.error ?? null, JSON.stringify(row.progress ?? {})],
  );
}

async function startScrub(): Promise<string> {
  const name = uniquePrefix("slow");
  await registerFiles(server.baseUrl, { name }, { "model.safetensors": tinyModel(5, 20_000) });
  await api.send("POST", "/api/v1/storage/scrubs", { model: name });
  return name;
}

test("a registry in which nothing has run says so", async ({ page }) => {
  await openOperations(page);
  await expect(page.getByRole("heading", { name: "Nothing has run yet" })).toBeVisible();
  await expectAccessible(page, "an empty page of operations");
});

test("the page is reached by the navigation and from the storage, and filters by its address", async ({
  page,
}) => {
  await insert({ kind: "scrub", state: "failed", error: "the disk is away" });
  await insert({
    kind: "collection",
    state: "done",
    progress: { freed_blobs: 3, freed_bytes: 2048 },
  });
  await registerFiles(
    server.baseUrl,
    { name: uniquePrefix("any") },
    { "model.safetensors": tinyModel(1) },
  );
  await page.goto(`${server.baseUrl}/storage`);
  await page.getByRole("link", { name: "All verifications" }).click();
  await expect(page).toHaveURL(/\/operations\?kind=scrub$/);
  await expect(table(page).getByRole("row")).toHaveCount(2);
  await expect(table(page)).toContainText("the disk is away");
  await expect(table(page)).toContainText("1 hr 2 min");
  await page
    .getByRole("navigation", { name: "Main" })
    .getByRole("link", { name: "Operations" })
    .click();
  await expect(table(page).getByRole("row")).toHaveCount(3);
  await expect(table(page)).toContainText("3 blobs freed, 2 KiB");
  await page.getByLabel("State", { exact: true }).selectOption("Failed");
  await expect(page).toHaveURL(/\?state=failed$/);
  await expect(table(page).getByRole("row")).toHaveCount(2);
  await page.getByLabel("Operation", { exact: true }).selectOption("Collection");
  await expect(page).toHaveURL(/\?kind=collection&state=failed$/);
  await expect(page.getByText("No operation matches.")).toBeVisible();
  await page.goBack();
  await expect(table(page).getByRole("row")).toHaveCount(2);
});

test("a running operation is shown as it goes on, is cancelled after a question, and tried again", async ({
  page,
}) => {
  await openOperations(page);
  const name = await startScrub();
  const row = table(page).getByRole("row").filter({ hasText: name });
  // Nobody loads the page again.
  await expect(row).toContainText("Running");
  await row.getByRole("button", { name: /^Cancel/ }).click();
  const dialog = page.getByRole("alertdialog");
  await expect(dialog).toContainText("What it has done stays.");
  await expectAccessible(page, "the question before an operation is cancelled");
  await dialog.getByRole("button", { name: "Keep it" }).click();
  await expect(row).toContainText("Running");
  await row.getByRole("button", { name: /^Cancel/ }).click();
  await dialog.getByRole("button", { name: "Cancel operation" }).click();
  await expect(messages(page)).toContainText("cancellation requested");
  await expect(row).toContainText("Cancelled");
  await row.getByRole("button", { name: /^Try again/ }).click();
  await expect(messages(page)).toContainText("queued again");
  await expect(row).toContainText("Running");
});

test("an operation that cannot be queued again says why", async ({ page }) => {
  await insert({ kind: "scrub", state: "failed", error: "the disk is away" });
  const name = await startScrub();
  await openOperations(page, "?state=failed");
  await page.getByRole("button", { name: /^Try again/ }).click();
  await expect(messages(page)).toContainText("A scrub is running already");
  await openOperations(page);
  await expect(table(page).getByRole("row").filter({ hasText: name })).toContainText("Running");
});

test("many operations are shown page by page", async ({ page }) => {
  for (let count = 0; count < 51; count += 1) await insert({ kind: "collection", state: "done" });
  await openOperations(page, "?kind=collection");
  await expect(table(page).getByRole("row")).toHaveCount(51);
  await page.getByRole("link", { name: "Next" }).click();
  await expect(page).toHaveURL(/kind=collection&cursor=/);
  await expect(table(page).getByRole("row")).toHaveCount(2);
  await page.getByRole("link", { name: "First page" }).click();
  await expect(table(page).getByRole("row")).toHaveCount(51);
  await openOperations(page, "?cursor=old");
  await expect(page).toHaveURL(/\/operations$/);
});

test("the page is accessible in both themes and languages, on a desk and on a phone", async ({
  page,
}) => {
  test.slow();
  const error = `ENOSPC: no space left on device, write '/a/very/long/path/${"x".repeat(120)}'`;
  await insert({ kind: "scrub", state: "failed", error, progress: { blobs: 1, bytes: 5 } });
  await insert({ kind: "collection", state: "cancelled" });
  await insert({ kind: "reindex", state: "running", progress: { models: 3, versions: 4 } });
  await startScrub();
  await page.context().clearCookies();
  await expectAccessibleEverywhere(page, server.baseUrl, `${server.baseUrl}/operations`);
  await page.setViewportSize({ width: 390, height: 844 });
  await openOperations(page);
  await expect(page.getByText("ENOSPC")).toBeVisible();
  const widths = await page.evaluate(() => [
    document.documentElement.scrollWidth,
    document.documentElement.clientWidth,
  ]);
  expect(widths[0]).toBe(widths[1]);
});
