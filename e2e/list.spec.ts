import { expect, type Page, test } from "@playwright/test";
import { expectAccessible, expectAccessibleEverywhere } from "./support/axe.ts";
import { messages } from "./support/messages.ts";
import { registerModel, uniquePrefix } from "./support/seed.ts";

const prefix = uniquePrefix("list");
const COUNT = 27;
const name = (index: number) => `${prefix}-${String(index).padStart(2, "0")}`;
const rows = (page: Page) => page.locator("[data-row-link]");
const list = (extra = "") => `/models?query=${prefix}${extra}`;

test.describe.configure({ mode: "serial" });

test.beforeAll(async ({ baseURL }) => {
  for (let index = 0; index < COUNT; index += 1) {
    await registerModel(baseURL ?? "", name(index), {
      elements: index === 0 ? 5_000 : 10 + index,
      tags: { [prefix]: index % 3 === 0 ? "third" : "rest" },
      description: index === 1 ? "Recognises handwriting" : "",
    });
  }
});

test("search narrows the list while typing, and the address keeps it", async ({ page }) => {
  await page.goto("/models");
  await page.getByRole("searchbox").fill(prefix);
  await expect(page).toHaveURL(new RegExp(`query=${prefix}`));
  await expect(rows(page)).toHaveCount(COUNT);
  await page.reload();
  await expect(page.getByRole("searchbox")).toHaveValue(prefix);
  await expect(rows(page)).toHaveCount(COUNT);
});

test("search finds words of the description", async ({ page }) => {
  await page.goto("/models?query=handwriting");
  await expect(page.getByRole("link", { name: name(1), exact: true })).toBeVisible();
});

test("a facet shows its count, filters, and goes away by its chip or the back button", async ({
  page,
}) => {
  await page.goto(list());
  await expect(page.getByText(`1 to ${COUNT} of ${COUNT}`)).toBeVisible();
  await page.getByRole("link", { name: new RegExp(`${prefix}:third 9`) }).click();
  await expect(rows(page)).toHaveCount(9);
  await page.goBack();
  await expect(rows(page)).toHaveCount(COUNT);
  await page.goForward();
  await expect(rows(page)).toHaveCount(9);
  await page
    .getByRole("list", { name: "Active filters" })
    .getByRole("link", { name: /third/ })
    .click();
  await expect(rows(page)).toHaveCount(COUNT);
});

test("parameters are filtered as people write them", async ({ page }) => {
  await page.goto(list());
  await page.getByRole("textbox", { name: "At least this many parameters" }).fill("4.5k");
  await page.keyboard.press("Enter");
  await expect(rows(page)).toHaveText([name(0)]);
  await page.getByRole("textbox", { name: "At least this many parameters" }).fill("many");
  await page.keyboard.press("Enter");
  await expect(page.getByText(/Write a number/)).toBeVisible();
});

test("pages go forward and back by links, and a page opened directly can return to the first", async ({
  page,
}) => {
  await page.goto(list("&sort=name&limit=25"));
  await expect(page.getByText(`1 to 25 of ${COUNT}`)).toBeVisible();
  await page.getByRole("link", { name: "Next" }).click();
  await expect(page.getByText(`26 to 27 of ${COUNT}`)).toBeVisible();
  await expect(rows(page)).toHaveText([name(25), name(26)]);
  const shared = page.url();
  await page.getByRole("link", { name: "Previous" }).click();
  await expect(page.getByText(`1 to 25 of ${COUNT}`)).toBeVisible();
  await page.evaluate(() => sessionStorage.clear());
  await page.goto(shared);
  await expect(rows(page)).toHaveText([name(25), name(26)]);
  await page.getByRole("link", { name: "First page" }).click();
  await expect(rows(page)).toHaveCount(25);
});

test("a heading sorts both ways and says so", async ({ page }) => {
  await page.goto(list());
  const heading = page.getByRole("columnheader", { name: "Name" });
  await heading.getByRole("link").click();
  await expect(heading).toHaveAttribute("aria-sort", "ascending");
  await expect(rows(page).first()).toHaveText(name(0));
  await heading.getByRole("link").click();
  await expect(heading).toHaveAttribute("aria-sort", "descending");
  await expect(rows(page).first()).toHaveText(name(COUNT - 1));
});

test("the keyboard alone finds and opens a model", async ({ page }) => {
  await page.goto(list("&sort=name"));
  const search = page.getByRole("searchbox");
  await expect(async () => {
    await page.keyboard.press("/");
    await expect(search).toBeFocused({ timeout: 500 });
  }).toPass();
  await page.keyboard.press("ArrowDown");
  await expect(rows(page).nth(0)).toBeFocused();
  await page.keyboard.press("ArrowDown");
  await expect(rows(page).nth(1)).toBeFocused();
  await page.keyboard.press("ArrowUp");
  await page.keyboard.press("ArrowUp");
  await expect(search).toBeFocused();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(new RegExp(`/models/${name(0)}$`));
});

test("a model registered elsewhere appears without a reload", async ({ page, baseURL }) => {
  const late = uniquePrefix("late");
  await page.goto(`/models?query=${late}`);
  await expect(page.getByText("Nothing matches")).toBeVisible();
  await registerModel(baseURL ?? "", late);
  await expect(page.getByRole("link", { name: late, exact: true })).toBeVisible({
    timeout: 15_000,
  });
});

test("several models are tagged and deleted at once, and both can be undone", async ({ page }) => {
  await page.goto(list("&sort=name"));
  await page.getByRole("checkbox", { name: `Select ${name(3)}` }).check();
  await page.getByRole("checkbox", { name: `Select ${name(4)}` }).check();
  const bar = page.getByRole("region", { name: "Selected models" });
  await expect(bar).toContainText("2 selected");
  await bar.getByRole("button", { name: "Add tag" }).click();
  await page.getByRole("textbox", { name: "Key" }).fill(`${prefix}-bulk`);
  await page.getByRole("textbox", { name: "Value" }).fill("yes");
  await expectAccessible(page, "tag dialog");
  await page.getByRole("dialog").getByRole("button", { name: "Add tag" }).click();
  await expect(messages(page)).toContainText("2 models tagged");
  await expect(page.getByRole("link", { name: new RegExp(`${prefix}-bulk:yes 2`) })).toBeVisible();
  await page.getByRole("button", { name: "Undo" }).click();
  await expect(page.getByRole("link", { name: new RegExp(`${prefix}-bulk:yes`) })).toHaveCount(0);

  await bar.getByRole("button", { name: "Delete" }).click();
  const question = page.getByRole("alertdialog", { name: "Delete 2 models?" });
  await expectAccessible(page, "delete dialog");
  await question.getByRole("button", { name: "Delete" }).click();
  await expect(messages(page)).toContainText("2 models moved to the trash");
  await expect(rows(page)).toHaveCount(COUNT - 2);
  await page.getByRole("button", { name: "Undo" }).click();
  await expect(messages(page)).toContainText("2 models restored");
  await expect(rows(page)).toHaveCount(COUNT);
});

test("a saved view brings filters and order back after a reload", async ({ page }) => {
  await page.goto(list("&sort=name&limit=25"));
  await page.getByRole("button", { name: "Saved views" }).click();
  await page.getByRole("textbox", { name: "Save the current list as" }).fill("Mine");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await expect(page.getByRole("link", { name: "Mine" })).toBeVisible();
  await page.goto("/models");
  await page.getByRole("button", { name: "Saved views" }).click();
  await page.getByRole("link", { name: "Mine" }).click();
  await expect(page).toHaveURL(new RegExp(`query=${prefix}&sort=name&limit=25`));
});

test("nonsense in the address is named and ignored; an old cursor leads to the first page", async ({
  page,
}) => {
  await page.goto("/models?colour=red&limit=100000&verdict=odd");
  await expect(page.getByText(/ignored: .*colour/)).toBeVisible();
  await page.goto(list("&cursor=nonsense"));
  await expect(page).not.toHaveURL(/cursor/);
  await expect(rows(page)).toHaveCount(COUNT);
});

test("filters that match nothing can be cleared in one step", async ({ page }) => {
  await page.goto(list("&framework=gguf"));
  await page.getByRole("link", { name: "Clear the filters" }).click();
  await expect(page).toHaveURL(/\/models$/);
});

test("the same address answers JSON to a program", async ({ request }) => {
  const answer = await request.get(list("&limit=25"), { headers: { accept: "*/*" } });
  expect((await answer.json()).total).toBe(COUNT);
});

test("the list is accessible in both themes and languages, on a desk and on a phone", async ({
  page,
  baseURL,
}) => {
  test.slow();
  await expectAccessibleEverywhere(page, baseURL ?? "", list("&limit=25"), async () =>
    expect(rows(page)).toHaveCount(25),
  );
  await page.goto(list("&framework=gguf"));
  await expectAccessible(page, "nothing matches");
});
