import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, type Page } from "@playwright/test";
import { tinyModel } from "../tests/support/model-files.ts";
import { sha256 } from "../tests/support/registry-client.ts";
import { expectAccessible, LANGUAGES, SIZES, setLanguage, THEMES } from "./support/axe.ts";
import { uniquePrefix } from "./support/seed.ts";
import { test } from "./support/test.ts";
import { pickleNaming, registerFiles } from "./support/versions.ts";

let folder: string;
test.beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "snippets-"));
});
test.afterEach(() => rmSync(folder, { recursive: true, force: true }));

const bash = (script: string) =>
  execFileSync("bash", ["-euc", script], { cwd: folder, encoding: "utf8", stdio: "pipe" });
const snippet = async (page: Page, label: string) =>
  (
    (await page.getByRole("dialog").getByRole("region", { name: label }).textContent()) ?? ""
  ).trim();

async function openSnippets(page: Page, name: string) {
  await page.goto(`/models/${name}`);
  await page.getByRole("button", { name: "Use this model" }).click();
  await expect(page.getByRole("dialog")).toBeVisible();
}

const openTab = (page: Page, name: string) =>
  page.getByRole("dialog").getByRole("tab", { name, exact: true }).click();

test("the curl commands on the page run as they are and bring the registered bytes", async ({
  page,
  server,
}) => {
  const name = uniquePrefix("curl");
  const weights = tinyModel(3, 50_000);
  const files = { "model.safetensors": weights, "vocab/words & numbers.txt": "one\ntwo\n" };
  await registerFiles(server, { name, version: "2.0.0+build.1" }, files);
  await openSnippets(page, name);
  await openTab(page, "curl");

  bash(await snippet(page, "Download the file"));
  const saved = join(folder, "model.safetensors");
  expect(sha256(readFileSync(saved))).toBe(sha256(weights));

  truncateSync(saved, 70_000);
  bash(await snippet(page, "Download it, or continue a download that was cut"));
  expect(statSync(saved).size).toBe(weights.length);
  expect(sha256(readFileSync(saved))).toBe(sha256(weights));

  const check = await snippet(page, "Check what arrived");
  expect(bash(check)).toContain("OK");
  writeFileSync(saved, "damaged");
  expect(() => bash(check)).toThrow();

  bash(await snippet(page, "Download all files as one tar"));
  bash("mkdir all && tar -xf ./*.tar -C all");
  const found = bash("cd all && find . -type f -exec sha256sum {} +");
  expect(found).toContain(sha256(weights));
  expect(found).toContain(sha256(new TextEncoder().encode("one\ntwo\n")));

  await page
    .getByRole("dialog")
    .getByRole("combobox", { name: "File" })
    .selectOption("vocab/words & numbers.txt");
  bash(await snippet(page, "Download the file"));
  expect(readFileSync(join(folder, "words & numbers.txt"), "utf8")).toBe("one\ntwo\n");
});

test("the commands of the command line on the page run as they are", async ({ page, server }) => {
  const name = uniquePrefix("cli");
  const weights = tinyModel(4, 1_000);
  await registerFiles(server, { name }, { "model.safetensors": weights, "words.txt": "one\n" });
  const source = join(import.meta.dirname, "..", "cli", "src", "main.ts");
  const command = `#!/bin/sh\nexec '${process.execPath}' '${source}' "$@"\n`;
  writeFileSync(join(folder, "model-registry"), command, { mode: 0o755 });
  const run = (script: string) => bash(`PATH="$PWD:$PATH"; HOME="$PWD"; ${script}`);
  await openSnippets(page, name);
  await openTab(page, "Command line");

  expect(run(await snippet(page, "Show what the registry knows"))).toContain("safetensors");
  run(await snippet(page, "Download all files"));
  expect(sha256(readFileSync(join(folder, `${name}-1.0.0`, "model.safetensors")))).toBe(
    sha256(weights),
  );
  run(await snippet(page, "Download the file"));
  expect(sha256(readFileSync(join(folder, "model.safetensors")))).toBe(sha256(weights));
});

for (const language of LANGUAGES)
  for (const [size, viewport] of Object.entries(SIZES))
    test(`the tabs of the clients can be read on a ${size} in ${language}, light and dark`, async ({
      page,
      server,
    }) => {
      const name = uniquePrefix("clients");
      const files = { "model.safetensors": tinyModel(5), "words.txt": "one\n" };
      await registerFiles(server, { name }, files);
      await setLanguage(page, language, server);
      await page.setViewportSize(viewport);
      for (const colorScheme of THEMES) {
        await page.emulateMedia({ colorScheme });
        await page.goto(`/models/${name}`);
        await page.getByRole("button", { name: /Use this model|Usar este modelo/ }).click();
        const dialog = page.getByRole("dialog");
        for (const tab of ["Python", /Command line|Linha de comando/, "curl", "Dask"]) {
          await dialog.getByRole("tab", { name: tab }).click();
          // By its name: the panel that goes is there until its transition ends.
          await expect(dialog.getByRole("tabpanel", { name: tab })).toContainText(name);
          await expectAccessible(page, `${tab} ${colorScheme}`);
          expect(await dialog.evaluate((box) => box.scrollWidth - box.clientWidth)).toBe(0);
          await dialog.getByRole("button", { name: /^Cop/ }).first().click();
        }
      }
    });

test("commands for a suspicious version appear once its risk is accepted, and then work", async ({
  page,
  server,
}) => {
  const name = uniquePrefix("curl-risk");
  const bytes = pickleNaming("my_project", "Net");
  await registerFiles(server, { name }, { "net.pkl": bytes });
  await openSnippets(page, name);
  await expect(page.getByRole("dialog").getByRole("region")).toHaveCount(0);
  await page.getByRole("dialog").getByRole("checkbox").check();
  await openTab(page, "curl");
  bash(await snippet(page, "Download the file"));
  expect(sha256(readFileSync(join(folder, "net.pkl")))).toBe(sha256(bytes));
});
