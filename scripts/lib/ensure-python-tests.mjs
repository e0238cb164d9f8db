import { createHash } from "node:crypto";
import { access, mkdir, mkdtemp, readFile, rename, rm } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { projectFolder } from "./prepare.mjs";
import { runProgram, tellEnd } from "./run-program.mjs";
import { Refusal } from "./say.mjs";

const REQUIREMENTS = join(projectFolder, "python", "tests", "requirements.txt");
/** The pinned packages have wheels for these. */
const PYTHONS = ["python3", "python3.11", "python3.12", "python3.13"];
const OLDEST_MINOR = 11;
const NEWEST_MINOR = 13;

/**
 * The Python of a virtual environment with PyTorch, TensorFlow and all else that the SDK's tests need. It is in the user's
 * cache under the hash of its pinned list, so that another clone uses the same one.
 */
export async function ensurePythonTests() {
  const { program, version } = await findPython();
  const list = createHash("sha256").update(await readFile(REQUIREMENTS));
  const cache = process.env.XDG_CACHE_HOME || join(homedir(), ".cache");
  const name = `python-tests-${list.digest("hex").slice(0, 12)}-${version}`;
  const folder = join(cache, "cluster-ai-model-registry", name);
  const python = join(folder, "bin", "python");
  if (await exists(python)) return python;
  console.log("  Test tools   installing PyTorch, TensorFlow and others (1 GB, once) ...");
  await mkdir(dirname(folder), { recursive: true });
  // Made beside its place first: a killed installation must not look whole. Its modules are run by `python -m`, so that
  // nothing depends on the place.
  const temporary = await mkdtemp(`${folder}-`);
  try {
    await install(program, temporary);
    await rename(temporary, folder).catch(async (error) => {
      if (!(await exists(python))) throw error;
    });
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
  return python;
}

async function install(program, folder) {
  const made = await runProgram(program, ["-m", "venv", folder]);
  if (made.code !== 0) {
    throw new Refusal(
      `A virtual environment could not be made: ${program} -m venv ${tellEnd(made)}\nOn Debian: apt-get install python3-venv.`,
    );
  }
  const pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
  const args = [...pip, "--only-binary", ":all:", "--requirement", REQUIREMENTS];
  const outcome = await runProgram(join(folder, "bin", "python"), args);
  if (outcome.code === 0) return;
  throw new Refusal(
    `The tests of the Python SDK need packages that could not be installed: pip install -r python/tests/requirements.txt ${tellEnd(outcome)}\n` +
      "Check that this machine reaches its Python package index and has 5 GB of free disk.",
  );
}

async function findPython() {
  const code = "import sys; print('%d.%d' % sys.version_info[:2])";
  const found = [];
  for (const program of PYTHONS) {
    const outcome = await runProgram(program, ["-c", code]).catch(() => null);
    if (outcome === null || outcome.code !== 0) continue;
    const version = outcome.output.trim();
    const [major, minor] = version.split(".").map(Number);
    if (major === 3 && minor >= OLDEST_MINOR && minor <= NEWEST_MINOR) return { program, version };
    found.push(version);
  }
  const there = found.length === 0 ? "there is none" : `there is ${found.join(", ")}`;
  throw new Refusal(
    `The tests of the Python SDK need Python 3.${OLDEST_MINOR} to 3.${NEWEST_MINOR} on the PATH; ${there}.`,
  );
}

async function exists(path) {
  return access(path).then(
    () => true,
    () => false,
  );
}
