import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "@playwright/test";
import { type RunningServer, startServer } from "../tests/support/server.ts";
import { expectAccessibleEverywhere } from "./support/axe.ts";

/** A product of its own: the shared one is never empty. */
let server: RunningServer;
test.describe.configure({ mode: "serial" });
test.beforeAll(async () => {
  server = await startServer();
});
test.afterAll(() => server.stop());

test("an empty registry has no accessibility faults", async ({ page }) => {
  test.slow();
  const { baseUrl } = server;
  await expectAccessibleEverywhere(page, baseUrl, `${baseUrl}/`, (ready) =>
    expect(ready.getByRole("heading", { level: 2 })).toBeVisible(),
  );
});

test("its commands work as they are, and the page shows their model by itself", async ({
  page,
}) => {
  await page.goto(`${server.baseUrl}/`);
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
