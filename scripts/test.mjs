// npm test: installs what is missing, runs everything, and ends with one line of totals. Plain
// JavaScript, because it begins on whatever Node the machine has (20 or newer).
//
//   npm test                    all steps
//   npm test -- unit e2e        these steps only: lint, build, types, unit, integration, python, e2e
import { mkdir, rm } from "node:fs/promises";
import { basename, delimiter, dirname, join } from "node:path";
import { chooseNode } from "./lib/choose-node.mjs";
import { countTests, filesToRepeat, readTests, withSecondAttempt } from "./lib/count-tests.mjs";
import { ensureChromium } from "./lib/ensure-chromium.mjs";
import { ensurePgDump } from "./lib/ensure-pg-dump.mjs";
import { ensurePythonTests } from "./lib/ensure-python-tests.mjs";
import { ensureS3Server } from "./lib/ensure-s3-server.mjs";
import { ensureSchemathesis } from "./lib/ensure-schemathesis.mjs";
import { ensureBuild, ensureClient, ensurePackages, projectFolder } from "./lib/prepare.mjs";
import { runProgram } from "./lib/run-program.mjs";
import { endWith, Refusal, seconds, step } from "./lib/say.mjs";
import { COMPILE_CACHE } from "./lib/server-flags.mjs";

const reports = join(projectFolder, ".cache", "test-reports");
const packaged = (...parts) => join(projectFolder, "node_modules", ...parts);

/** In this order: the build also makes the types that Next adds, and serves the later steps. */
const STEPS = {
  lint: (node) => check(node, packaged("@biomejs/biome/bin/biome"), "check", "--error-on-warnings"),
  build: (node) => succeed(() => buildOnce(node)),
  types: (node) => check(node, packaged("typescript/bin/tsc"), "--noEmit", "-p", "."),
  unit: (node) => vitest(node, "unit"),
  integration: async (node) => {
    await buildOnce(node);
    // The servers are fetched here, so that no test waits for a download. The tests that need one fail with the same
    // sentence.
    for (const ensure of [ensurePgDump, ensureS3Server, ensureSchemathesis])
      await ensure().catch((error) => console.error(error.message));
    return vitest(node, "integration");
  },
  python: async (node, options) => {
    await buildOnce(node);
    return pytest(node, await ensurePythonTests(), options);
  },
  e2e: async (node) => {
    await buildOnce(node);
    return playwright(node, await ensureChromium());
  },
};

/**
 * A step, and one that runs beside it: both wait for servers most of the time, so that two cores are enough. What the second
 * prints is shown when its turn comes.
 */
const BESIDE = { integration: "python" };

let building = null;

/** One build for the run; when it fails, so do the steps that need it, without building again. */
function buildOnce(node) {
  building ??= ensureBuild(node);
  return building;
}

const MOST_REPEATED_FILES = 5;

const PASSED = { passed: 1, failed: 0, skipped: 0, failures: [] };
const FAILED = { passed: 0, failed: 1, skipped: 0, failures: [] };

async function check(node, script, ...args) {
  const { code } = await runShown(node, [script, ...args]);
  return code === 0 ? PASSED : FAILED;
}

async function succeed(work) {
  console.log(`  ${await work()}`);
  return PASSED;
}

async function vitest(node, project) {
  return inTwoAttempts(project, async (file, only) => {
    const args = ["run", "--project", project, "--reporter=default", "--reporter=json"];
    const { code } = await runShown(node, [
      packaged("vitest/vitest.mjs"),
      ...args,
      `--outputFile.json=${file}`,
      ...only,
    ]);
    return readTests("vitest", file, code);
  });
}

/** The SDK's lint and types first: they take seconds. Its tests start the registry themselves. */
async function pytest(node, python, { show = true } = {}) {
  const source = [
    "src",
    "tests",
    "../scripts/model_registry",
    "../scripts/run_dashboard.py",
    "../dashboard",
  ];
  const options = { program: python, folder: "python", show };
  let printed = "";
  const run = async (...args) => {
    const { code, output } = await runShown(node, ["-m", ...args], {}, options);
    printed += show ? "" : output;
    return code;
  };
  let failedChecks = 0;
  for (const args of [
    ["ruff", "check", ...source],
    ["ruff", "format", "--check", ...source],
    ["mypy"],
  ])
    if ((await run(...args)) !== 0) failedChecks += 1;
  const counts = await inTwoAttempts("python", async (file, only) => {
    const code = await run("pytest", `--junitxml=${file}`, ...only);
    return readTests("pytest", file, code);
  });
  return { ...counts, failed: counts.failed + failedChecks, printed };
}

async function playwright(node, chromium) {
  return inTwoAttempts("e2e", async (file, only, { isSecond = false } = {}) => {
    const trace = isSecond ? "retain-on-failure" : "off";
    const args = ["test", "--reporter=list,json", `--trace=${trace}`, ...only];
    const { code } = await runShown(node, [packaged("@playwright/test/cli.js"), ...args], {
      PLAYWRIGHT_JSON_OUTPUT_NAME: file,
      CHROMIUM_PATH: chromium,
    });
    return readTests("playwright", file, code);
  });
}

/**
 * Runs a step's tests, and what did not pass once more, alone: among thousands of tests that wait for servers on two busy cores,
 * one comes too late now and then. The summary names each file that needed it. More than a few such files are no accident.
 */
async function inTwoAttempts(name, run) {
  const first = await run(join(reports, `${name}.report`), []);
  const files = filesToRepeat(first) ?? [];
  if (files.length === 0 || files.length > MOST_REPEATED_FILES) return countTests(first);
  console.log(`\n== ${name}: once more, alone: ${files.map((file) => basename(file)).join(", ")}`);
  const second = await run(join(reports, `${name}.second.report`), files, { isSecond: true });
  const unsteady = countTests(first).failures;
  return { ...countTests(withSecondAttempt(first, second)), unsteady };
}

/** Runs Node, or another program, with `node` first on the PATH of every child, too. */
async function runShown(node, args, env = {}, options = {}) {
  const { program = node, folder = ".", show = true } = options;
  const path = [dirname(node), packaged(".bin"), process.env.PATH].join(delimiter);
  const forAll = { NEXT_TELEMETRY_DISABLED: "1", NODE_COMPILE_CACHE: COMPILE_CACHE };
  return runProgram(program, args, {
    show,
    cwd: join(projectFolder, folder),
    env: { ...process.env, ...forAll, ...env, PATH: path },
  });
}

async function main(wanted) {
  const unknown = wanted.find((name) => !Object.hasOwn(STEPS, name));
  if (unknown !== undefined) {
    throw new Refusal(`${unknown} is not a step; there are ${Object.keys(STEPS).join(", ")}.`);
  }
  const names = wanted.length === 0 ? Object.keys(STEPS) : wanted;
  await step("Packages", () => ensurePackages({ dev: true }));
  const node = await chooseNode();
  console.log(`  Node         ${node}`);
  await step("Client", () => ensureClient(node));
  await rm(reports, { recursive: true, force: true });
  await mkdir(reports, { recursive: true });

  const results = [];
  const early = new Map();
  for (const name of names) {
    console.log(`\n== ${name}`);
    const beside = BESIDE[name];
    if (names.indexOf(beside) > names.indexOf(name))
      early.set(beside, runStep(beside, node, { show: false }));
    const result = await (early.get(name) ?? runStep(name, node));
    process.stdout.write(result.printed ?? "");
    results.push(result);
  }
  summarize(results);
}

async function runStep(name, node, options) {
  const begun = Date.now();
  const counts = await STEPS[name](node, options).catch((error) => {
    console.error(error instanceof Refusal ? error.message : error);
    return FAILED;
  });
  return { name, took: seconds(begun), ...counts };
}

/** A skipped test proves nothing, so it fails the run like a failed one. */
function summarize(results) {
  console.log("\n== Summary");
  for (const { name, took, passed, failed, skipped, failures, unsteady = [] } of results) {
    const note = skipped === 0 ? "" : `, ${skipped} skipped (counted as failed)`;
    console.log(`  ${name.padEnd(12)} ${passed} passed, ${failed} failed${note} (${took})`);
    for (const failure of failures) console.log(`    ${failure}`);
    for (const test of unsteady.filter((test) => !failures.includes(test)))
      console.log(`    passed at the second attempt only: ${test}`);
  }
  const passed = results.reduce((sum, result) => sum + result.passed, 0);
  const failed = results.reduce((sum, result) => sum + result.failed + result.skipped, 0);
  console.log(`\n${passed} passed, ${failed} failed`);
  process.exitCode = failed === 0 ? 0 : 1;
}

await main(process.argv.slice(2)).catch(endWith);
