import AxeBuilder from "@axe-core/playwright";
import { expect, type Page } from "@playwright/test";

const WCAG_22_AA = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

export const THEMES = ["light", "dark"] as const;
export const LANGUAGES = ["en", "pt-BR"] as const;
export const SIZES = {
  desk: { width: 1440, height: 900 },
  phone: { width: 390, height: 844 },
} as const;

/** Axe finds nothing on the page as it is now; the message lists what it found and where. */
export async function expectAccessible(page: Page, what: string): Promise<void> {
  // Colours that are half way through a transition are nobody's choice.
  await page.evaluate(() =>
    Promise.allSettled(
      document
        .getAnimations()
        .filter(
          (animation) => animation.effect?.getTiming().iterations !== Number.POSITIVE_INFINITY,
        )
        .map((animation) => animation.finished),
    ),
  );
  const { violations } = await new AxeBuilder({ page }).withTags(WCAG_22_AA).analyze();
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
 * Opens `path` in both themes and both languages, on a desk and on a phone, and expects that axe finds
 * nothing and that nothing is wider than the screen. `ready` waits for what the page loads late.
 */
export async function expectAccessibleEverywhere(
  page: Page,
  baseURL: string,
  path: string,
  ready?: (page: Page) => Promise<unknown>,
): Promise<void> {
  for (const language of LANGUAGES) {
    await setLanguage(page, language, baseURL);
    for (const theme of THEMES) {
      await page.emulateMedia({ colorScheme: theme, reducedMotion: "reduce" });
      for (const [name, size] of Object.entries(SIZES)) {
        await page.setViewportSize(size);
        await page.goto(path);
        await expect(page.locator("html")).toHaveAttribute("lang", language);
        // Not the skeleton that is there before the page.
        await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
        await ready?.(page);
        const what = `${path} ${language} ${theme} ${name}`;
        await expectAccessible(page, what);
        const overflow = await page.evaluate(
          () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
        );
        expect(overflow, `${what}: wider than the screen by`).toBeLessThanOrEqual(0);
      }
    }
  }
}
