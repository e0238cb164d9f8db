import { test as base } from "@playwright/test";

/** `server` is the tested server's address; the run ends at once when none was configured. */
export const test = base.extend<{ server: string }>({
  server: async ({ baseURL }, use) => {
    if (!baseURL) throw new Error("Playwright's baseURL is not set.");
    await use(baseURL);
  },
});
