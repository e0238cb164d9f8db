import { expect, test } from "@playwright/test";
import { expectAccessible, expectAccessibleEverywhere } from "./support/axe.ts";
import { registerModel, uniquePrefix } from "./support/seed.ts";

test("the first Tab stop leads past the navigation to the content", async ({ page }) => {
  await page.goto("/models");
  await page.keyboard.press("Tab");
  await expect(page.getByRole("link", { name: "Skip to the content" })).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("main")).toBeFocused();
});

test("the language follows the browser, and the switch is remembered", async ({
  browser,
  baseURL,
}) => {
  const context = await browser.newContext({ baseURL, locale: "pt-BR" });
  const page = await context.newPage();
  await page.goto("/models");
  await expect(page.getByRole("heading", { level: 1, name: "Modelos" })).toBeVisible();
  await page.getByRole("button", { name: "Idioma" }).click();
  await page.getByRole("menuitemradio", { name: "English" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Models" })).toBeVisible();
  await page.reload();
  await expect(page.locator("html")).toHaveAttribute("lang", "en");
  await context.close();
});

test("the theme follows the system, and the switch is remembered", async ({ page }) => {
  await page.emulateMedia({ colorScheme: "dark" });
  await page.goto("/models");
  await expect(page.locator("html")).toHaveClass(/dark/);
  await page.getByRole("button", { name: "Theme" }).click();
  await page.getByRole("menuitemradio", { name: "Light" }).click();
  await expect(page.locator("html")).not.toHaveClass(/dark/);
  await page.reload();
  await expect(page.locator("html")).not.toHaveClass(/dark/);
});

test("Ctrl-K jumps to a model by keyboard alone, and Escape gives the focus back", async ({
  page,
  baseURL,
}) => {
  const name = uniquePrefix("palette");
  await registerModel(baseURL ?? "", name);
  await page.goto("/trash");
  const opener = page.getByRole("button", { name: /Go to/ });
  await opener.focus();
  await page.keyboard.press("Control+k");
  const box = page.getByRole("combobox");
  await expect(box).toBeFocused();
  await expectAccessible(page, "palette");
  await page.keyboard.press("Escape");
  await expect(box).toBeHidden();
  await expect(opener).toBeFocused();
  await page.keyboard.press("Control+k");
  await page.keyboard.type(name);
  await expect(page.getByRole("option", { name })).toBeVisible();
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(new RegExp(`/models/${name}$`));
});

test("? explains the shortcuts, but not while typing", async ({ page }) => {
  await page.goto("/models");
  await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
  const dialog = page.getByRole("dialog", { name: "Keyboard shortcuts" });
  await expect(async () => {
    await page.keyboard.press("?");
    await expect(dialog).toBeVisible({ timeout: 500 });
  }).toPass();
  await expectAccessible(page, "shortcuts");
  await page.keyboard.press("Escape");
  await expect(dialog).toBeHidden();
  const search = page.getByRole("searchbox");
  if (await search.count()) {
    await search.fill("");
    await search.press("?");
    await expect(search).toHaveValue("?");
    await expect(dialog).toBeHidden();
  }
});

test("an address that leads nowhere says so with status 404 and ways on", async ({ page }) => {
  const answer = await page.goto("/no-such-page");
  expect(answer?.status()).toBe(404);
  await expect(page.getByRole("heading", { name: "There is nothing here" })).toBeVisible();
  await page.getByRole("link", { name: "Go to the models" }).click();
  await expect(page).toHaveURL(/\/models$/);
});

test("no warning about the network is shown while the server listens on this machine only", async ({
  page,
}) => {
  await page.goto("/models");
  await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
  await expect(page.getByRole("region", { name: "Security notice" })).toHaveCount(0);
});

test("the page for unknown addresses is accessible in both themes and languages", async ({
  page,
  baseURL,
}) => {
  await expectAccessibleEverywhere(page, baseURL ?? "", "/no-such-page");
});
