import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test as base, expect, type Page } from "@playwright/test";
import { type RunningServer, startServer } from "../tests/support/server.ts";
import { expectAccessible, expectAccessibleEverywhere } from "./support/axe.ts";
import { registerModel, uniquePrefix } from "./support/seed.ts";

/**
 * A product of its own: it begins empty, and the newest versions and the sums are not those of other
 * journeys. The tests build on each other, in this order.
 */
const test = base.extend<object, { product: RunningServer }>({
  product: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads what a fixture needs from the pattern
    async ({}, use) => {
      const server = await startServer();
      await use(server);
      await server.stop();
    },
    { scope: "worker", timeout: 180_000 },
  ],
  baseURL: async ({ product }, use) => use(product.baseUrl),
});
test.describe.configure({ mode: "serial" });

const prefix = uniquePrefix("overview");

/** The tile's number as the page shows it. */
const tile = (page: Page, label: string) =>
  page.getByRole("region", { name: "Totals" }).getByRole("link", { name: new RegExp(`^${label}`) });
const isLive = (page: Page) => expect(page.getByText("Live", { exact: true })).toBeVisible();

test("an empty registry has no accessibility faults", async ({ page, baseURL }) => {
  test.slow();
  await expectAccessibleEverywhere(page, baseURL ?? "", "/", (ready) =>
    expect(ready.getByRole("heading", { level: 2 })).toBeVisible(),
  );
});

test("its commands work as they are, and the page shows their model by itself", async ({
  page,
}) => {
  await page.goto("/");
  await expect(page.getByRole("heading", { name: "Your first model in a minute" })).toBeVisible();
  await expect(page.getByText("Live", { exact: true })).toBeVisible();
  const commands = await page.locator("pre").allTextContents();
  expect(commands).toHaveLength(2);
  const folder = mkdtempSync(join(tmpdir(), "first-model-"));
  try {
    const output = execFileSync("sh", ["-ec", commands.join("\n")], { cwd: folder });
    expect(JSON.parse(output.toString())).toMatchObject({ model: "my-model", version: "1.0.0" });
  } finally {
    rmSync(folder, { recursive: true });
  }
  await expect(page.getByRole("link", { name: "my-model 1.0.0" })).toBeVisible();
});

test("what curl registers, downloads and promotes appears without a reload", async ({
  page,
  baseURL,
}) => {
  await page.goto("/");
  await isLive(page);
  await page.evaluate(() => document.body.setAttribute("data-not-reloaded", ""));
  const name = `${prefix}-live`;

  await registerModel(baseURL ?? "", name, { elements: 1234 });
  await expect(page.getByRole("link", { name: `${name} 1.0.0` })).toBeVisible();

  const version = `/api/v1/models/${name}/versions/1.0.0`;
  const stageBadge = page.getByRole("listitem").filter({ hasText: `${name} 1.0.0` });
  await fetch(`${baseURL}${version}/stage`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ stage: "production" }),
  });
  await expect(stageBadge.getByText("Production")).toBeVisible();

  for (let index = 0; index < 3; index += 1) {
    const download = await fetch(`${baseURL}${version}/download`);
    await download.arrayBuffer();
  }
  await expect(
    page.getByRole("listitem").filter({ hasText: name }).getByText("3 downloads"),
  ).toBeVisible();
  expect(await page.locator("body[data-not-reloaded]").count()).toBe(1);
});

test("paused, the page stands still; resumed, it shows what happened meanwhile", async ({
  page,
  baseURL,
}) => {
  await page.goto("/");
  await isLive(page);
  await page.getByRole("button", { name: "Pause live updates" }).click();
  await expect(page.getByText("Paused", { exact: true })).toBeVisible();
  // What was gathered before the pause has been asked for by then.
  await page.waitForTimeout(500);
  const name = `${prefix}-paused`;
  await registerModel(baseURL ?? "", name);
  await page.waitForTimeout(3_000);
  await expect(page.getByRole("link", { name: `${name} 1.0.0` })).toHaveCount(0);
  await page.getByRole("button", { name: "Resume live updates" }).click();
  await expect(page.getByRole("link", { name: `${name} 1.0.0` })).toBeVisible();
});

test("a lost connection is said, and its return brings what was missed", async ({
  page,
  context,
  baseURL,
}) => {
  await page.goto("/");
  await isLive(page);
  await context.setOffline(true);
  await page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
  await expect(page.getByText("Reconnecting…")).toBeVisible();
  const name = `${prefix}-offline`;
  await registerModel(baseURL ?? "", name);
  await context.setOffline(false);
  await isLive(page);
  await expect(page.getByRole("link", { name: `${name} 1.0.0` })).toBeVisible();
});

test("each tile opens the list behind its number", async ({ page, baseURL }) => {
  await registerModel(baseURL ?? "", `${prefix}-trash`);
  await fetch(`${baseURL}/api/v1/models/${prefix}-trash`, { method: "DELETE" });
  await page.goto("/");
  const open = async (label: string, address: RegExp) => {
    await tile(page, label).click();
    await expect(page).toHaveURL(address);
    await page.goBack();
    await expect(page.getByRole("heading", { level: 1, name: "Overview" })).toBeVisible();
  };
  await open("Models", /\/models$/);
  await open("Versions", /\/storage#models$/);
  await open("In production", /\/models\?stage=production$/);
  await open("Not clean", /\/findings$/);
  await open("Downloads", /\/models\?sort=-downloads$/);
  await open("Stored", /\/storage$/);
  await open("Disk left", /\/storage$/);
  await tile(page, "In the trash").click();
  await expect(page.getByText(`${prefix}-trash`)).toBeVisible();
});

test("the numbers are those of the interface", async ({ page, request }) => {
  await page.goto("/");
  await isLive(page);
  const answer = await request.get("/api/v1/stats");
  const stats = await answer.json();
  await expect(tile(page, "Models")).toContainText(String(stats.models));
  await expect(tile(page, "Versions")).toContainText(String(stats.versions));
  await expect(tile(page, "In the trash")).toContainText(String(stats.in_trash));
  await expect(tile(page, "Not clean")).toContainText(String(stats.versions_not_clean));
});

test("the time range is in the address, and the table tells what the bars show", async ({
  page,
  request,
}) => {
  await page.goto("/");
  await isLive(page);
  await page.getByText("24 hours", { exact: true }).click();
  await expect(page).toHaveURL(/range=24h/);
  await page.reload();
  await expect(page.getByRole("radio", { name: "24 hours" })).toBeChecked();
  const chart = page.getByRole("img", { name: /^Registrations over the last 24 hours/ });
  await expect(chart.locator("svg .recharts-bar-rectangle path").first()).toBeVisible();

  await page.getByRole("button", { name: "Registrations: Table" }).click();
  const rows = page.getByRole("region", { name: "Registrations" }).locator("tbody tr");
  const stats = await (await request.get("/api/v1/stats?range=24h")).json();
  await expect(rows).toHaveCount(stats.series.length);
  await expect(rows.first().getByRole("cell")).toHaveText(
    String(stats.series.at(-1).registrations),
  );
  await page.getByRole("button", { name: "Registrations: Chart" }).click();
  await expect(chart).toBeVisible();
});

test("a framework's row opens its models", async ({ page }) => {
  await page.goto("/");
  await page
    .getByRole("row", { name: /safetensors/ })
    .getByRole("link")
    .click();
  await expect(page).toHaveURL(/\/models\?framework=safetensors/);
});

test("the overview has no accessibility faults and fits every screen", async ({
  page,
  baseURL,
}) => {
  test.slow();
  await expectAccessibleEverywhere(page, baseURL ?? "", "/", (ready) =>
    expect(ready.locator("svg .recharts-bar-rectangle path").first()).toBeVisible(),
  );
  await page
    .getByRole("button", { name: /Tabela$/ })
    .first()
    .click();
  await expectAccessible(page, "table behind a chart");
});
