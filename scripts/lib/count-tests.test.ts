import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { countTests } from "./count-tests.mjs";

const folder = mkdtempSync(join(tmpdir(), "count-tests-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function report(content: unknown): string {
  const file = join(folder, "report.json");
  writeFileSync(file, JSON.stringify(content));
  return file;
}

const vitestReport = (passed: number, failed: number, pending: number, todo: number) =>
  report({
    numPassedTests: passed,
    numFailedTests: failed,
    numPendingTests: pending,
    numTodoTests: todo,
  });

describe("countTests", () => {
  it("counts what passed, failed and was skipped", async () => {
    expect(await countTests("vitest", vitestReport(5, 2, 1, 1), 1)).toEqual({
      passed: 5,
      failed: 2,
      skipped: 2,
    });
    const stats = { expected: 4, unexpected: 1, flaky: 1, skipped: 3 };
    expect(await countTests("playwright", report({ stats }), 1)).toEqual({
      passed: 4,
      failed: 2,
      skipped: 3,
    });
  });

  it("is never without a failure when the run ended with an error", async () => {
    expect((await countTests("vitest", vitestReport(5, 0, 0, 0), 1)).failed).toBe(1);
  });

  it("takes a run without tests, or without a report, for a failed one", async () => {
    expect((await countTests("vitest", vitestReport(0, 0, 0, 0), 0)).failed).toBe(1);
    expect((await countTests("vitest", join(folder, "none.json"), 0)).failed).toBe(1);
  });
});
