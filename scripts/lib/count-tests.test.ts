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
    testResults: [
      {
        name: "/project/lib/blob.test.ts",
        assertionResults: [
          { status: "passed", fullName: "a blob is stored" },
          ...Array(failed).fill({ status: "failed", fullName: "a blob is read" }),
        ],
      },
    ],
  });

describe("countTests", () => {
  it("counts what passed, failed and was skipped", async () => {
    expect(await countTests("vitest", vitestReport(5, 2, 1, 1), 1)).toEqual({
      passed: 5,
      failed: 2,
      skipped: 2,
      failures: ["blob.test.ts: a blob is read", "blob.test.ts: a blob is read"],
    });
    const spec = (title: string, status: string) => ({
      file: "list.spec.ts",
      title,
      tests: [{ status }],
    });
    const inner = { specs: [spec("pages", "flaky"), spec("sorts", "expected")] };
    const suites = [{ specs: [spec("filters", "unexpected")], suites: [inner] }];
    const stats = { expected: 4, unexpected: 1, flaky: 1, skipped: 3 };
    expect(await countTests("playwright", report({ stats, suites }), 1)).toEqual({
      passed: 4,
      failed: 2,
      skipped: 3,
      failures: ["list.spec.ts: filters", "list.spec.ts: pages"],
    });
  });

  it("counts errors of fixtures in pytest's report as failures, and names them", async () => {
    const file = join(folder, "python.xml");
    writeFileSync(
      file,
      `<?xml version="1.0"?><testsuites name="pytest tests"><testsuite name="pytest" errors="1" failures="1" skipped="1" tests="5" time="3.1">
<testcase classname="test_cache" name="test_a" time="0.1" />
<testcase classname="test_cache" name="test_b[a &gt; b]" time="0.1"><failure message="no">no</failure></testcase>
<testcase classname="test_cache" name="test_c" time="0.1"><skipped message="why" /></testcase>
<testcase classname="test_load" name="test_d" time="0.1"><error message="no">no</error></testcase>
<testcase classname="test_load" name="test_e" time="0.1"></testcase></testsuite></testsuites>`,
    );
    expect(await countTests("pytest", file, 1)).toEqual({
      passed: 2,
      failed: 2,
      skipped: 1,
      failures: ["test_cache: test_b[a &gt; b]", "test_load: test_d"],
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
