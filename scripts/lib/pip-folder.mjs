import { access, mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { runProgram, tellEnd } from "./run-program.mjs";
import { Refusal } from "./say.mjs";

/**
 * Returns `program` of Python packages in `folder`, which pip fills when it is not there. `needs` begins the sentence
 * for a machine without pip ("The tests of X need"), `remedy` says what else helps when the installation fails.
 */
export async function ensurePipFolder({ folder, program, requirements, needs, what, remedy }) {
  if (await exists(join(folder, program))) return join(folder, program);
  console.log(`  Test tools   installing ${what} ...`);
  await mkdir(dirname(folder), { recursive: true });
  // Installed beside its place first: two tests may come here at once, and a killed installation must not look whole.
  const temporary = await mkdtemp(`${folder}-`);
  try {
    await install({ target: temporary, program, requirements, needs, remedy });
    await rename(temporary, folder).catch(async (error) => {
      if (!(await exists(join(folder, program)))) throw error;
    });
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
  return join(folder, program);
}

async function install({ target, program, requirements, needs, remedy }) {
  const pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
  const args = [...pip, "--only-binary", ":all:", "--target", target, ...requirements];
  const outcome = await runPython(args, needs);
  if (outcome.code === 0 && (await exists(join(target, program)))) return;
  throw new Refusal(
    `${needs} packages that could not be installed: pip install ${requirements.join(" ")} ${tellEnd(outcome)}\n` +
      `Check that this machine has pip (Debian: apt-get install python3-pip) ` +
      `and reaches its Python package index${remedy ?? ""}.`,
  );
}

/** Runs Python 3; throws a sentence of what to do when this machine has none. */
export async function runPython(args, needs) {
  return runProgram("python3", args).catch((error) => {
    if (error.code !== "ENOENT") throw error;
    throw new Refusal(`${needs} Python 3 with pip. On Debian: apt-get install python3-pip.`);
  });
}

async function exists(path) {
  return access(path).then(
    () => true,
    () => false,
  );
}
