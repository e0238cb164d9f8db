import { expect, test } from "@playwright/test";
import { type RunningServer, startServer } from "../tests/support/server.ts";
import { expectAccessible } from "./support/axe.ts";

let server: RunningServer;
test.beforeAll(async () => {
  server = await startServer({ env: { MODEL_REGISTRY_API__HOST: "0.0.0.0" } });
});
test.afterAll(() => server.stop());

test("a server open to the network says so until it is dismissed, for this browser session only", async ({
  page,
  browser,
}) => {
  await page.goto(`${server.baseUrl}/trash`);
  const notice = page.getByRole("region", { name: "Security notice" });
  await expect(notice).toContainText("whoever reaches it can read, change and delete everything");
  await expectAccessible(page, "notice");
  await notice.getByRole("button").click();
  await expect(notice).toHaveCount(0);
  await page.goto(`${server.baseUrl}/models`);
  await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
  await expect(notice).toHaveCount(0);
  const [cookie] = (await page.context().cookies()).filter(({ name }) => name === "open-banner");
  expect(cookie?.expires).toBe(-1);

  const other = await (await browser.newContext()).newPage();
  await other.goto(`${server.baseUrl}/trash`);
  await expect(other.getByRole("region", { name: "Security notice" })).toBeVisible();
  await other.context().close();
});

test("an empty list says how the first model gets in, in the browser and by curl", async ({
  page,
}) => {
  await page.goto(`${server.baseUrl}/models`);
  await expect(page.getByRole("heading", { name: "No models yet" })).toBeVisible();
  await expect(page.getByText(`curl -X POST ${server.baseUrl}/models`)).toBeVisible();
  await expectAccessible(page, "empty list");
  await expect(page.getByRole("link", { name: "Register a model" })).toHaveAttribute(
    "href",
    "/register",
  );
  await page.goto(`${server.baseUrl}/trash`);
  await expect(page.getByRole("heading", { name: "The trash is empty" })).toBeVisible();
  await expectAccessible(page, "empty trash");
});
