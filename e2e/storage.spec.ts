import { open, readdir } from "node:fs/promises";
import { join } from "node:path";
import { expect, type Page, test } from "@playwright/test";
import { tinyModel } from "../tests/support/model-files.ts";
import { RegistryClient, sha256 } from "../tests/support/registry-client.ts";
import { type RunningServer, startServer } from "../tests/support/server.ts";
import { expectAccessible, expectAccessibleEverywhere } from "./support/axe.ts";
import { messages } from "./support/messages.ts";
import { registerModel, uniquePrefix } from "./support/seed.ts";
import { registerFiles } from "./support/versions.ts";

let server: RunningServer;
let client: RegistryClient;
test.beforeAll(async () => {
  // Bytes that are damaged on disk must be the ones that are read: neither compressed nor cached.
  server = await startServer({
    env: {
      MODEL_REGISTRY_STORAGE__COMPRESSION: "false",
      MODEL_REGISTRY_STORAGE__CACHE_SIZE: "0",
    },
  });
  client = new RegistryClient(server.baseUrl);
});
test.afterAll(() => server.stop());

const openStorage = (page: Page, path = "/storage") => page.goto(server.baseUrl + path);
const part = (page: Page, title: string) =>
  page.locator("section", { has: page.getByRole("heading", { name: title, exact: true }) });

test("an empty registry says that nothing is stored, and what to do", async ({ page }) => {
  await openStorage(page);
  await expect(page.getByRole("heading", { name: "Nothing is stored yet" })).toBeVisible();
  await expect(page.getByRole("link", { name: "Register a model" })).toBeVisible();
  await expectAccessible(page, "an empty storage page");
});

test("the page says what is stored once, which model takes what, and why a blob is kept", async ({
  page,
}) => {
  const [one, two] = [uniquePrefix("one"), uniquePrefix("two")];
  const bytes = tinyModel(3, 1000);
  await registerFiles(server.baseUrl, { name: one }, { "model.safetensors": bytes });
  await registerFiles(server.baseUrl, { name: two }, { "copy/model.safetensors": bytes });
  await openStorage(page);
  const table = page.getByRole("table", { name: "Bytes by model" });
  await expect(table.getByRole("link", { name: one })).toBeVisible();
  await expect(table.getByRole("link", { name: two })).toBeVisible();
  await table.getByRole("link", { name: "Model", exact: true }).click();
  await expect(page).toHaveURL(/sort=name/);
  await expect(table.getByRole("columnheader", { name: "Model" })).toHaveAttribute(
    "aria-sort",
    "ascending",
  );
  const digest = page.getByLabel("Digest");
  await digest.fill("nonsense");
  await page.getByRole("button", { name: "Explain" }).click();
  await expect(digest).toHaveAccessibleDescription(/64 hexadecimal digits/);
  await digest.fill(sha256(bytes).toUpperCase());
  await page.getByRole("button", { name: "Explain" }).click();
  await expect(page).toHaveURL(new RegExp(`/storage/blobs/sha256(:|%3A)${sha256(bytes)}$`));
  const why = part(page, "Why it is kept");
  await expect(why.getByRole("link", { name: `${one} 1.0.0` })).toBeVisible();
  await expect(why.getByRole("link", { name: `${two} 1.0.0` })).toBeVisible();
  await expect(why).toContainText("copy/model.safetensors");
  await openStorage(page, `/models/${one}/versions/1.0.0?tab=files`);
  await page.getByRole("link", { name: /How model.safetensors is stored/ }).click();
  await expect(why).toContainText(`${two} 1.0.0`);
});

test("a digest that the registry does not have is said to be unknown", async ({ page }) => {
  await openStorage(page, `/storage/blobs/sha256:${"0".repeat(64)}`);
  await expect(page.getByRole("heading", { name: "There is no such blob" })).toBeVisible();
  await openStorage(page, "/storage/blobs/..%2f..%2fetc");
  await expect(page.getByRole("heading", { name: "There is no such blob" })).toBeVisible();
});

test("a dry run changes nothing, and a collection is confirmed, done and reported", async ({
  page,
}) => {
  await registerModel(server.baseUrl, uniquePrefix("kept"));
  await openStorage(page);
  await page.getByRole("button", { name: "What would be freed?" }).click();
  await expect(part(page, "Collection").getByText(/would be freed/)).not.toHaveCount(0);
  const before = await client.get("/api/v1/storage");
  expect(before.body.collection).toEqual({ current: null, last: null });
  await page.getByRole("button", { name: "Free now" }).click();
  const dialog = page.getByRole("alertdialog");
  await expect(dialog).toContainText("What comes into use meanwhile stays.");
  await expectAccessible(page, "the question before a collection");
  await dialog.getByRole("button", { name: "Free now" }).click();
  await expect(messages(page)).toContainText("The collection has begun");
  await expect(part(page, "Collection").getByText(/freed \d+ blobs/)).toBeVisible();
  const after = await client.get("/api/v1/storage");
  expect(after.body.blobs).toBe(before.body.blobs - after.body.collection.last.freed_blobs);
});

test("a verification finds a flipped byte, names what it is part of, and says what to do", async ({
  page,
}) => {
  const name = uniquePrefix("flipped");
  const bytes = tinyModel(77, 5000);
  await registerFiles(server.baseUrl, { name }, { "model.safetensors": bytes });
  await flipByte(sha256(bytes), 1000);
  await openStorage(page);
  await page.getByRole("button", { name: "Verify now" }).click();
  await expect(messages(page)).toContainText("The verification has begun");
  const damaged = page.getByRole("region", { name: "Damaged blobs" });
  await expect(damaged).toContainText("1 blob does not match its digest");
  await expect(damaged).toContainText("register the same file again");
  await expect(damaged.getByRole("link", { name: `${name} 1.0.0` })).toBeVisible();
  await expectAccessible(page, "the page with a damaged blob");
  await damaged.getByRole("link", { name: /^sha256:/ }).click();
  await expect(page.getByText("The bytes do not match the digest").first()).toBeVisible();
  await expectAccessible(page, "the page of a damaged blob");
});

test("both pages are accessible in both themes and languages, on a desk and on a phone", async ({
  page,
}) => {
  test.slow();
  const bytes = tinyModel(78, 100);
  const name = uniquePrefix("storage-axe");
  await registerFiles(server.baseUrl, { name }, { "model.safetensors": bytes });
  await page.context().clearCookies();
  await expectAccessibleEverywhere(page, server.baseUrl, `${server.baseUrl}/storage`);
  await expectAccessibleEverywhere(
    page,
    server.baseUrl,
    `${server.baseUrl}/storage/blobs/sha256:${sha256(bytes)}`,
  );
});

/** What a failing disk does. */
async function flipByte(digest: string, at: number): Promise<void> {
  const folder = join(server.dataFolder, "blobs");
  const files = await readdir(folder, { recursive: true });
  const path = files.find((file) => file.endsWith(digest));
  if (path === undefined) throw new Error(`No file of ${digest} in ${folder}.`);
  const file = await open(join(folder, path), "r+");
  const byte = new Uint8Array(1);
  await file.read(byte, 0, 1, at);
  byte[0] = (byte[0] ?? 0) ^ 1;
  await file.write(byte, 0, 1, at);
  await file.close();
}
