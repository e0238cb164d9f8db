import { defineConfig } from "@playwright/test";

/** Browser journeys against the built product, in an installed Chromium: nothing is downloaded. */
export default defineConfig({
  testDir: "e2e",
  outputDir: "test-results",
  globalSetup: "./e2e/support/start-product.ts",
  forbidOnly: true,
  retries: 0,
  workers: 2,
  // A journey through themes, languages and sizes is long, and two cores serve browser and server.
  timeout: 180_000,
  expect: { timeout: 15_000 },
  use: {
    // Set by the global setup before the workers read this file.
    baseURL: process.env.E2E_BASE_URL,
    locale: "en-US",
    // A quarter of the time; npm test asks for traces when it runs again what has failed.
    trace: "off",
    launchOptions: {
      executablePath: process.env.CHROMIUM_PATH ?? "/usr/bin/chromium",
      args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
    },
  },
});
