import { access, mkdir, mkdtemp, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { projectFolder } from "./prepare.mjs";
import { runProgram, tellEnd } from "./run-program.mjs";
import { Refusal } from "./say.mjs";

const ON_DEBIAN = "/usr/bin/promtool";

/** Prometheus' own checker: PROMTOOL_PATH, the machine's, or the one of Debian's package, unpacked into .cache once. */
export async function ensurePromtool() {
  const named = process.env.PROMTOOL_PATH;
  if (named !== undefined) {
    if (await exists(named)) return named;
    throw new Refusal(`PROMTOOL_PATH names ${named}, but there is no such program.`);
  }
  if (await exists(ON_DEBIAN)) return ON_DEBIAN;
  const folder = join(projectFolder, ".cache", "prometheus");
  const program = join(folder, "usr", "bin", "promtool");
  if (await exists(program)) return program;
  console.log("  Test tools   unpacking Debian's package prometheus (promtool; 40 MB, once) ...");
  await mkdir(join(projectFolder, ".cache"), { recursive: true });
  const temporary = await mkdtemp(`${folder}-`);
  try {
    await unpack(temporary);
    await rename(temporary, folder).catch(async (error) => {
      if (!(await exists(program))) throw error;
    });
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
  return program;
}

/** Unpacked only: installing it would start a service. */
async function unpack(folder) {
  const download = () => runProgram("apt-get", ["download", "prometheus"], { cwd: folder });
  const refuse = (outcome) => {
    throw new Refusal(
      `The rules for Prometheus are tested by promtool, which could not be had: apt-get download prometheus ${outcome}\n` +
        "Install Prometheus, or name promtool by PROMTOOL_PATH.",
    );
  };
  let outcome = await download().catch((error) => refuse(String(error.message)));
  if (outcome.code !== 0) {
    // The lists of packages may be missing, as in a new container.
    await runProgram("apt-get", ["update"]);
    outcome = await download();
  }
  const archive = (await readdir(folder)).find((name) => name.endsWith(".deb"));
  if (archive === undefined) refuse(tellEnd(outcome));
  const unpacked = await runProgram("dpkg", ["-x", archive, "."], { cwd: folder });
  if (unpacked.code !== 0) refuse(tellEnd(unpacked));
  await rm(join(folder, archive));
}

async function exists(path) {
  return access(path).then(
    () => true,
    () => false,
  );
}
