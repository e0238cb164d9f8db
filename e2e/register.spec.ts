import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, type Page } from "@playwright/test";
import { tinyModel } from "../tests/support/model-files.ts";
import { RegistryClient } from "../tests/support/registry-client.ts";
import {
  expectAccessible,
  expectAccessibleEverywhere,
  LANGUAGES,
  setLanguage,
} from "./support/axe.ts";
import { messages } from "./support/messages.ts";
import { registerModel, uniquePrefix } from "./support/seed.ts";
import { test } from "./support/test.ts";
import { limitUploads, PartLog } from "./support/uploads.ts";

/** A real model file on disk, as a person has it. */
async function modelFile(folder: string, name: string, seed = 1, elements = 4): Promise<string> {
  const path = join(folder, name);
  await mkdir(join(path, ".."), { recursive: true });
  await writeFile(path, tinyModel(seed, elements));
  return path;
}

const chooseFiles = (page: Page, paths: string[]) =>
  page.locator('input[data-picker="files"]').setInputFiles(paths);
const submit = (page: Page) => page.getByRole("button", { name: "Register", exact: true }).click();

test("a file becomes a model: name and framework are proposed, the version page opens", async ({
  page,
  server,
}, info) => {
  const name = uniquePrefix("form");
  await page.goto("/register");
  await chooseFiles(page, [await modelFile(info.outputDir, `${name}.safetensors`)]);
  await expect(page.getByLabel("Name")).toHaveValue(name);
  await expect(page.getByLabel("Framework")).toHaveValue("pytorch");
  await expect(page.getByText("detected", { exact: true })).toBeVisible();
  await page.getByLabel("Description").fill("A **small** model.");
  await page.getByRole("button", { name: "Add a tag" }).click();
  await page.getByLabel("Key of tag 1").fill("task");
  await page.getByLabel("Value of tag 1").fill("test");
  await page.getByLabel("Metadata").fill('{"accuracy": 0.93}');
  await submit(page);
  await expect(page).toHaveURL(new RegExp(`/models/${name}/versions/1.0.0$`));
  await expect(messages(page)).toContainText(`${name} 1.0.0 is registered`);
  const { body } = await new RegistryClient(server).get(`/api/v1/models/${name}/versions/1.0.0`);
  expect(body).toMatchObject({
    description: "A **small** model.",
    tags: { task: "test" },
    metadata: { accuracy: 0.93 },
    framework: "pytorch",
    framework_declared: null,
  });
});

test("a folder keeps its paths without its own name, which becomes the model's", async ({
  page,
  server,
}, info) => {
  const name = uniquePrefix("folder");
  const folder = join(info.outputDir, name);
  await modelFile(folder, "weights/model.safetensors");
  await writeFile(join(folder, "README.md"), "# A card\n");
  await writeFile(join(folder, ".DS_Store"), "litter");
  await page.goto("/register");
  await page.locator('input[data-picker="folder"]').setInputFiles(folder);
  await expect(page.getByLabel("Name")).toHaveValue(name);
  await expect(page.getByText("1 file of the operating system or of git")).toBeVisible();
  await submit(page);
  await expect(page).toHaveURL(new RegExp(`/models/${name}/versions/1.0.0$`));
  const { body } = await new RegistryClient(server).get(`/api/v1/models/${name}/versions/1.0.0`);
  const paths = body.files.map((file: { path: string }) => file.path).sort();
  expect(paths).toEqual(["README.md", "weights/model.safetensors"]);
});

test("a folder dropped anywhere on the page is chosen with its paths", async ({
  page,
  server,
}, info) => {
  const name = uniquePrefix("drop");
  const folder = join(info.outputDir, name);
  await modelFile(folder, "weights/model.safetensors");
  await writeFile(join(folder, "config.json"), "{}");
  await page.goto(`${server}/register`);
  const list = page.getByRole("list", { name: "Chosen files" });
  const devtools = await page.context().newCDPSession(page);
  const data = { items: [], files: [folder], dragOperationsMask: 1 };
  // The page listens once it is alive.
  await expect(async () => {
    for (const type of ["dragEnter", "dragOver", "drop"] as const)
      await devtools.send("Input.dispatchDragEvent", { type, x: 700, y: 80, data });
    await expect(list).toContainText("weights/model.safetensors", { timeout: 1000 });
  }).toPass();
  await expect(list).toContainText("config.json");
  await expect(page.getByLabel("Name")).toHaveValue(name);
  await expect(page.getByLabel("Framework")).toHaveValue("pytorch");
  await page.getByRole("button", { name: "Remove weights/model.safetensors" }).click();
  await page.getByRole("button", { name: "Remove config.json" }).click();
  await expect(list).toHaveCount(0);
});

test("the next version of a model is proposed, and can be bumped or typed", async ({
  page,
  server,
}, info) => {
  const name = uniquePrefix("next");
  await registerModel(server, name);
  await page.goto(`/models/${name}/register`);
  const version = page.getByLabel("Version", { exact: true });
  await expect(version).toHaveValue("patch");
  await expect(version.locator("option")).toContainText(["1.0.1", "1.1.0", "2.0.0", "Another"]);
  await chooseFiles(page, [await modelFile(info.outputDir, "m.safetensors", 2)]);
  await version.selectOption("minor");
  await submit(page);
  await expect(page).toHaveURL(new RegExp(`/models/${name}/versions/1.1.0$`));
});

test("a version that exists is refused beside the version, unless its content is identical", async ({
  page,
  server,
}, info) => {
  const name = uniquePrefix("twice");
  await registerModel(server, name);
  await page.goto(`/models/${name}/register`);
  await chooseFiles(page, [await modelFile(info.outputDir, "model.safetensors", 7)]);
  await page.getByLabel("Version", { exact: true }).selectOption("typed");
  await page.getByLabel("Semantic version").fill("1.0.0");
  await submit(page);
  const typed = page.getByLabel("Semantic version");
  await expect(typed).toHaveAccessibleDescription(/exists with other content/);
  await expect(typed).toBeFocused();
  // The bytes that registerModel sent.
  await chooseFiles(page, [await modelFile(join(info.outputDir, "same"), "model.safetensors", 1)]);
  await submit(page);
  await expect(page).toHaveURL(new RegExp(`/models/${name}/versions/1.0.0$`));
  await expect(messages(page)).toContainText(`${name} 1.0.0 existed already`);
});

test("a framework that the bytes contradict is refused beside the framework", async ({
  page,
  server,
}, info) => {
  const name = uniquePrefix("wrong");
  await page.goto("/register");
  await chooseFiles(page, [await modelFile(info.outputDir, `${name}.safetensors`)]);
  await expect(page.getByLabel("Name")).toHaveValue(name);
  await page.getByLabel("Framework").selectOption("onnx");
  await submit(page);
  const framework = page.getByLabel("Framework");
  await expect(framework).toHaveAccessibleDescription(/The bytes say another framework/);
  await expect(framework).toBeFocused();
  const { status } = await new RegistryClient(server).get(`/api/v1/models/${name}`);
  expect(status).toBe(404);
});

test("what is missing or wrong is said beside its field, and the first takes the focus", async ({
  page,
  server,
}, info) => {
  expect(server).toBeTruthy();
  await page.goto("/register");
  const picker = page.getByRole("button", { name: "Choose files" });
  await expect(async () => {
    await submit(page);
    await expect(picker).toBeFocused({ timeout: 1000 });
  }).toPass();
  await expect(picker).toHaveAccessibleDescription("Choose at least one file.");
  await chooseFiles(page, [await modelFile(info.outputDir, "m.safetensors")]);
  const name = page.getByLabel("Name");
  await name.fill("../up");
  await page.getByLabel("Metadata").fill("[1]");
  await submit(page);
  await expect(name).toBeFocused();
  await expect(name).toHaveAccessibleDescription(/starting with a letter or digit/);
  await expect(page.getByLabel("Metadata")).toHaveAccessibleDescription(/one JSON object/);
  await expectAccessible(page, "the form with errors");
});

test("an upload shows its progress, and the page asks before it is left", async ({
  page,
  server,
}, info) => {
  const name = uniquePrefix("progress");
  const file = await modelFile(info.outputDir, `${name}.safetensors`, 1, 4 * 1024 * 1024);
  await page.goto("/register");
  await chooseFiles(page, [file]);
  await expect(page.getByLabel("Name")).toHaveValue(name);
  await limitUploads(page, 1024 * 1024);
  await submit(page);
  await expect(page.getByRole("progressbar")).toBeVisible();
  await expect(page.getByText(/of 16 MiB · .+\/s · .+ left/)).toBeVisible();
  await expect(page.getByRole("region", { name: "Upload", exact: true })).toBeFocused();
  await expectAccessible(page, "the form while it uploads");
  // Leaving asks first; the answer here is to stay.
  page.once("dialog", (dialog) => dialog.dismiss());
  await page.getByRole("link", { name: "Trash" }).first().click();
  await expect(page).toHaveURL(/\/register$/);
  await page.getByRole("button", { name: "Discard upload" }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Discard upload" }).click();
  await expect(page.getByText("Discarded. Nothing of it is stored.")).toBeVisible();
  await expect(page.getByRole("button", { name: "Register", exact: true })).toBeFocused();
  const { status } = await new RegistryClient(server).get(`/api/v1/models/${name}`);
  expect(status).toBe(404);
});

test("files that do not fit on the server's disk are refused before the first byte", async ({
  page,
  server,
}, info) => {
  expect(server).toBeTruthy();
  // A full disk cannot be had here: the server's true answer, with the free space changed.
  await page.route("**/api/v1/stats*", async (route) => {
    const stats = await (await route.fetch()).json();
    await route.fulfill({ json: { ...stats, disk: { total_bytes: 100, free_bytes: 10 } } });
  });
  let isSent = false;
  page.on("request", (request) => {
    if (/\/api\/v1\/(models|uploads)/.test(request.url()) && request.method() !== "GET")
      isSent = true;
  });
  await page.goto("/register");
  await chooseFiles(page, [await modelFile(info.outputDir, "full.safetensors")]);
  await expect(page.getByLabel("Name")).toHaveValue("full");
  await submit(page);
  await expect(page.getByRole("alert").first()).toContainText("the server has 10 B free");
  expect(isSent).toBe(false);
});

test("a file that the server takes no upload of is named before the first byte", async ({
  page,
  server,
}, info) => {
  expect(server).toBeTruthy();
  // A limit that no file of a test reaches: the answer is the server's own for such a file.
  await page.route("**/api/v1/uploads", (route) =>
    route.fulfill({
      status: 413,
      contentType: "application/problem+json",
      json: { code: "too_large", title: "The upload is over the limit", status: 413 },
    }),
  );
  const log = new PartLog(page);
  await page.goto("/register");
  await chooseFiles(page, [await modelFile(info.outputDir, "large.safetensors")]);
  await expect(page.getByLabel("Name")).toHaveValue("large");
  await submit(page);
  const list = page.getByRole("list", { name: "Chosen files" });
  await expect(list).toContainText("It is larger than this registry takes.");
  await expect(list.getByRole("button", { name: "Try large.safetensors again" })).toBeVisible();
  expect(log.begun).toEqual([]);
});

test("the form speaks Portuguese, also where it refuses", async ({ page, server }) => {
  await setLanguage(page, LANGUAGES[1], server);
  await page.goto("/register");
  const picker = page.getByRole("button", { name: "Escolher arquivos" });
  await expect(async () => {
    await page.getByRole("button", { name: "Registrar", exact: true }).click();
    await expect(picker).toHaveAccessibleDescription("Escolha pelo menos um arquivo.", {
      timeout: 1000,
    });
  }).toPass();
});

test("both forms are accessible in both themes and languages, on a desk and on a phone", async ({
  page,
  server,
}) => {
  test.slow();
  const name = uniquePrefix("register-axe");
  await registerModel(server, name);
  await expectAccessibleEverywhere(page, server, "/register", async () => {
    await page.locator('input[data-picker="files"]').setInputFiles({
      name: `${"a-very-long-file-name-".repeat(8)}.safetensors`,
      mimeType: "application/octet-stream",
      buffer: Buffer.from(tinyModel()),
    });
    await expect(page.getByRole("list")).not.toHaveCount(0);
  });
  await expectAccessibleEverywhere(page, server, `/models/${name}/register`);
});
