import type { Locator, Page } from "@playwright/test";

/** Where the interface reports what has happened, with "Undo" where there is one. */
export function messages(page: Page): Locator {
  return page.getByRole("region", { name: "Messages" });
}
