import { expect, type Page } from "@playwright/test";
import { manyTensors, safetensors } from "../tests/support/model-files.ts";
import { expectAccessibleEverywhere } from "./support/axe.ts";
import { onnxModel } from "./support/onnx.ts";
import { uniquePrefix } from "./support/seed.ts";
import { test } from "./support/test.ts";
import { registerFiles } from "./support/versions.ts";

const f32 = (...values: number[]) => ({
  dtype: "F32",
  shape: [values.length],
  bytes: new Uint8Array(Float32Array.from(values).buffer),
});
const part = (page: Page, name: string) =>
  page.locator("section").filter({ has: page.getByRole("heading", { name, exact: true }) });
const LONG = `layers.0.${"a_long_part_of_a_name.".repeat(6)}weight`;

/** Three versions that differ in everything. */
async function registerThree(server: string, name: string): Promise<void> {
  const versions = [
    { accuracy: 0.5, team: "a", weights: { head: f32(3, 4), [LONG]: f32(1, 2), same: f32(1) } },
    { accuracy: 0.75, team: "b", weights: { head: f32(3, 9), [LONG]: f32(1), same: f32(1) } },
    { accuracy: 0.75, team: "b", weights: { head: f32(3, 4), extra: f32(1), same: f32(1) } },
  ];
  for (const [at, { accuracy, team, weights }] of versions.entries()) {
    await registerFiles(
      server,
      {
        ...{ name, version: `1.${at}.0`, tags: JSON.stringify({ team }) },
        metadata: JSON.stringify({ metrics: { accuracy }, optimizer: "adam" }),
      },
      {
        "model.safetensors": safetensors(weights),
        "config.json": "{}",
        "README.md": `# Net\n\nLicense ${at}\n`,
      },
    );
  }
}

test("versions are chosen by keyboard and compared; the address has it all", async ({
  page,
  server,
}) => {
  const name = uniquePrefix("compare");
  await registerThree(server, name);
  await page.goto(`/models/${name}?tab=versions`);
  const bar = page.getByRole("button", { name: "Compare", exact: true });
  await expect(bar).toBeDisabled();
  await expect(async () => {
    const first = page.getByRole("checkbox", { name: "Choose 1.1.0 to compare" });
    await first.focus();
    await page.keyboard.press("Space");
    await expect(first).toBeChecked({ timeout: 1_000 });
  }).toPass();
  await page.getByRole("checkbox", { name: "Choose 1.0.0 to compare" }).focus();
  await page.keyboard.press("Space");
  await page.getByRole("link", { name: "Compare 2 versions" }).focus();
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/\/compare\?from=1\.0\.0&to=1\.1\.0$/);
  await expect(page.getByRole("heading", { level: 1 })).toHaveText(`Compare versions of ${name}`);

  await expect(part(page, "Metrics")).toContainText("+0.25 (+50%)");
  await expect(part(page, "Other metadata").getByText("optimizer")).toHaveCount(0);
  await expect(part(page, "Tags")).toContainText("team");
  const files = part(page, "Files");
  await expect(files.getByText("config.json")).toHaveCount(0);
  await expect(files).toContainText("changed");
  await expect(part(page, "Model card")).toContainText("-License 0");
  await expect(part(page, "Model card")).toContainText("+License 1");
  const tensors = page.getByRole("table", { name: "Tensors" });
  await expect(tensors.getByRole("row", { name: LONG })).toContainText("other shape");

  // What is the same is shown when it is asked for, by the address too.
  await page.getByRole("checkbox", { name: "Differences only" }).uncheck();
  await expect(page).toHaveURL(/all=true/);
  await expect(files.getByText("config.json")).toBeVisible();
  await page.reload();
  await expect(part(page, "Files").getByText("config.json")).toBeVisible();
  await expect(page.getByRole("checkbox", { name: "Differences only" })).not.toBeChecked();
});

test("values are compared on request, the largest difference first", async ({ page, server }) => {
  const name = uniquePrefix("values");
  await registerThree(server, name);
  await page.goto(`/models/${name}/compare?from=1.0.0&to=1.1.0&to=1.2.0`);
  const tensors = page.getByRole("table", { name: "Tensors" });
  await expect(tensors.getByRole("row", { name: "head" })).toContainText("values not compared");
  await page.getByRole("button", { name: "Compare values" }).click();
  await expect(page.getByText("the largest difference first")).toBeVisible();
  const rows = tensors.getByRole("row");
  await expect(rows.nth(1)).toContainText("head");
  await expect(rows.nth(1)).toContainText("differs by 100% · at most 5");
  await expect(rows.nth(1)).toContainText("same values");
  // Equal in all of them: no difference.
  await expect(tensors.getByRole("row", { name: "same", exact: true })).toHaveCount(0);
  await page.getByLabel("Search tensor names").fill("extra");
  await expect(page).toHaveURL(/q=extra/);
  await expect(tensors.getByRole("row", { name: "extra" })).toContainText("added");
  await expect(tensors.getByRole("row", { name: "head" })).toHaveCount(0);
});

test("ten thousand tensors: one changed value is found, and a few rows are in the page", async ({
  page,
  server,
}) => {
  const name = uniquePrefix("many");
  const bytes = manyTensors(10_000);
  await registerFiles(server, { name }, { "m.safetensors": bytes });
  const other = bytes.slice();
  other[other.length - 1] = 63;
  await registerFiles(server, { name }, { "m.safetensors": other });
  await page.goto(`/models/${name}/compare?from=1.0.0&to=latest`);
  await expect(page.getByText("10,000 tensors", { exact: true })).toBeVisible();
  const table = page.getByRole("table", { name: "Tensors" });
  expect(await table.getByRole("row").count()).toBeLessThan(100);
  await page.getByRole("button", { name: "Compare values" }).click();
  await expect(page.getByText("1 tensor", { exact: true })).toBeVisible({ timeout: 60_000 });
  await expect(table).toContainText("model.layers.999.part9.weight");
});

test("signatures are judged with reasons, also of another model's version", async ({
  page,
  server,
}) => {
  const name = uniquePrefix("signature");
  const image = { name: "image", shape: ["batch", 3] };
  const scores = { name: "scores", shape: ["batch", 10] };
  const boxes = { name: "boxes", shape: ["batch", 4] };
  const mask = { name: "mask", shape: [1] };
  await registerFiles(server, { name }, { "m.onnx": onnxModel([image], [scores]) });
  await registerFiles(server, { name }, { "m.onnx": onnxModel([image], [scores, boxes]) });
  const second = `${name}-other`;
  await registerFiles(server, { name: second }, { "m.onnx": onnxModel([image, mask], [scores]) });
  await page.goto(`/models/${name}/versions/1.0.0`);
  await page.getByRole("link", { name: "Compare with …" }).click();
  await expect(page.getByRole("heading", { name: "Compare 1.0.0 with …" })).toBeVisible();
  await page.getByRole("link", { name: "1.0.1", exact: true }).click();
  const signature = part(page, "Signature");
  await expect(signature).toContainText("The output boxes (F32 [?, 4]) is new. Compatible.");
  await page.getByRole("combobox", { name: "Compare with" }).fill(`${second}/latest`);
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(new RegExp(`to=1\\.0\\.1&to=${second}/latest`));
  await expect(signature).toContainText("The input mask (F32 [1]) is new");
  await expect(signature.getByText("incompatible", { exact: true })).toBeVisible();

  await page.getByRole("button", { name: `Remove ${second}/latest` }).click();
  await expect(page).toHaveURL(/from=1\.0\.0&to=1\.0\.1$/);
  await page.getByRole("button", { name: "Compare the others with 1.0.1" }).click();
  await expect(page).toHaveURL(/from=1\.0\.1&to=1\.0\.0$/);
  await expect(signature).toContainText("The output boxes (F32 [?, 4]) is gone. Incompatible.");
});

test("a version that is not there is named, and the others are compared", async ({
  page,
  server,
}) => {
  const name = uniquePrefix("missing");
  await registerThree(server, name);
  await page.goto(`/models/${name}/compare?from=1.0.0&to=9.9.9&to=1.1.0&to=..%2F..%2Fx%3Cb%3E`);
  await expect(page.getByText("There is no version 9.9.9, or you may not see it.")).toBeVisible();
  await expect(page.getByText("There is no version ../../x<b>,")).toBeVisible();
  await expect(part(page, "Files")).toContainText("model.safetensors");
  await page.goto(`/models/${name}/compare?from=9.9.9&to=1.0.0`);
  await expect(page.getByRole("heading", { name: "Nothing to compare" })).toBeVisible();
  await page.goto(`/models/${name}/compare`);
  await page.getByRole("link", { name: "1.0.0", exact: true }).click();
  await expect(page).toHaveURL(/compare\?from=1\.0\.0$/);
  await page.goto(`/models/${name}-none/compare?from=1.0.0&to=1.1.0`);
  await expect(page.getByRole("heading", { name: "Compare versions" })).toHaveCount(0);
});

test("the comparison is accessible everywhere, whatever it shows", async ({ page, server }) => {
  const name = uniquePrefix("axe");
  await registerThree(server, name);
  const path = `/models/${name}/compare?from=1.0.0&to=1.1.0&to=1.2.0&to=9.9.9&all=true`;
  await expectAccessibleEverywhere(page, server, path, (shown) =>
    expect(shown.getByRole("table").filter({ hasText: "head" })).toBeVisible(),
  );
});

test("so are the choice of versions, and a comparison of which one is missing", async ({
  page,
  server,
}) => {
  const name = uniquePrefix("axe");
  await registerThree(server, name);
  await expectAccessibleEverywhere(page, server, `/models/${name}/compare?from=1.0.0`);
  await expectAccessibleEverywhere(page, server, `/models/${name}?tab=versions`);
});
