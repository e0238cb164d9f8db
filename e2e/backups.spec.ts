import { mkdir, rm, truncate } from "node:fs/promises";
import { join } from "node:path";
import { expect, type Page, test } from "@playwright/test";
import { makeFolders } from "../tests/support/backup-commands.ts";
import { RegistryClient } from "../tests/support/registry-client.ts";
import { type RunningServer, startServer } from "../tests/support/server.ts";
import { expectAccessible, expectAccessibleEverywhere } from "./support/axe.ts";
import { registerFiles } from "./support/versions.ts";

let folders: Awaited<ReturnType<typeof makeFolders>>;
let server: RunningServer;
let api: RegistryClient;
test.beforeAll(async () => {
  folders = await makeFolders();
  await mkdir(folders.at("backups"));
  server = await startServer({
    env: {
      MODEL_REGISTRY_BACKUP__TARGET: folders.at("backups"),
      MODEL_REGISTRY_BACKUP__SCHEDULE: "0 3 1 1 *",
    },
  });
  api = new RegistryClient(server.baseUrl);
});
test.afterAll(async () => {
  await server.stop();
  await folders.remove();
});

const open = (page: Page) => page.goto(`${server.baseUrl}/backups`);
const table = (page: Page) => page.getByRole("table", { name: "Backups" });
const backups = async () => (await api.get("/api/v1/backups")).body;

test("a registry without backups says when the first one comes, and makes one on request", async ({
  page,
}) => {
  await registerFiles(server.baseUrl, { name: "net" }, { "notes.txt": Buffer.from("one") });
  await open(page);
  await expect(page.getByRole("heading", { name: "There is no backup yet" })).toBeVisible();
  await expect(page.getByText(folders.at("backups"))).toBeVisible();
  await expectAccessible(page, "no backups");
  await page.getByRole("button", { name: "Back up now" }).click();
  await expect(page.getByText("The backup has been asked for")).toBeVisible();
  await expect(table(page).getByText("Sound")).toBeVisible({ timeout: 60_000 });
  const [{ id }] = (await backups()).items;
  await expect(page.getByText(`npm run restore -- ${id}`)).toBeVisible();
});

test("a backup is verified and restored on trial from the page", async ({ page }) => {
  await expect.poll(async () => (await backups()).active, { timeout: 60_000 }).toEqual([]);
  const [{ id }] = (await backups()).items;
  await open(page);
  await page.getByRole("button", { name: `Verify the backup ${id} whole` }).click();
  await expect(table(page).getByText("all 1 blobs read")).toBeVisible({ timeout: 60_000 });
  await page.getByRole("button", { name: "Restore on trial" }).click();
  await expect(table(page).getByText("1 version read")).toBeVisible({ timeout: 90_000 });
  await expectAccessibleEverywhere(page, server.baseUrl, `${server.baseUrl}/backups`);
});

test("a damaged backup says what is wrong, and a place that is gone is told of", async ({
  page,
}) => {
  const [{ id }] = (await backups()).items;
  await truncate(join(folders.at("backups"), "backups", id, "manifest.json"), 100);
  await open(page);
  await expect(table(page).getByText("Not readable")).toBeVisible();
  await expect(page.getByText(`The manifest of the backup ${id} is damaged.`)).toBeVisible();
  await rm(folders.at("backups"), { recursive: true });
  await page.reload();
  const problem = page.getByRole("heading", { name: "The place for backups cannot be read" });
  await expect(problem).toBeVisible();
  await expectAccessible(page, "a place that is gone");
});
