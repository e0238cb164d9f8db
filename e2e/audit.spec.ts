import { expect, type Page, test } from "@playwright/test";
import { tinyModel } from "../tests/support/model-files.ts";
import { RegistryClient } from "../tests/support/registry-client.ts";
import { type RunningServer, startServer } from "../tests/support/server.ts";
import { tamper } from "../tests/support/tamper.ts";
import { expectAccessible, expectAccessibleEverywhere } from "./support/axe.ts";
import { type CuttableDatabase, startCuttableDatabase } from "./support/database.ts";
import { messages } from "./support/messages.ts";
import { registerFiles } from "./support/versions.ts";

let database: CuttableDatabase;
let server: RunningServer;
let api: RegistryClient;
test.beforeAll(async () => {
  database = await startCuttableDatabase();
  server = await startServer({ env: { DATABASE_URL: database.url } });
  api = new RegistryClient(server.baseUrl);
});
test.afterAll(async () => {
  await server.stop();
  await database.stop();
});

const open = (page: Page, query = "") => page.goto(`${server.baseUrl}/audit${query}`);
const table = (page: Page) => page.getByRole("table", { name: "Audit log" });
const LONG = `${"very-long-name-".repeat(8)}end`;

test("an empty log says so", async ({ page }) => {
  await open(page);
  await expect(page.getByRole("heading", { name: "Nothing has happened yet" })).toBeVisible();
  await expectAccessible(page, "an empty log");
});

test("a change is found by the navigation and the filters, and shows what it changed", async ({
  page,
}) => {
  await registerFiles(
    server.baseUrl,
    { name: "audited", description: "old text" },
    { "m.safetensors": tinyModel() },
  );
  await api.send("PATCH", "/api/v1/models/audited", {
    description: "new text",
    tags: { team: "vision" },
  });
  await page.goto(server.baseUrl);
  await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Audit" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Audit log" })).toBeVisible();
  await expect(table(page).getByRole("row")).toHaveCount(4);
  // By keyboard alone.
  await page.getByText("Filters", { exact: true }).focus();
  await page.keyboard.press("Enter");
  await page.getByLabel("Action", { exact: true }).selectOption("Model edited");
  await page.getByLabel("Model", { exact: true }).fill("AUDITED");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/\/audit\?action=model\.updated&model=AUDITED$/);
  const row = table(page).getByRole("row").nth(1);
  await expect(table(page).getByRole("row")).toHaveCount(2);
  await row.getByText("description, tags.team").click();
  await expect(row).toContainText("old text");
  await expect(row).toContainText("new text");
  await expect(row).toContainText("tags.team");
  await expect(row).toContainText("nothing");
  await expectAccessible(page, "an opened entry");
  await page.getByRole("link", { name: "Clear all filters" }).click();
  await expect(table(page).getByRole("row")).toHaveCount(4);
  await page.goBack();
  await expect(page.getByLabel("Model", { exact: true })).toHaveValue("AUDITED");
  await page.getByLabel("Actor", { exact: true }).fill("nobody");
  await page.getByRole("button", { name: "Apply" }).click();
  await expect(page.getByText("No entry matches.")).toBeVisible();
});

test("times are filtered in the reader's zone", async ({ browser }) => {
  const context = await browser.newContext({ timezoneId: "America/Sao_Paulo", locale: "en-US" });
  const page = await context.newPage();
  await open(page);
  await page.getByText("Filters", { exact: true }).click();
  await page.getByLabel("From", { exact: true }).fill("2999-01-01T09:00");
  await page.getByRole("button", { name: "Apply" }).click();
  await expect(page).toHaveURL(/since=2999-01-01T12%3A00%3A00\.000Z$/);
  await expect(page.getByText("No entry matches.")).toBeVisible();
  await expect(page.getByLabel("From", { exact: true })).toHaveValue("2999-01-01T09:00");
  await context.close();
});

test("downloads and their repeats are entries, and the whole log is exported as it is filtered", async ({
  page,
}) => {
  for (let at = 0; at < 3; at += 1)
    await api.download("/api/v1/models/audited/versions/1.0.0/files/m.safetensors");
  await expect
    .poll(async () => (await api.get("/api/v1/audit?action=version.downloaded")).body.total)
    .toBeGreaterThan(0);
  await open(page, "?action=version.downloaded");
  await expect(table(page)).toContainText("Downloaded");
  for (const [name, head] of [
    ["NDJSON", '{"id":'],
    ["CSV", "id,at,actor"],
  ] as const) {
    const waiting = page.waitForEvent("download");
    await page.getByRole("link", { name: `Export ${name}` }).click();
    const download = await waiting;
    expect(download.suggestedFilename()).toBe(`audit.${name.toLowerCase()}`);
    let text = "";
    for await (const chunk of await download.createReadStream()) text += chunk;
    expect(text.startsWith(head)).toBe(true);
    expect(text).toContain("version.downloaded");
    expect(text).not.toContain("model.created");
  }
});

test("the pager leads through a long log, and names of any length fit", async ({ page }) => {
  for (const name of [LONG, "short"])
    await registerFiles(server.baseUrl, { name }, { "m.safetensors": tinyModel(2) });
  for (let at = 0; at < 55; at += 1)
    await api.send("PATCH", "/api/v1/models/short", { description: `text ${at}` });
  await open(page, "?model=short");
  await expect(table(page).getByRole("row")).toHaveCount(51);
  await page.getByRole("link", { name: "Next" }).click();
  await expect(page).toHaveURL(/model=short&cursor=/);
  await expect(table(page).getByRole("row")).toHaveCount(8);
  await page.getByRole("link", { name: "First page" }).click();
  await expect(table(page).getByRole("row")).toHaveCount(51);
  await open(page, "?cursor=forged");
  await expect(page).toHaveURL(`${server.baseUrl}/audit`);
  await expectAccessibleEverywhere(page, server.baseUrl, `${server.baseUrl}/audit?model=${LONG}`);
});

test("the chain is verified when asked, and a change behind its back is named", async ({
  page,
}) => {
  await registerFiles(server.baseUrl, { name: "chained" }, { "m.safetensors": tinyModel(3) });
  await api.send("PATCH", "/api/v1/models/chained", { description: "x" });
  await open(page);
  const verify = async () => {
    await page.getByRole("button", { name: "Verify now" }).click();
    await expect(messages(page).getByText("Verification started").last()).toBeVisible();
  };
  const state = async () => (await api.get("/api/v1/audit/chain")).body;
  await expect.poll(async () => (await state()).waiting, { timeout: 30_000 }).toBe(0);
  await verify();
  await expect.poll(async () => (await state()).verification?.problem).toBeNull();
  await page.reload();
  await expect(page.getByText(/^Up to entry/).first()).toBeVisible();
  const { items } = (await api.get("/api/v1/audit?model=chained&action=model.updated")).body;
  const [{ id, seq }] = items;
  await tamper(database.url, `update audit set actor = 'somebody else' where id = ${id}`);
  await verify();
  await expect.poll(async () => (await state()).verification?.problem?.audit_id).toBe(id);
  await page.reload();
  await expect(page.getByRole("alert").filter({ hasText: "tampered" })).toContainText(
    `Entry ${id} at place ${seq} was changed`,
  );
  await expectAccessibleEverywhere(
    page,
    server.baseUrl,
    `${server.baseUrl}/audit?actor=somebody+else`,
  );
  const alerts = (await api.get("/api/v1/alerts")).body;
  expect(alerts.items).toMatchObject([{ kind: "audit_broken", severity: "critical" }]);
});
