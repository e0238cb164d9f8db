import { defineConfig } from "vitest/config";

/** Tests that need PostgreSQL, the S3 server or the built server; all the others are the project `unit`. */
const INTEGRATION = [
  "tests/integration/**/*.test.ts",
  "tests/real/**/*.test.ts",
  "lib/db/**/*.test.ts",
  "lib/**/*.db.test.ts",
  "lib/operations/**/*.test.ts",
  "lib/storage/s3*.test.ts",
];
const NOT_OURS = ["**/node_modules/**", "**/.next*/**", "**/.cache/**", "**/.data/**", "python/**"];

export default defineConfig({
  // *.spec.ts are browser journeys (Playwright).
  test: {
    // CI machines have two cores; a server under test needs one of them.
    maxWorkers: 2,
    // Files share the modules of their process: loading these anew took half of a file's time. So a test leaves no global changed.
    isolate: false,
    setupFiles: "tests/support/keep-engine-code.ts",
    execArgv: ["--no-wasm-code-gc", "--disable-warning=ExperimentalWarning"],
    allowOnly: false,
    projects: [
      {
        extends: true,
        test: {
          name: "unit",
          include: ["**/*.test.ts", "**/*.test.tsx"],
          exclude: [...NOT_OURS, ...INTEGRATION],
          testTimeout: 60_000,
        },
      },
      {
        extends: true,
        test: {
          name: "integration",
          include: INTEGRATION,
          exclude: NOT_OURS,
          globalSetup: "tests/support/postgres-setup.ts",
          // Fair to a slow machine; what hangs still ends the run.
          testTimeout: 180_000,
          hookTimeout: 180_000,
        },
      },
    ],
  },
});
