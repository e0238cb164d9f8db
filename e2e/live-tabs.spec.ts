import { expect } from "@playwright/test";
import { tinyModel } from "../tests/support/model-files.ts";
import { RegistryClient } from "../tests/support/registry-client.ts";
import { uniquePrefix } from "./support/seed.ts";
import { test } from "./support/test.ts";
import { registerFiles } from "./support/versions.ts";

/** More than the six connections to a server that browsers allow for all tabs together. */
const TABS = 8;

test("eight tabs load, and all of them show a change", async ({ page, context, server }) => {
  const api = new RegistryClient(server);
  const name = uniquePrefix("tabs");
  await registerFiles(server, { name }, { "m.safetensors": tinyModel() });
  const tabs = [page];
  while (tabs.length < TABS) tabs.push(await context.newPage());
  for (const tab of tabs) {
    await tab.goto(`/models/${name}/versions/1.0.0`);
    await expect(tab.getByRole("heading", { level: 1 })).toHaveText("1.0.0");
  }
  await api.send("PATCH", `/api/v1/models/${name}/versions/1.0.0`, { description: "Seen by all" });
  for (const tab of tabs) await expect(tab.getByText("Seen by all")).toBeVisible();

  // The tab that opened the connection may go; the others still hear.
  await page.close();
  await api.send("PATCH", `/api/v1/models/${name}/versions/1.0.0`, { description: "And again" });
  for (const tab of tabs.slice(1)) await expect(tab.getByText("And again")).toBeVisible();
});

test("a browser without shared workers follows changes all the same", async ({ page, server }) => {
  const api = new RegistryClient(server);
  const name = uniquePrefix("no-worker");
  await registerFiles(server, { name }, { "m.safetensors": tinyModel() });
  await page.addInitScript(() => Reflect.deleteProperty(window, "SharedWorker"));
  await page.goto(`/models/${name}/versions/1.0.0`);
  await api.send("PATCH", `/api/v1/models/${name}/versions/1.0.0`, { description: "Heard alone" });
  await expect(page.getByText("Heard alone")).toBeVisible();
});
