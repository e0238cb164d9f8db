import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, type Page } from "@playwright/test";
import { tinyModel } from "../tests/support/model-files.ts";
import { sha256 } from "../tests/support/registry-client.ts";
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

test("the curl commands on the page run as they are and bring the registered bytes", async ({
  page,
  server,
}) => {
  const name = uniquePrefix("curl");
  const weights = tinyModel(3, 50_000);
  const files = { "model.safetensors": weights, "vocab/words & numbers.txt": "one\ntwo\n" };
  await registerFiles(server, { name, version: "2.0.0+build.1" }, files);
  await openSnippets(page, name);

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
  bash(await snippet(page, "Download the file"));
  expect(sha256(readFileSync(join(folder, "net.pkl")))).toBe(sha256(bytes));
});
