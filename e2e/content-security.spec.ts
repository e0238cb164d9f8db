/** Every page under its policy: nothing is refused by it, and no script runs that does not carry the page's nonce. */

import { globSync } from "node:fs";
import { expect } from "@playwright/test";
import { tinyModel } from "../tests/support/model-files.ts";
import { uniquePrefix } from "./support/seed.ts";
import { test } from "./support/test.ts";
import { registerFiles } from "./support/versions.ts";
import { watchViolations } from "./support/violations.ts";

async function pathsOf(server: string): Promise<string[]> {
  const name = uniquePrefix("policy");
  const version = await registerFiles(
    server,
    { name, description: "# Card\n\n<script>alert(1)</script>\n\n```python\nx = 1\n```" },
    { "m.safetensors": tinyModel(), "README.md": "# Read me" },
  );
  const values: Record<string, string> = {
    name,
    ref: "1.0.0",
    digest: version.files[0]?.digest ?? "",
  };
  const pages = globSync("**/page.tsx", { cwd: "app" }).map((file) => {
    const segments = file
      .split("/")
      .slice(0, -1)
      .filter((segment) => !segment.startsWith("("));
    return `/${segments.map((s) => s.replace(/^\[(.*)\]$/, (_, key) => values[key] ?? "x")).join("/")}`;
  });
  const model = `/models/${name}`;
  const tabs = ["versions", "activity"].map((tab) => `${model}?tab=${tab}`);
  const versionTabs = ["files", "tensors", "metadata", "activity"].map(
    (tab) => `${model}/versions/1.0.0?tab=${tab}`,
  );
  return [...pages, ...tabs, ...versionTabs, "/models/nobody", "/nothing/there"];
}

test("no page breaks its policy, and no script is without the nonce", async ({
  context,
  server,
}) => {
  for (const path of await pathsOf(server)) {
    // Its own for each path: one that leads on to another page late would take the next one with it.
    const page = await context.newPage();
    const violations = await watchViolations(page);
    // Not the answer of the browser's own request: a page that leads on to another one leaves it behind.
    const answer = await page.request.get(path, { headers: { accept: "text/html" } });
    const policy = answer.headers()["content-security-policy"] ?? "";
    const nonce = /'nonce-([^']+)'/.exec(policy)?.[1] ?? "none";
    expect(policy, path).toMatch(/script-src 'self' 'nonce-[^']+' 'strict-dynamic';/);
    expect(policy, path).not.toMatch(/script-src[^;]*unsafe/);
    for (const directive of [
      "object-src 'none'",
      "base-uri 'self'",
      "form-action 'self'",
      "frame-ancestors 'none'",
    ])
      expect(policy, path).toContain(directive);
    const html = await answer.text();
    const scripts = [...html.matchAll(/<script\b[^>]*>/g)].map(([tag]) => tag);
    expect(scripts.length, path).toBeGreaterThan(0);
    for (const tag of scripts) expect(tag, path).toContain(`nonce="${nonce}"`);
    expect(/<[^>]+\son[a-z]+=|javascript:/i.test(html), path).toBe(false);
    // The page is alive: its own scripts ran.
    // Again where the page before has led on to another one only now, and so ended this visit.
    await expect(async () => {
      await page.goto(path, { waitUntil: "load" });
    }).toPass();
    await page.waitForFunction(() => "next" in window);
    await page.waitForTimeout(300);
    expect(violations, path).toEqual([]);
  }
});

test("what opens on a page breaks nothing either, also after a refresh", async ({
  page,
  server,
}) => {
  const violations = await watchViolations(page);
  const name = uniquePrefix("open");
  await registerFiles(server, { name }, { "m.safetensors": tinyModel() });
  await page.goto(`/models/${name}`);
  await page.keyboard.press("Control+k");
  await page.getByRole("combobox").fill("stor");
  await page.getByRole("option", { name: "Storage" }).click();
  await expect(page).toHaveURL(/\/storage$/);
  await page.goBack();
  await page.getByRole("button", { name: "Language" }).click();
  await page.getByRole("menuitemradio", { name: "Português" }).click();
  await expect(page.locator("html")).toHaveAttribute("lang", "pt-BR");
  await page.getByRole("button", { name: "Tema" }).click();
  await page.getByRole("menuitemradio", { name: "Escuro" }).click();
  await expect(page.locator("html")).toHaveClass(/dark/);
  expect(violations).toEqual([]);
});

test("two answers have two nonces, whatever the client sends", async ({ request, server }) => {
  const nonceOf = async () => {
    const answer = await request.get(`${server}/models`, {
      headers: {
        accept: "text/html",
        "content-security-policy": "script-src 'nonce-Zm9yZ2VkIG5vbmNl' 'unsafe-inline'",
        "x-nonce": "Zm9yZ2VkIG5vbmNl",
      },
    });
    const html = await answer.text();
    expect(html.includes("Zm9yZ2VkIG5vbmNl")).toBe(false);
    return /'nonce-([^']+)'/.exec(answer.headers()["content-security-policy"] ?? "")?.[1];
  };
  const [one, other] = [await nonceOf(), await nonceOf()];
  expect(one).toHaveLength(24);
  expect(one).not.toBe(other);
});

test("an injected script does not run", async ({ page }) => {
  await page.goto("/models");
  const ran = await page.evaluate(async () => {
    const target = window as typeof window & { injected?: boolean };
    const holder = document.createElement("div");
    holder.innerHTML = `<img src="/nothing.png" onerror="window.injected = true">`;
    document.body.append(holder);
    document.body.insertAdjacentHTML("beforeend", "<script>window.injected = true</script>");
    await new Promise((resolve) => setTimeout(resolve, 500));
    return target.injected === true;
  });
  expect(ran).toBe(false);
});
