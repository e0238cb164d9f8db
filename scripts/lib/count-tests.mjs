import { readFile } from "node:fs/promises";
import { basename } from "node:path";

/**
 * The result of a test run: `{ passed, failed, skipped, failures }`; the last are the names of the failed tests.
 * `failed` is never 0 for a run that exited with an error (a file that does not load has no test that could fail). A
 * run without a report, or without a single test, has failed.
 */
export async function countTests(kind, reportFile, exitCode) {
  const text = await readFile(reportFile, "utf8").catch(() => null);
  if (text === null) return { passed: 0, failed: 1, skipped: 0, failures: [] };
  const counts = COUNTERS[kind](text);
  const isUnexplained = exitCode !== 0 && counts.failed === 0;
  const isEmpty = counts.passed + counts.failed + counts.skipped === 0;
  return isUnexplained || isEmpty ? { ...counts, failed: counts.failed + 1 } : counts;
}

const COUNTERS = {
  vitest: (text) => countVitest(JSON.parse(text)),
  playwright: (text) => countPlaywright(JSON.parse(text)),
  pytest: countPytest,
};

/** JUnit's XML as pytest writes it; an error in a fixture is a failure as well. */
function countPytest(text) {
  const suite = /<testsuite [^>]*>/.exec(text)?.[0] ?? "";
  const count = (name) => Number(new RegExp(` ${name}="(\\d+)"`).exec(suite)?.[1] ?? 0);
  const failed = count("failures") + count("errors");
  const skipped = count("skipped");
  const failures = [...text.matchAll(/<testcase [^>]*[^/]>\s*<(?:failure|error)\b/g)].map(
    ([tag]) => {
      const [, file = ""] = / classname="([^"]*)"/.exec(tag) ?? [];
      const [, name = ""] = / name="([^"]*)"/.exec(tag) ?? [];
      return `${file}: ${name}`;
    },
  );
  return { passed: count("tests") - failed - skipped, failed, skipped, failures };
}

function countVitest(report) {
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests,
    skipped: report.numPendingTests + report.numTodoTests,
    failures: report.testResults.flatMap(({ name, assertionResults }) =>
      assertionResults
        .filter(({ status }) => status === "failed")
        .map(({ fullName }) => `${basename(name)}: ${fullName}`),
    ),
  };
}

/** A flaky test passed at the second attempt: it counts as failed. */
function countPlaywright({ stats, suites }) {
  return {
    passed: stats.expected,
    failed: stats.unexpected + stats.flaky,
    skipped: stats.skipped,
    failures: suites.flatMap(failedSpecs),
  };
}

function failedSpecs({ suites = [], specs = [] }) {
  const own = specs
    .filter(({ tests }) => tests.some(({ status }) => ["unexpected", "flaky"].includes(status)))
    .map(({ file, title }) => `${basename(file)}: ${title}`);
  return [...own, ...suites.flatMap(failedSpecs)];
}
