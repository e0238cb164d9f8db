import { expect } from "@playwright/test";
import { tinyModel } from "../tests/support/model-files.ts";
import { RegistryClient } from "../tests/support/registry-client.ts";
import { uniquePrefix } from "./support/seed.ts";
import { test } from "./support/test.ts";
import { registerFiles } from "./support/versions.ts";

test("what curl changes appears on the model's page without a reload", async ({ page, server }) => {
  const api = new RegistryClient(server);
  const name = uniquePrefix("live");
  await registerFiles(server, { name }, { "m.safetensors": tinyModel(1) });
  await page.goto(`/models/${name}?tab=versions`);
  await expect(page.getByRole("link", { name: "1.0.0", exact: true }).first()).toBeVisible();
  await page.evaluate(() => document.body.setAttribute("data-not-reloaded", ""));

  await registerFiles(server, { name }, { "m.safetensors": tinyModel(2) });
  await expect(page.getByRole("link", { name: "1.0.1", exact: true }).first()).toBeVisible();
  await api.send("PUT", `/api/v1/models/${name}/aliases/champion`, { version: "1.0.0" });
  await expect(page.getByText("champion").first()).toBeVisible();
  expect(await page.locator("body[data-not-reloaded]").count()).toBe(1);
});

test("what curl changes appears on the version's page, and only what concerns it is asked for", async ({
  page,
  server,
}) => {
  const api = new RegistryClient(server);
  const [name, other] = [uniquePrefix("live"), uniquePrefix("other")];
  for (const model of [name, other]) {
    await registerFiles(server, { name: model }, { "m.safetensors": tinyModel() });
  }
  let refreshes = 0;
  page.on("request", (request) => {
    const headers = request.headers();
    const isPrefetch = headers["next-router-prefetch"] !== undefined;
    if (headers.rsc !== undefined && !isPrefetch) refreshes += 1;
  });
  await page.goto(`/models/${name}/versions/1.0.0`);
  // The one look after the page has connected.
  await expect.poll(() => refreshes).toBeGreaterThan(0);
  const before = refreshes;
  for (const description of ["a", "b", "c", "d", "e"]) {
    await api.send("PATCH", `/api/v1/models/${other}`, { description });
  }
  await api.send("PATCH", `/api/v1/models/${name}/versions/1.0.0`, {
    description: "Tuned by hand",
  });
  await expect(page.getByText("Tuned by hand")).toBeVisible();
  // One for the change of this model, one when things have settled.
  expect(refreshes - before).toBeLessThanOrEqual(2);
  await api.send("POST", `/api/v1/models/${name}/versions/1.0.0/stage`, { stage: "production" });
  await expect(page.getByRole("main").getByText("Production").first()).toBeVisible();
});
