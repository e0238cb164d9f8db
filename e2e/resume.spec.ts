import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, type Page, test } from "@playwright/test";
import { tinyModel } from "../tests/support/model-files.ts";
import { RegistryClient, sha256 } from "../tests/support/registry-client.ts";
import { type RunningServer, startServer } from "../tests/support/server.ts";
import { expectAccessible } from "./support/axe.ts";
import { uniquePrefix } from "./support/seed.ts";
import { limitUploads, PartLog } from "./support/uploads.ts";

const MIB = 1024 * 1024;
const PARTS = 8;
/** A part takes seconds: time enough to press a button on a busy machine. */
const SPEED = 3 * MIB;

let server: RunningServer;
let client: RegistryClient;
test.beforeAll(async () => {
  server = await startServer({ env: { MODEL_REGISTRY_UPLOADS__PART_SIZE: "5MiB" } });
  client = new RegistryClient(server.baseUrl);
});
test.afterAll(() => server.stop());

/** A model file of eight parts, less a little. */
async function bigModel(folder: string, name: string, seed: number) {
  const bytes = tinyModel(seed, (PARTS * 5 * MIB) / 4 - 1000);
  const path = join(folder, `${name}.safetensors`);
  await mkdir(folder, { recursive: true });
  await writeFile(path, bytes);
  return { path, digest: `sha256:${sha256(bytes)}` };
}

async function openForm(page: Page, path: string, name: string): Promise<void> {
  await page.goto(`${server.baseUrl}/register`);
  await chooseFile(page, path, name);
}

async function chooseFile(page: Page, path: string, name: string): Promise<void> {
  await page.locator('input[data-picker="files"]').setInputFiles(path);
  await expect(page.getByLabel("Name")).toHaveValue(name);
}

const submit = (page: Page) => page.getByRole("button", { name: "Register", exact: true }).click();

async function expectRegistered(page: Page, name: string, digest: string): Promise<void> {
  await expect(page).toHaveURL(new RegExp(`/models/${name}/versions/1.0.0$`), { timeout: 60_000 });
  const { body } = await client.get(`/api/v1/models/${name}/versions/1.0.0`);
  expect(body.files.map((file: { digest: string }) => file.digest)).toEqual([digest]);
}

/** The parts that the server does not have. It must be at rest, as the page's own question comes later. */
async function missingParts(upload: string): Promise<number[]> {
  const { body } = await client.get(`/api/v1/uploads/${upload}`);
  return Array.from({ length: PARTS }, (_, part) => part).filter(
    (part) => !body.received.includes(part),
  );
}

/** The parts of an upload that the page began to send, from that request of its log on, in order. */
const partsOf = (log: PartLog, upload: string, from = 0) =>
  log.begun
    .slice(from)
    .filter((sent) => sent.upload === upload)
    .map(({ part }) => part)
    .sort();

test("an upload that is paused sends nothing until it is resumed, and then the rest", async ({
  page,
}, info) => {
  const name = uniquePrefix("pause");
  const file = await bigModel(info.outputDir, name, 1);
  const log = new PartLog(page);
  await openForm(page, file.path, name);
  const lift = await limitUploads(page, SPEED);
  await submit(page);
  await expect.poll(() => log.taken.length).toBeGreaterThanOrEqual(1);
  await page.getByRole("button", { name: "Pause", exact: true }).click();
  await expect(page.getByText("Paused. What was sent stays on the server.").first()).toBeVisible();
  const begun = log.begun.length;
  await expectAccessible(page, "a paused upload");
  expect(log.begun.length).toBe(begun);
  const missing = await missingParts(log.upload);
  expect(missing).not.toEqual([]);
  await lift();
  await page.getByRole("button", { name: "Resume", exact: true }).click();
  await expectRegistered(page, name, file.digest);
  expect(partsOf(log, log.upload, begun)).toEqual(missing);
});

test("after a reload in the middle the same file is asked for, and only missing parts are sent", async ({
  page,
}, info) => {
  const name = uniquePrefix("reload");
  const file = await bigModel(info.outputDir, name, 2);
  const before = new PartLog(page);
  await openForm(page, file.path, name);
  await page.getByLabel("Description").fill("Typed before the reload.");
  const lift = await limitUploads(page, SPEED);
  await submit(page);
  await expect.poll(() => before.taken.length).toBeGreaterThanOrEqual(2);
  const id = before.upload;
  page.once("dialog", (dialog) => dialog.accept());
  await page.reload();
  await lift();
  const notice = page.getByRole("region", { name: "Unfinished upload" });
  await expect(notice).toContainText(`${name}.safetensors`);
  await expect(notice).toContainText("Choose the same file again");
  await expect(page.getByLabel("Description")).toHaveValue("Typed before the reload.");
  await expectAccessible(page, "the form after a reload");
  const missing = await missingParts(id);
  expect(missing.length).toBeLessThanOrEqual(PARTS - 2);
  const after = new PartLog(page);
  await chooseFile(page, file.path, name);
  await expect(notice).toContainText("Press Register to send the rest.");
  await submit(page);
  await expectRegistered(page, name, file.digest);
  expect(after.upload).toBe(id);
  expect(partsOf(after, id)).toEqual(missing);
  // Nothing is left to be asked about.
  await page.goto(`${server.baseUrl}/register`);
  await expect(page.getByRole("button", { name: "Choose files" })).toBeVisible();
  await expect(notice).toHaveCount(0);
});

test("a server that is killed in the middle and started again loses no part", async ({
  page,
}, info) => {
  const name = uniquePrefix("restart");
  const file = await bigModel(info.outputDir, name, 3);
  const log = new PartLog(page);
  await openForm(page, file.path, name);
  const lift = await limitUploads(page, SPEED);
  await submit(page);
  await expect.poll(() => log.taken.length).toBeGreaterThanOrEqual(2);
  const taken = new Set(log.taken.map(({ part }) => part));
  const begun = log.begun.length;
  await server.kill9();
  await expect(page.getByText("The server does not answer.").first()).toBeVisible();
  await lift();
  await server.restart();
  await expectRegistered(page, name, file.digest);
  expect(log.begun.slice(begun).filter(({ part }) => taken.has(part))).toEqual([]);
});

test("without a network an upload waits, and goes on by itself", async ({ page }, info) => {
  const name = uniquePrefix("offline");
  const file = await bigModel(info.outputDir, name, 4);
  const log = new PartLog(page);
  await openForm(page, file.path, name);
  const lift = await limitUploads(page, SPEED);
  await submit(page);
  await expect.poll(() => log.taken.length).toBeGreaterThanOrEqual(1);
  await page.context().setOffline(true);
  await expect(page.getByText("No network.").first()).toBeVisible();
  await expectAccessible(page, "an upload without a network");
  await lift();
  await page.context().setOffline(false);
  await expectRegistered(page, name, file.digest);
});

test("a file that fails is tried again alone, and what has arrived is not sent twice", async ({
  page,
}, info) => {
  const name = uniquePrefix("alone");
  const [good, bad] = [
    await bigModel(info.outputDir, "good", 5),
    await bigModel(info.outputDir, "bad", 6),
  ];
  const log = new PartLog(page);
  // What a proxy with a rule of its own does.
  let refused = "";
  await page.route(/\/api\/v1\/uploads\/[^/]+\/parts\/5$/, async (route) => {
    const id = route.request().url().split("/").at(-3) ?? "";
    refused ||= id;
    if (id === refused) await route.fulfill({ status: 403, body: "refused" });
    else await route.continue();
  });
  await page.goto(`${server.baseUrl}/register`);
  await page.locator('input[data-picker="files"]').setInputFiles([good.path, bad.path]);
  await page.getByLabel("Name").fill(name);
  await submit(page);
  const retry = page.getByRole("button", { name: "Try bad.safetensors again" });
  await expect(retry).toBeVisible({ timeout: 60_000 });
  await expect(page.getByText("Some files are not on the server").first()).toBeVisible();
  await expect(retry).toBeFocused();
  await expectAccessible(page, "a file that failed");
  await page.unroute(/\/api\/v1\/uploads\/[^/]+\/parts\/5$/);
  const begun = log.begun.length;
  const missing = await missingParts(refused);
  await retry.click();
  await expect(retry).toHaveCount(0);
  await expect(page.getByRole("list", { name: "Chosen files" })).toContainText("stored");
  await submit(page);
  await expect(page).toHaveURL(new RegExp(`/models/${name}/versions/1.0.0$`));
  // What the server took while its answer was cut off is not sent again either.
  expect(partsOf(log, refused, begun)).toEqual(missing);
  expect(log.begun).toHaveLength(begun + missing.length);
});

test("a discarded upload leaves nothing on the server", async ({ page }, info) => {
  const name = uniquePrefix("discard");
  const file = await bigModel(info.outputDir, name, 7);
  const log = new PartLog(page);
  await openForm(page, file.path, name);
  await limitUploads(page, MIB);
  await submit(page);
  await expect.poll(() => log.begun.length).toBeGreaterThanOrEqual(1);
  const id = log.upload;
  await page.getByRole("button", { name: "Discard upload" }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Discard upload" }).click();
  await expect(page.getByText("Discarded. Nothing of it is stored.")).toBeVisible();
  await expect(page.getByRole("button", { name: "Register", exact: true })).toBeFocused();
  expect((await client.get(`/api/v1/uploads/${id}`)).status).toBe(404);
  expect((await client.get(`/api/v1/models/${name}`)).status).toBe(404);
  await page.reload();
  await expect(page.getByRole("button", { name: "Choose files" })).toBeVisible();
  await expect(page.getByRole("region", { name: "Unfinished upload" })).toHaveCount(0);
});

test("a registration that is refused after the upload sends no byte again once it is corrected", async ({
  page,
}, info) => {
  const name = uniquePrefix("correct");
  const file = await bigModel(info.outputDir, name, 8);
  const log = new PartLog(page);
  await openForm(page, file.path, name);
  await page.getByLabel("Framework").selectOption("onnx");
  await submit(page);
  const framework = page.getByLabel("Framework");
  await expect(framework).toHaveAccessibleDescription(/The bytes say another framework/);
  await expect(page.getByRole("region", { name: "Unfinished upload" })).toContainText(
    "nothing is sent again",
  );
  await framework.selectOption("");
  const sent = log.begun.length;
  await submit(page);
  await expectRegistered(page, name, file.digest);
  expect(log.begun.length).toBe(sent);
});
