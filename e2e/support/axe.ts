import AxeBuilder from "@axe-core/playwright";
import { expect, type Page } from "@playwright/test";

/** What can be wrong in one theme and right in the other. */
const RULES_OF_COLOUR = ["color-contrast", "link-in-text-block"];
const WCAG_22_AA = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

export const THEMES = ["light", "dark"] as const;
export const LANGUAGES = ["en", "pt-BR"] as const;
export const SIZES = {
  desk: { width: 1440, height: 900 },
  phone: { width: 390, height: 844 },
} as const;

/** `without`: rules that cannot hold there. `only`: the rules to look at, instead of all. */
type AxeRules = { without?: string[]; only?: string[] };

/** Axe finds nothing on the page as it is now; the message lists what it found and where. */
export async function expectAccessible(
  page: Page,
  what: string,
  { without = [], only }: AxeRules = {},
): Promise<void> {
  // Colours that are half way through a transition are nobody's choice. One that stands still, such as of what a smaller
  // screen does not show, never ends.
  await page.evaluate(() => {
    const ending = document
      .getAnimations()
      .filter((animation) => animation.effect?.getTiming().iterations !== Number.POSITIVE_INFINITY)
      .map((animation) => animation.finished);
    return Promise.race([
      Promise.allSettled(ending),
      new Promise((resolve) => setTimeout(resolve, 2_000)),
    ]);
  });
  // In the page itself: nothing here has frames, whose results would be put together in a second page.
  const axe = new AxeBuilder({ page }).setLegacyMode();
  const { violations } = await (only
    ? axe.withRules(only)
    : axe.withTags(WCAG_22_AA).disableRules(without)
  ).analyze();
  const found = violations.map(
    ({ id, help, nodes }) =>
      `${id}: ${help}\n${nodes.map((n) => `    ${n.html}\n    ${n.failureSummary}`).join("\n")}`,
  );
  expect(found, what).toEqual([]);
}

/** Reads a page in the language from now on, as the language switch does. */
export async function setLanguage(
  page: Page,
  language: (typeof LANGUAGES)[number],
  baseURL: string,
) {
  await page.context().addCookies([{ name: "locale", value: language, url: baseURL }]);
}

/**
 * Opens `path` in both languages, on a desk and on a phone, and expects that nothing is wider than the screen and that axe
 * finds nothing: everywhere in the first language, and on the desk in the light theme in the other, since neither colours
 * nor sizes are a matter of words. `ready` waits for what the page loads late.
 */
export async function expectAccessibleEverywhere(
  page: Page,
  baseURL: string,
  path: string,
  ready?: (page: Page) => Promise<unknown>,
): Promise<void> {
  for (const language of LANGUAGES) {
    await setLanguage(page, language, baseURL);
    await page.goto(path);
    await expect(page.locator("html")).toHaveAttribute("lang", language);
    // Not the skeleton that is there before the page.
    await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
    for (const [name, size] of Object.entries(SIZES)) {
      await page.setViewportSize(size);
      for (const theme of language === LANGUAGES[0] ? THEMES : THEMES.slice(0, 1)) {
        await page.emulateMedia({ colorScheme: theme, reducedMotion: "reduce" });
        await expect(page.locator("html")).toHaveClass(new RegExp(`\\b${theme}\\b`));
        await ready?.(page);
        if (language !== LANGUAGES[0] && size !== SIZES.desk) continue;
        const what = `${path} ${language} ${theme} ${name}`;
        await expectAccessible(page, what, theme === THEMES[0] ? {} : { only: RULES_OF_COLOUR });
      }
      // Asked until it holds: what moves when the screen changes its size is wider for a moment.
      await expect
        .poll(
          () => page.evaluate(overflow),
          `${path} ${language} ${name}: wider than the screen by`,
        )
        .toBeLessThanOrEqual(0);
    }
  }
}

function overflow(): number {
  return document.documentElement.scrollWidth - document.documentElement.clientWidth;
}
