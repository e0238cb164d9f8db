import { readFile } from "node:fs/promises";
import { basename } from "node:path";

/**
 * The tests of a run: `[{ file, name, status }]` with the status `passed`, `failed` or `skipped`. There is at least one that
 * failed when the run exited with an error (a file that does not load has no test that could fail), when it has left no report,
 * and when there is no test.
 */
export async function readTests(kind, reportFile, exitCode) {
  const text = await readFile(reportFile, "utf8").catch(() => null);
  if (text === null) return [failed("", "the run left no report")];
  const tests = READERS[kind](text);
  if (tests.length === 0) return [failed("", "there is no test")];
  if (exitCode !== 0 && tests.every(({ status }) => status === "passed"))
    return [...tests, failed("", "the run ended with an error")];
  return tests;
}

/** `{ passed, failed, skipped, failures }`; the last are the names of the failed tests. */
export function countTests(tests) {
  const count = (wanted) => tests.filter(({ status }) => status === wanted).length;
  return {
    passed: count("passed"),
    failed: count("failed"),
    skipped: count("skipped"),
    failures: tests
      .filter(({ status }) => status === "failed")
      .map(({ file, name }) => (file === "" ? name : `${basename(file)}: ${name}`)),
  };
}

/** The files with a test that did not pass; null when something failed that belongs to no file. */
export function filesToRepeat(tests) {
  const files = new Set(tests.filter(({ status }) => status !== "passed").map(({ file }) => file));
  return files.has("") ? null : [...files];
}

/** The first run, with all that the second says of the files that it has run. */
export function withSecondAttempt(first, second) {
  const repeated = new Set(second.map(({ file }) => file));
  return [...first.filter(({ file }) => !repeated.has(file)), ...second];
}

const READERS = {
  vitest: (text) => JSON.parse(text).testResults.flatMap(readVitestFile),
  playwright: (text) => JSON.parse(text).suites.flatMap(readPlaywrightSuite),
  pytest: readPytest,
};

const failed = (file, name) => ({ file, name, status: "failed" });

function readVitestFile({ name: file, status, assertionResults }) {
  const tests = assertionResults.map((test) => ({
    file,
    name: test.fullName,
    // Neither is a test that ran: `pending` was skipped, `todo` is not there yet.
    status: ["passed", "failed"].includes(test.status) ? test.status : "skipped",
  }));
  const isExplained = status === "passed" || tests.some((test) => test.status === "failed");
  return isExplained ? tests : [...tests, failed(file, "what its tests need did not begin")];
}

const PLAYWRIGHT_STATUS = { expected: "passed", skipped: "skipped" };

function readPlaywrightSuite({ suites = [], specs = [] }) {
  const own = specs.flatMap(({ file, title, tests }) =>
    tests.map(({ status }) => ({
      file,
      name: title,
      status: PLAYWRIGHT_STATUS[status] ?? "failed",
    })),
  );
  return [...own, ...suites.flatMap(readPlaywrightSuite)];
}

/** JUnit's XML as pytest writes it; an error in a fixture is a failure as well. */
function readPytest(text) {
  const cases = text.matchAll(/<testcase ([^>]*?)(?:\/>|>\s*(?:<(failure|error|skipped)\b)?)/g);
  return [...cases].map(([, attributes, outcome]) => {
    const [, module = ""] = / ?classname="([^"]*)"/.exec(attributes) ?? [];
    const [, name = ""] = / name="([^"]*)"/.exec(` ${attributes}`) ?? [];
    return {
      // Behind the module stands the class of the tests, where there is one.
      file: `${(/^(?:.*\.)?test_\w+/.exec(module)?.[0] ?? module).replaceAll(".", "/")}.py`,
      name,
      status: outcome === undefined ? "passed" : outcome === "skipped" ? "skipped" : "failed",
    };
  });
}
