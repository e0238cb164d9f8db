import { readFileSync } from "node:fs";
import { expect, type Page } from "@playwright/test";
import { manyTensors, tinyModel } from "../tests/support/model-files.ts";
import { RegistryClient, sha256 } from "../tests/support/registry-client.ts";
import { expectAccessible, expectAccessibleEverywhere } from "./support/axe.ts";
import { messages } from "./support/messages.ts";
import { uniquePrefix } from "./support/seed.ts";
import { test } from "./support/test.ts";
import { pickleNaming, registerFiles } from "./support/versions.ts";

test("is found by version, latest and alias, and shows what the bytes say", async ({
  page,
  server,
}) => {
  const name = uniquePrefix("refs");
  const version = await registerFiles(
    server,
    { name, version: "1.2.0+x.1", framework: "pytorch" },
    { "model.safetensors": tinyModel(1, 8) },
  );
  await new RegistryClient(server).send("PUT", `/api/v1/models/${name}/aliases/champion`, {
    version: "1.2.0+x.1",
  });
  for (const ref of ["1.2.0%2Bx.1", "latest", "@champion", "%40champion"]) {
    await page.goto(`/models/${name}/versions/${ref}`);
    await expect(page.getByRole("heading", { level: 1 })).toHaveText("1.2.0+x.1");
  }
  const facts = page.getByRole("main");
  await expect(facts.getByText("Framework declared")).toBeVisible();
  await expect(facts.getByText("F32")).toBeVisible();
  await expect(facts.locator(`code[title="${version.digest}"]`)).toBeVisible();
  await expect(facts.getByText("It can be downloaded.")).toBeVisible();
  await expect(page.getByRole("link", { name: "Register the next version" })).toHaveAttribute(
    "href",
    `/models/${name}/register`,
  );
});

test("a checkpoint is converted to safetensors, and the page leads to the version that was made", async ({
  page,
  server,
}) => {
  const name = uniquePrefix("convert");
  const checkpoint = new URL("../lib/formats/fixtures/conversion/odd.pt", import.meta.url);
  await registerFiles(server, { name }, { "net.pt": readFileSync(checkpoint) });
  await page.setViewportSize({ width: 390, height: 844 });
  await page.goto(`/models/${name}/versions/1.0.0`);
  await page.getByRole("button", { name: "Convert to safetensors" }).click();
  const dialog = page.getByRole("alertdialog");
  await expect(dialog.getByText("Every tensor is compared")).toBeVisible();
  await expectAccessible(page, "the question before a conversion");
  await dialog.getByRole("button", { name: "Convert" }).click();
  const made = page.getByRole("link", { name: "1.0.1", exact: true });
  await expect(made).toBeVisible({ timeout: 30_000 });
  await expectAccessible(page, "a version that was converted");
  await made.click();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("1.0.1");
  await expect(page.getByRole("button", { name: "Convert to safetensors" })).toHaveCount(0);
});

test("ten thousand tensors stay fast: a few rows in the page, searched on the server, grouped", async ({
  page,
  server,
}) => {
  const name = uniquePrefix("tensors");
  await registerFiles(server, { name }, { "model.safetensors": manyTensors(10_000) });
  await page.goto(`/models/${name}/versions/latest?tab=tensors`);
  await expect(page.getByText("10,000 tensors")).toBeVisible();
  const table = page.getByRole("table");
  await expect(table).toHaveAttribute("aria-rowcount", "1002");
  await expect(page.getByText("read so far:")).toHaveCount(0);
  expect(await table.getByRole("row").count()).toBeLessThan(100);

  const group = table.getByRole("button", { name: "0", exact: true });
  await group.click();
  await expect(group).toHaveAttribute("aria-expanded", "true");
  await expect(table.getByText("part3.weight")).toBeVisible();

  await page.getByRole("button", { name: "Open all" }).click();
  const scrollMs = await leastScrollMs(page);
  expect(await table.getByRole("row").count()).toBeLessThan(100);

  await page.getByLabel("Search tensor names").fill("layers.77.part5");
  await expect(page.getByText("1 tensor", { exact: true })).toBeVisible();
  await expect(table.getByText("model.layers.77.part5.weight")).toBeVisible();
  await expect(page).toHaveURL(/q=layers\.77/);
  await page.reload();
  await expect(table.getByText("model.layers.77.part5.weight")).toBeVisible();
  await page.getByLabel("Search tensor names").fill("nothing like it");
  await expect(page.getByText("No tensor's name contains")).toBeVisible();

  const small = uniquePrefix("tensors");
  await registerFiles(server, { name: small }, { "model.safetensors": manyTensors(100) });
  await page.goto(`/models/${small}/versions/latest?tab=tensors`);
  await page.getByRole("button", { name: "Open all" }).click();
  expect(scrollMs).toBeLessThan(10 * (await leastScrollMs(page)));
});

/** From a jump to the end of the tensors until the last row is drawn: the least of three. */
async function leastScrollMs(page: Page): Promise<number> {
  return page.getByRole("region", { name: "Tensors" }).evaluate(async (region) => {
    const rows = region.querySelector("[aria-rowcount]")?.getAttribute("aria-rowcount");
    const drawn = () => new Promise((resolve) => requestAnimationFrame(resolve));
    const jump = async (top: number, row: string | null | undefined) => {
      const begun = performance.now();
      region.scrollTo(0, top);
      while (region.querySelector(`[aria-rowindex="${row}"]`) === null) await drawn();
      return performance.now() - begun;
    };
    const tries: number[] = [];
    for (let count = 0; count < 3; count += 1) {
      tries.push(await jump(region.scrollHeight, rows));
      await jump(0, "2");
    }
    return Math.min(...tries);
  });
}

test("a stage change asks for a comment and stays in the activity", async ({ page, server }) => {
  const name = uniquePrefix("stage");
  await registerFiles(server, { name }, { "m.safetensors": tinyModel() });
  await page.goto(`/models/${name}/versions/1.0.0`);
  await page.getByRole("button", { name: "Change stage" }).click();
  const form = page.getByRole("dialog");
  await form.getByLabel("Stage").selectOption("production");
  await form.getByLabel("Comment").fill("Passed the review");
  await expectAccessible(page, "stage dialog");
  await form.getByRole("button", { name: "Change stage" }).click();
  await expect(form).toHaveCount(0);
  await expect(page.getByRole("main").getByText("Production").first()).toBeVisible();
  await page.getByRole("link", { name: "Activity" }).click();
  await expect(page.getByText("Version 1.0.0 moved from No stage to Production.")).toBeVisible();
  await expect(page.getByText("Passed the review")).toBeVisible();
});

test("a version that is not clean goes into production with a reason only, from the dialog too", async ({
  page,
  server,
}) => {
  const name = uniquePrefix("risk");
  await registerFiles(server, { name }, { "m.pkl": pickleNaming("own_package.layers", "Net") });
  await page.goto(`/models/${name}/versions/1.0.0`);
  await page.getByRole("button", { name: "Change stage" }).click();
  const form = page.getByRole("dialog");
  await form.getByLabel("Stage").selectOption("production");
  await expect(form).toContainText("own_package.layers.Net");
  await expectAccessible(page, "stage dialog of a suspicious version");
  // Neither the reason nor the consent is there: the browser keeps the form.
  await form.getByRole("button", { name: "Change stage" }).click();
  await expect(form).toBeVisible();
  await form.getByLabel("Reason").fill("Our own layers, reviewed");
  await form.getByRole("checkbox").check();
  await form.getByRole("button", { name: "Change stage" }).click();
  await expect(form).toHaveCount(0);
  await page.getByRole("link", { name: "Activity" }).click();
  await expect(page.getByText("Our own layers, reviewed")).toBeVisible();

  await page.goto(`/models/${name}`);
  await page.getByRole("button", { name: "Add alias" }).click();
  await form.getByLabel("Alias").fill("champion");
  await form.getByRole("button", { name: "Add alias" }).click();
  await expect(form).toContainText("own_package.layers.Net");
  await form.getByLabel("Reason").fill("Agreed with the team");
  await form.getByRole("checkbox").check();
  await form.getByRole("button", { name: "Add alias" }).click();
  await expect(form).toHaveCount(0);
  await expect(page.getByText("@champion").first()).toBeVisible();
});

test("metadata, description and tags are shown; the last two are edited", async ({
  page,
  server,
}) => {
  const name = uniquePrefix("meta");
  const metadata = JSON.stringify({ accuracy: 0.914, params: { lr: 0.001, layers: [1, 2] } });
  await registerFiles(server, { name, metadata }, { "m.safetensors": tinyModel() });
  await page.goto(`/models/${name}/versions/1.0.0?tab=metadata`);
  await expect(page.getByText("0.914")).toBeVisible();
  await expect(page.getByText("0.001")).toBeVisible();
  await expect(page.getByText("2 entries").first()).toBeVisible();
  const about = page.getByRole("complementary", { name: "About this version" });
  await about.getByRole("button", { name: "Edit" }).first().click();
  await page
    .getByRole("dialog")
    .getByRole("textbox", { name: "Description" })
    .fill("Trained **longer**");
  await page.getByRole("dialog").getByRole("button", { name: "Save description" }).click();
  await expect(about.locator("strong")).toHaveText("longer");
  await about.getByRole("button", { name: "Edit" }).last().click();
  await page.getByRole("dialog").getByLabel("Key of tag 1").fill("dataset");
  await page.getByRole("dialog").getByRole("button", { name: "Save tags" }).click();
  await expect(about.getByText("dataset")).toBeVisible();
});

test("a file downloads bit for bit", async ({ page, server }) => {
  const name = uniquePrefix("bits");
  const bytes = tinyModel(5, 1000);
  await registerFiles(server, { name }, { "deep/er/model.safetensors": bytes });
  await page.goto(`/models/${name}/versions/1.0.0?tab=files`);
  const arriving = page.waitForEvent("download");
  await page.getByRole("link", { name: "Download deep/er/model.safetensors" }).click();
  const download = await arriving;
  expect(download.suggestedFilename()).toBe("model.safetensors");
  expect(sha256(readFileSync(await download.path()))).toBe(sha256(bytes));
});

test("a deleted version is restored from the message", async ({ page, server }) => {
  const name = uniquePrefix("bin");
  await registerFiles(server, { name }, { "m.safetensors": tinyModel(1) });
  await registerFiles(server, { name }, { "m.safetensors": tinyModel(2) });
  const client = new RegistryClient(server);
  await client.send("PUT", `/api/v1/models/${name}/aliases/champion`, { version: "1.0.1" });
  await page.goto(`/models/${name}/versions/1.0.1`);
  await page.getByRole("button", { name: "Delete the version" }).click();
  const ask = page.getByRole("alertdialog");
  await expect(ask).toContainText("@champion");
  await ask.getByRole("button", { name: "Move to trash" }).click();
  await expect(page).toHaveURL(new RegExp(`/models/${name}$`));
  expect((await client.get(`/api/v1/models/${name}/versions/1.0.1`)).status).toBe(404);
  await messages(page).getByRole("button", { name: "Undo" }).click();
  await expect(page).toHaveURL(/versions\/1\.0\.1$/);
  expect((await client.get(`/api/v1/models/${name}/versions/1.0.1`)).status).toBe(200);
});

test("a version that is not there says so and leads back", async ({ page, server }) => {
  const name = uniquePrefix("none");
  await registerFiles(server, { name }, { "m.safetensors": tinyModel() });
  for (const ref of ["9.9.9", "@nobody", "a%2Fb"]) {
    const answer = await page.goto(`/models/${name}/versions/${ref}`);
    expect(answer?.status()).toBe(404);
    await expect(page.getByRole("heading", { name: "There is no such version" })).toBeVisible();
  }
  await page.getByRole("link", { name: "Go to the model's versions" }).click();
  await expect(page).toHaveURL(new RegExp(`/models/${name}\\?tab=versions`));
  // A NUL is in no path: the server refuses it before any page.
  expect((await page.goto(`/models/${name}/versions/%00`))?.status()).toBe(400);
});

test("is accessible in both themes and languages, on a desk and on a phone", async ({
  page,
  server,
}) => {
  test.slow();
  const name = `${uniquePrefix("axe")}-${"long-name-".repeat(10)}end`;
  const path = `${"folder/".repeat(20)}${"long-file-name-".repeat(8)}.safetensors`;
  await registerFiles(
    server,
    { name, metadata: '{"a":{"b":[1,2]}}', tags: '{"task":"x"}', description: "Text" },
    { [path]: manyTensors(200) },
  );
  for (const tab of ["facts", "files", "tensors", "metadata", "activity"]) {
    await expectAccessibleEverywhere(
      page,
      server,
      `/models/${name}/versions/1.0.0?tab=${tab}`,
      tab === "tensors" ? () => expect(page.getByRole("table")).toBeVisible() : undefined,
    );
  }
});

test("says whether the signature was given or read, and whether the framework's version is supported", async ({
  page,
  server,
}) => {
  const name = uniquePrefix("signed");
  const signature = {
    inputs: [{ name: "image", dtype: "uint8", shape: ["batch", 3, null] }],
    outputs: [{ name: "scores", dtype: "F32", shape: null }],
  };
  const files = (version: string) => ({
    "model.safetensors": tinyModel(1, 8),
    MLmodel: `flavors:\n  pytorch:\n    pytorch_version: "${version}"\n`,
  });
  await registerFiles(server, { name, signature: JSON.stringify(signature) }, files("1.8.1"));
  await page.goto(`/models/${name}/versions/latest`);
  const main = page.getByRole("main");
  await expect(main.getByText("Given when the version was registered")).toBeVisible();
  await expect(main.getByRole("row", { name: "Input image uint8 batch × 3 × ?" })).toBeVisible();
  await expect(main.getByRole("row", { name: "Output scores F32 not known" })).toBeVisible();
  await expect(main.getByText("1.8.1").first()).toBeVisible();
  await expect(main.getByText("This registry supports 1.9+, 2.0+.")).toBeVisible();
  await expectAccessible(page, "signature and framework version");

  await page.goto(`/models?query=${name}`);
  await page.getByRole("link", { name: "Not supported here" }).click();
  await expect(page).toHaveURL(/framework_support=outside/);
  await expect(page.locator("[data-row-link]")).toHaveCount(1);

  const onnx = readFileSync(new URL("../lib/formats/fixtures/external.onnx", import.meta.url));
  const data = readFileSync(new URL("../lib/formats/fixtures/external.onnx.data", import.meta.url));
  const other = { "external.onnx": onnx, "external.onnx.data": data };
  await registerFiles(server, { name: `${name}-read` }, other);
  await page.goto(`/models/${name}-read/versions/latest`);
  await expect(main.getByText("Read from the bytes")).toBeVisible();
});
