import { execFileSync } from "node:child_process";
import { expect, test } from "@playwright/test";
import { expectAccessible, expectAccessibleEverywhere } from "./support/axe.ts";
import { registerModel, uniquePrefix } from "./support/seed.ts";

test("the reference shows every operation of the OpenAPI document", async ({ page, request }) => {
  const document = await (await request.get("/api/openapi.json")).json();
  const ids = Object.values<Record<string, { operationId: string }>>(document.paths)
    .flatMap((item) => Object.values(item))
    .map(({ operationId }) => operationId);
  expect(ids.length).toBeGreaterThan(20);
  await page.goto("/docs/api");
  const shown = await page
    .getByRole("article")
    .evaluateAll((articles) => articles.map((article) => article.id));
  expect(shown.sort()).toEqual(ids.sort());
});

test("the search narrows the operations and is in the address", async ({ page }) => {
  await page.goto("/docs/api");
  await page.getByRole("searchbox", { name: "Find an operation" }).fill("HISTORY list_alias");
  await expect(page.getByRole("article")).toHaveCount(1);
  await expect(page).toHaveURL(/q=HISTORY/);
  await page.reload();
  await expect(page.getByRole("article")).toHaveCount(1);
  await page.getByRole("searchbox").fill("nothing is called like this");
  await expect(page.getByRole("status").filter({ hasText: "No operation" })).toBeVisible();
});

test("the fields of a body open by keyboard", async ({ page }) => {
  await page.goto("/docs/api?q=register_model");
  const summary = page.getByRole("article").locator("summary").first();
  await summary.focus();
  await page.keyboard.press("Enter");
  const table = page.getByRole("table", { name: "register_model: multipart/form-data" });
  await expect(table.getByRole("rowheader", { name: /^file/ })).toContainText("required");
  await expectAccessible(page, "open fields");
});

test("the command of an operation works as it is", async ({ page, baseURL }) => {
  await registerModel(baseURL ?? "", uniquePrefix("docs"));
  await page.goto("/docs/api?q=list_models");
  const command = await page.getByRole("article").locator("pre").textContent();
  const answer = JSON.parse(execFileSync("sh", ["-ec", command ?? ""]).toString());
  expect(answer.total).toBeGreaterThan(0);
});

test("an error's type leads to the meaning of its code", async ({ page, request }) => {
  const problem = await (await request.get("/api/v1/models/no-such-model-anywhere")).json();
  expect(problem.type).toBe("/docs/api#error-model_not_found");
  await page.goto(problem.type);
  const row = page.locator(":target");
  await expect(row).toBeInViewport();
  await expect(row).toContainText("Model not found");
});

test("the page asks nobody but its own server", async ({ page, baseURL }) => {
  const elsewhere: string[] = [];
  page.on("request", (asked) => {
    const { protocol, origin } = new URL(asked.url());
    if (protocol.startsWith("http") && origin !== new URL(baseURL ?? "").origin)
      elsewhere.push(asked.url());
  });
  await page.goto("/docs/api", { waitUntil: "load" });
  await page.getByRole("searchbox", { name: "Find an operation" }).fill("alias");
  await expect(page).toHaveURL(/q=alias/);
  // Whatever a library would fetch late.
  await page.waitForTimeout(1_000);
  expect(elsewhere).toEqual([]);
});

test("the reference has no accessibility faults and fits every screen", async ({
  page,
  baseURL,
}) => {
  test.slow();
  await page.goto("/docs/api");
  await expectAccessible(page, "all operations");
  // Every kind of part, a few times: axe takes long over a page of thousands of elements.
  await expectAccessibleEverywhere(page, baseURL ?? "", "/docs/api?q=alias");
});
