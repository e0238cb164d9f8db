import { expect, type Page, test } from "@playwright/test";
import pg from "pg";
import { tinyModel } from "../tests/support/model-files.ts";
import { RegistryClient } from "../tests/support/registry-client.ts";
import { type RunningServer, startServer } from "../tests/support/server.ts";
import { PAYLOAD, UNKNOWN } from "../tests/support/verdict-files.ts";
import { expectAccessible, expectAccessibleEverywhere } from "./support/axe.ts";
import { type CuttableDatabase, startCuttableDatabase } from "./support/database.ts";
import { messages } from "./support/messages.ts";
import { registerFiles } from "./support/versions.ts";

/** As long as names and paths may be, without a place to break them. */
const LONG = `long-${"x".repeat(120)}`;

let database: CuttableDatabase;
let server: RunningServer;
let api: RegistryClient;
let client: pg.Client;
test.describe.configure({ mode: "serial" });
test.beforeAll(async () => {
  database = await startCuttableDatabase();
  server = await startServer({ env: { DATABASE_URL: database.url } });
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

const open = (page: Page, query = "") => page.goto(`${server.baseUrl}/findings${query}`);
const table = (page: Page) => page.getByRole("table", { name: "Findings" });
const rows = (page: Page) => table(page).getByRole("row");
const register = (name: string, files: Record<string, Uint8Array<ArrayBuffer> | string>) =>
  registerFiles(server.baseUrl, { name }, files);

test("a registry that is clean says so, and so does one without models", async ({ page }) => {
  await open(page);
  await expect(page.getByRole("heading", { name: "Every version is clean" })).toBeVisible();
  await expectAccessible(page, "an empty page of findings");
  await register("clean", { "model.safetensors": tinyModel(1) });
  await open(page);
  await expect(page.getByRole("heading", { name: "Every version is clean" })).toBeVisible();
});

test("what is not clean comes by itself, is counted by the overview and leads to its version", async ({
  page,
}) => {
  await open(page);
  await register("harmful", { "model.pkl": PAYLOAD });
  await register("odd", { "weights.bin": UNKNOWN });
  // Nobody loads the page again.
  await expect(rows(page)).toHaveCount(3);
  await page.goto(server.baseUrl);
  const tile = page.getByRole("link", { name: /^Not clean/ });
  await expect(tile).toContainText("2");
  await tile.click();
  await expect(page).toHaveURL(/\/findings$/);
  const row = rows(page).filter({ hasText: "harmful" });
  await expect(row).toContainText("Malicious");
  await expect(row).toContainText("names os.system, a way to start programs");
  await expect(row).toContainText("model.pkl");
  await row.getByRole("link", { name: "harmful 1.0.0" }).click();
  await expect(page).toHaveURL(/\/models\/harmful\/versions\/1\.0\.0$/);
  await page
    .getByRole("navigation", { name: "Main" })
    .getByRole("link", { name: "Findings" })
    .click();
  await expect(rows(page)).toHaveCount(3);
});

test("the verdict and a text choose what is listed, and are in the address", async ({ page }) => {
  await open(page);
  await page.getByLabel("Verdict", { exact: true }).selectOption("Suspicious");
  await expect(page).toHaveURL(/\?verdict=suspicious$/);
  await expect(rows(page)).toHaveCount(2);
  await expect(table(page)).toContainText("odd");
  await page.getByLabel("Search findings").fill("OS.system");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/verdict=suspicious&query=OS\.system$/);
  await expect(page.getByText("No version matches.")).toBeVisible();
  await page.getByLabel("Verdict", { exact: true }).selectOption("All verdicts");
  await expect(rows(page)).toHaveCount(2);
  await expect(table(page)).toContainText("harmful");
  await page.getByRole("link", { name: "Clear" }).click();
  await expect(page).toHaveURL(/\/findings$/);
  await expect(page.getByLabel("Search findings")).toHaveValue("");
  await expect(rows(page)).toHaveCount(3);
  await open(page, "?verdict=clean&query=%00&cursor=old");
  await expect(page).toHaveURL(/\/findings$/);
  await expect(rows(page)).toHaveCount(3);
});

test("an administrator has everything scanned again, and sees how far it is", async ({ page }) => {
  await client.query(
    "update version set verdict = 'clean', findings = '[]', rules_version = 0 where verdict = 'malicious'",
  );
  await client.query("update file set verdict = 'clean' where verdict = 'malicious'");
  await open(page);
  await expect(rows(page)).toHaveCount(2);
  await page.getByRole("button", { name: "Scan all again" }).click();
  const question = page.getByRole("alertdialog");
  await expect(question).toContainText("read again in the background");
  await expectAccessible(page, "the question before a rescan");
  await question.getByRole("button", { name: "Scan again" }).click();
  await expect(messages(page)).toContainText("The rescan has begun");
  await expect(rows(page)).toHaveCount(3);
  await expect(rows(page).filter({ hasText: "harmful" })).toContainText("Malicious");
  await page.goto(`${server.baseUrl}/operations?kind=rescan`);
  const operations = page.getByRole("table", { name: "Operations" });
  await expect(operations).toContainText("3 of 3 versions, 1 judged worse");
  await page.goto(`${server.baseUrl}/models/harmful?tab=activity`);
  await expect(page.getByText("from Clean to Malicious")).toBeVisible();
});

test("a rescan that waits or runs is named with a link, and no second one is offered", async ({
  page,
}) => {
  await client.query(
    `insert into operation (kind, subject, state, progress, actor, actor_id)
     values ('rescan', 'rules:99', 'queued', '{}', 'system', 'system')`,
  );
  await open(page);
  await expect(page.getByText("A rescan is under way.")).toBeVisible();
  await expect(page.getByRole("button", { name: "Scan all again" })).toHaveCount(0);
  await page.getByRole("link", { name: "Its progress" }).click();
  await expect(page.getByRole("table", { name: "Operations" })).toContainText(
    "Rules 99 of the scan",
  );
  await client.query("delete from operation where subject = 'rules:99'");
});

test("many are shown page by page", async ({ page }) => {
  for (let made = 0; made < 50; made += 1)
    await register(`many-${made}`, { "model.pkl": `${PAYLOAD}${made}` });
  await open(page);
  await expect(rows(page)).toHaveCount(51);
  await page.getByRole("link", { name: "Next" }).click();
  await expect(page).toHaveURL(/cursor=/);
  await expect(rows(page)).toHaveCount(3);
  await page.getByRole("link", { name: "First page" }).click();
  await expect(rows(page)).toHaveCount(51);
});

test("the page is accessible in both themes and languages, on a desk and on a phone, with long names", async ({
  page,
}) => {
  const folder = `${"deep".repeat(50)}/${"y".repeat(100)}`;
  await register(LONG, {
    [`${folder}/model.pkl`]: PAYLOAD,
    "other.pkl": PAYLOAD,
    "a.bin": UNKNOWN,
  });
  await api.send("POST", `/api/v1/models/${LONG}/versions/1.0.0/stage`, {
    stage: "production",
    accept_risk: true,
    comment: "for the picture",
  });
  await api.send("PUT", `/api/v1/models/${LONG}/aliases/${"champion-".repeat(6)}`, {
    version: "1.0.0",
    accept_risk: true,
    comment: "for the picture",
  });
  await expectAccessibleEverywhere(page, server.baseUrl, `${server.baseUrl}/findings?query=1.0`);
});

test("a database that is away is an error that can be tried again", async ({ page }) => {
  await open(page);
  await expect(rows(page).first()).toBeVisible();
  database.cut();
  await open(page);
  await expect(page.getByRole("button", { name: "Try again" })).toBeVisible();
  database.mend();
});
