import { expect, test } from "@playwright/test";
import { tinyModel } from "../tests/support/model-files.ts";
import { RegistryClient } from "../tests/support/registry-client.ts";
import { expectAccessibleEverywhere } from "./support/axe.ts";
import { messages } from "./support/messages.ts";
import { registerModel, uniquePrefix } from "./support/seed.ts";

test("a deleted model is found in the trash and restored with its versions", async ({
  page,
  baseURL,
}) => {
  const client = new RegistryClient(baseURL ?? "");
  const name = uniquePrefix("trash-model");
  await registerModel(baseURL ?? "", name);
  expect((await client.send("DELETE", `/api/v1/models/${name}`)).status).toBe(204);
  await page.goto("/trash");
  await page.getByRole("button", { name: `Restore ${name}` }).click();
  await expect(messages(page)).toContainText(`${name} is restored`);
  await expect(page.getByRole("button", { name: `Restore ${name}` })).toHaveCount(0);
  const model = await client.get(`/api/v1/models/${name}`);
  expect(model.body.latest_version).toBe("1.0.0");
  await page.getByRole("button", { name: "Show" }).click();
  await expect(page).toHaveURL(new RegExp(`/models/${name}$`));
});

test("a deleted version is found in the trash and restored", async ({ page, baseURL }) => {
  const client = new RegistryClient(baseURL ?? "");
  const name = uniquePrefix("trash-version");
  await registerModel(baseURL ?? "", name);
  const second = await client.register({ name }, [
    { path: "model.safetensors", bytes: tinyModel(2) },
  ]);
  expect(second.status).toBe(201);
  const path = `/api/v1/models/${name}/versions/1.0.1`;
  expect((await client.send("DELETE", path)).status).toBe(204);
  await page.goto("/trash");
  await page.getByRole("button", { name: `Restore ${name} 1.0.1` }).click();
  await expect(messages(page)).toContainText(`${name} 1.0.1 is restored`);
  expect((await client.get(path)).status).toBe(200);
});

test("a failed restore says why", async ({ page, baseURL }) => {
  const client = new RegistryClient(baseURL ?? "");
  const name = uniquePrefix("trash-twice");
  await registerModel(baseURL ?? "", name);
  await client.send("DELETE", `/api/v1/models/${name}`);
  // Without live updates this page does not learn that somebody else was quicker.
  await page.route("**/api/v1/events", (route) => route.abort());
  await page.goto("/trash");
  const button = page.getByRole("button", { name: `Restore ${name}` });
  await expect(button).toBeVisible();
  await client.send("POST", `/api/v1/models/${name}/restore`);
  await button.click();
  await expect(messages(page)).toContainText(`${name} was not restored`);
});

test("the trash is accessible in both themes and languages, on a desk and on a phone", async ({
  page,
  baseURL,
}) => {
  test.slow();
  const client = new RegistryClient(baseURL ?? "");
  const name = uniquePrefix("trash-axe");
  await registerModel(baseURL ?? "", name);
  await client.send("DELETE", `/api/v1/models/${name}`);
  await expectAccessibleEverywhere(page, baseURL ?? "", "/trash");
});
