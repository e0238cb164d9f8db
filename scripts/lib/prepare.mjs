// The steps that make a clone ready to run: packages, Node, the database client, the build.
import { access, constants, readFile, rm, statfs } from "node:fs/promises";
import { join, resolve } from "node:path";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { fingerprint, readMarker, writeMarker } from "./fingerprint.mjs";
import { runProgram, tellEnd } from "./run-program.mjs";
import { Refusal } from "./say.mjs";

export const projectFolder = resolve(fileURLToPath(import.meta.url), "..", "..", "..");

/** The installed packages and the build take about 1.5 GB. */
const DISK_NEEDED_BYTES = 2e9;

/** Everything that the build reads: a change of any of it means a new build. */
export const BUILD_INPUTS = [
  "app",
  "components",
  "lib",
  "messages",
  "public",
  "prisma/schema.prisma",
  "next.config.js",
  "instrumentation-client.ts",
  "postcss.config.mjs",
  "tsconfig.json",
  "package-lock.json",
];

const at = (...parts) => join(projectFolder, ...parts);

/** Installs the packages of package-lock.json unless they are there. `dev`: the tests' ones as well. */
export async function ensurePackages({ dev }) {
  const lockText = await readFile(at("package-lock.json"), "utf8").catch(() => {
    throw new Refusal("package-lock.json is missing; run this in a complete clone.");
  });
  if (await isInstalled(lockText, dev)) return "up to date";
  await requireWritable("The packages");
  await requireDisk();
  console.log("  Packages     installing, this takes a minute or two ...");
  const [program, args] = npmCommand();
  const install = [...args, "ci", "--include=dev", "--no-audit", "--no-fund", "--loglevel=error"];
  const outcome = await runProgram(program, install, { cwd: projectFolder }).catch((error) => {
    if (error.code !== "ENOENT") throw error;
    throw new Refusal(
      "npm was not found. It comes with Node.js (https://nodejs.org); on Debian: apt-get install npm.",
    );
  });
  if (outcome.code === 0 && (await isInstalled(lockText, dev))) return "installed";
  throw new Refusal(
    `The packages could not be installed: npm ci ${tellEnd(outcome)}\n` +
      "Check that this machine reaches its package registry and has 2 GB of free disk, then try again.",
  );
}

/** The npm that started this script, or the one on the PATH. */
function npmCommand() {
  const own = process.env.npm_execpath;
  return own?.endsWith(".js") ? [process.execPath, [own]] : ["npm", []];
}

/** Compares with the list that npm leaves in node_modules, which names the packages that are there. */
async function isInstalled(lockText, dev) {
  const installedText = await readFile(at("node_modules", ".package-lock.json"), "utf8").catch(
    () => null,
  );
  if (installedText === null) return false;
  const installed = JSON.parse(installedText).packages;
  return Object.entries(JSON.parse(lockText).packages).every(([path, wanted]) => {
    const needed = path !== "" && !wanted.optional && !wanted.devOptional && (dev || !wanted.dev);
    return !needed || wanted.link || installed[path]?.version === wanted.version;
  });
}

/** Only a checkout in which everything is made already may be read-only. */
async function requireWritable(what) {
  await access(projectFolder, constants.W_OK).catch((error) => {
    throw new Refusal(
      `${what} must be made in ${projectFolder}, which cannot be written (${error.code}). Run node scripts/start.mjs --prepare as a user who may write there, or in a checkout that can be written.`,
    );
  });
}

async function requireDisk() {
  const volume = await statfs(projectFolder);
  const free = volume.bavail * volume.bsize;
  if (free >= DISK_NEEDED_BYTES) return;
  throw new Refusal(
    `Only ${(free / 1e9).toFixed(1)} GB are free where ${projectFolder} is; installing and building need ${DISK_NEEDED_BYTES / 1e9} GB. Free some disk and try again.`,
  );
}

/** Generates the database client when the schema or Prisma changed. */
export async function ensureClient(node) {
  const marker = at("lib", "db", "generated", ".made-from");
  const wanted = await fingerprint(projectFolder, [
    "prisma/schema.prisma",
    "prisma.config.ts",
    "node_modules/prisma/package.json",
  ]);
  if ((await readMarker(marker)) === wanted) return "up to date";
  await requireWritable("The database client");
  const outcome = await runProgram(node, [at("node_modules/prisma/build/index.js"), "generate"], {
    cwd: projectFolder,
    env: {
      ...process.env,
      // Generating needs no engine, but Prisma would download one unless it is given a program.
      PRISMA_SCHEMA_ENGINE_BINARY: await firstExisting(["/bin/true", "/usr/bin/true"]),
      PRISMA_HIDE_UPDATE_MESSAGE: "1",
      CHECKPOINT_DISABLE: "1",
    },
  });
  if (outcome.code !== 0) {
    throw new Refusal(`The database client could not be made: prisma generate ${tellEnd(outcome)}`);
  }
  await writeMarker(marker, wanted);
  return "generated from prisma/schema.prisma";
}

async function firstExisting(paths) {
  for (const path of paths) {
    const found = await access(path).then(
      () => true,
      () => false,
    );
    if (found) return path;
  }
  return process.execPath;
}

/** What Next says of two builds in one folder. */
const OTHER_BUILD = /Another next build process is already running/;
const OTHER_BUILD_LOOK_MS = 5_000;
const OTHER_BUILD_MS = 10 * 60_000;

function build(node) {
  return runProgram(node, [at("node_modules/next/dist/bin/next"), "build"], {
    cwd: projectFolder,
    env: { ...process.env, NODE_ENV: "production", NEXT_TELEMETRY_DISABLED: "1", NO_COLOR: "1" },
  });
}

/** Builds the web application when one of its sources changed since the last build. */
export async function ensureBuild(node) {
  const folder = process.env.NEXT_DIST_DIR ?? ".next";
  const marker = at(folder, "made-from");
  const wanted = await fingerprint(projectFolder, BUILD_INPUTS);
  if ((await readMarker(marker)) === wanted) return "up to date";
  await requireWritable("The web application");
  await rm(marker, { force: true });
  console.log("  Build        building the web application ...");
  const since = Date.now();
  let outcome = await build(node);
  if (OTHER_BUILD.test(outcome.output))
    console.log("  Build        another start is building here; waiting for it ...");
  for (; OTHER_BUILD.test(outcome.output); outcome = await build(node)) {
    if (Date.now() - since > OTHER_BUILD_MS) break;
    await setTimeout(OTHER_BUILD_LOOK_MS);
    if ((await readMarker(marker)) === wanted) return "built by another start";
  }
  if (outcome.code !== 0) {
    throw new Refusal(`The web application could not be built: next build ${tellEnd(outcome, 40)}`);
  }
  await writeMarker(marker, wanted);
  return "built";
}
