import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import {
  countTests,
  filesToRepeat,
  readTests,
  type Test,
  withSecondAttempt,
} from "./count-tests.mjs";

const folder = mkdtempSync(join(tmpdir(), "count-tests-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function report(content: unknown): string {
  const file = join(folder, "report.json");
  writeFileSync(file, JSON.stringify(content));
  return file;
}

const BLOB = "/project/lib/blob.test.ts";

function vitestReport(statuses: string[], status = "failed"): string {
  const assertionResults = statuses.map((found, index) => ({
    status: found,
    fullName: `test ${index}`,
  }));
  return report({ testResults: [{ name: BLOB, status, assertionResults }] });
}

const read = async (...args: Parameters<typeof readTests>) => countTests(await readTests(...args));

describe("the tests of a run", () => {
  it("are what passed, failed and was skipped", async () => {
    const statuses = ["passed", "failed", "pending", "todo", "passed"];
    expect(await read("vitest", vitestReport(statuses), 1)).toEqual({
      passed: 2,
      failed: 1,
      skipped: 2,
      failures: ["blob.test.ts: test 1"],
    });
    const spec = (title: string, status: string) => ({
      file: "list.spec.ts",
      title,
      tests: [{ status }],
    });
    const inner = { specs: [spec("pages", "skipped"), spec("sorts", "expected")] };
    const suites = [{ specs: [spec("filters", "unexpected")], suites: [inner] }];
    expect(await read("playwright", report({ suites }), 1)).toEqual({
      passed: 1,
      failed: 1,
      skipped: 1,
      failures: ["list.spec.ts: filters"],
    });
  });

  it("count errors of fixtures in pytest's report as failures, and name them", async () => {
    const file = join(folder, "python.xml");
    writeFileSync(
      file,
      `<?xml version="1.0"?><testsuites name="pytest tests"><testsuite name="pytest" errors="1" failures="1" skipped="1" tests="5" time="3.1">
<testcase classname="tests.test_cache" name="test_a" time="0.1" />
<testcase classname="tests.test_cache" name="test_b[a &gt; b]" time="0.1"><failure message="no">no</failure></testcase>
<testcase classname="tests.test_cache.TestOnes" name="test_c" time="0.1"><skipped message="why" /></testcase>
<testcase classname="tests.test_load" name="test_d" time="0.1"><error message="no">no</error></testcase>
<testcase classname="tests.test_load" name="test_e" time="0.1"></testcase></testsuite></testsuites>`,
    );
    const tests = await readTests("pytest", file, 1);
    expect(countTests(tests)).toEqual({
      passed: 2,
      failed: 2,
      skipped: 1,
      failures: ["test_cache.py: test_b[a &gt; b]", "test_load.py: test_d"],
    });
    expect(filesToRepeat(tests)).toEqual(["tests/test_cache.py", "tests/test_load.py"]);
  });

  it("hold a failure when a file's preparation failed, which skips its tests", async () => {
    const counts = await read("vitest", vitestReport(["pending", "pending"]), 1);
    expect(counts).toMatchObject({ passed: 0, failed: 1, skipped: 2 });
    expect(counts.failures).toEqual(["blob.test.ts: what its tests need did not begin"]);
  });

  it("hold a failure when the run ended with an error", async () => {
    expect((await read("vitest", vitestReport(["passed"], "passed"), 1)).failed).toBe(1);
  });

  it("hold a failure when there are none, or no report", async () => {
    expect((await read("vitest", vitestReport([], "passed"), 0)).failed).toBe(1);
    expect((await read("vitest", join(folder, "none.json"), 0)).failed).toBe(1);
  });
});

describe("the second attempt", () => {
  const test = (file: string, name: string, status: Test["status"]): Test => ({
    file,
    name,
    status,
  });
  const first = [
    test("a", "1", "passed"),
    test("b", "1", "failed"),
    test("b", "2", "skipped"),
    test("b", "3", "passed"),
  ];

  it("has the files of what failed or was skipped", () => {
    expect(filesToRepeat(first)).toEqual(["b"]);
    expect(filesToRepeat([...first, test("", "the run ended with an error", "failed")])).toBeNull();
  });

  it("replaces what the first said of its files, and nothing else", () => {
    const second = [test("b", "1", "passed"), test("b", "2", "failed"), test("b", "3", "passed")];
    expect(countTests(withSecondAttempt(first, second))).toEqual({
      passed: 3,
      failed: 1,
      skipped: 0,
      failures: ["b: 2"],
    });
  });

  it("that did not happen mends nothing", () => {
    const second = [test("", "the run left no report", "failed")];
    expect(countTests(withSecondAttempt(first, second))).toMatchObject({ passed: 2, failed: 2 });
  });
});
