import { type Browser, expect, type Page } from "@playwright/test";
import type { RunningServer } from "../../tests/support/server.ts";

export const PASSWORD = "correct horse battery";

/** Makes the first administrator by the link that the server has printed. */
export async function makeAdministrator(server: RunningServer, name: string): Promise<void> {
  const token = /\/setup\?token=(\S+)/.exec(server.logs())?.[1] ?? "";
  const answer = await fetch(`${server.baseUrl}/api/v1/auth/links`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ token, name, password: PASSWORD }),
  });
  expect(answer.status).toBe(200);
}

/** A browser of its own, in which the user has signed in. */
export async function openAs(browser: Browser, server: RunningServer, name: string): Promise<Page> {
  const context = await browser.newContext({ baseURL: server.baseUrl, locale: "en-US" });
  const page = await context.newPage();
  await page.goto("/sign-in");
  await page.getByLabel("Name", { exact: true }).fill(name);
  await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await page.keyboard.press("Enter");
  await expect(page.getByRole("button", { name: `Account: ${name}` })).toBeVisible();
  return page;
}

/** Opens the account's menu and chooses from it. A page that has just come opens no menu before React has taken it over. */
export async function chooseInAccountMenu(page: Page, name: string, item: string): Promise<void> {
  const button = page.getByRole("button", { name: `Account: ${name}` });
  const wanted = page.getByRole("menuitem", { name: item });
  await expect(async () => {
    if (!(await wanted.isVisible())) await button.click();
    await expect(wanted).toBeVisible({ timeout: 2_000 });
  }).toPass({ timeout: 60_000 });
  await wanted.click();
}

/** What the API answers to a token. */
export async function askAs(server: RunningServer, token: string, path: string) {
  const answer = await fetch(`${server.baseUrl}/api/v1${path}`, {
    headers: { Authorization: `Bearer ${token}` },
  });
  return { status: answer.status, body: answer.ok ? await answer.json() : null };
}
