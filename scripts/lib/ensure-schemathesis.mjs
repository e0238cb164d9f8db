import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { ensurePipFolder, runPython } from "./pip-folder.mjs";
import { projectFolder } from "./prepare.mjs";
import { Refusal } from "./say.mjs";

const REQUIREMENTS = join(projectFolder, "tests", "support", "schemathesis-requirements.txt");
const NEEDS = "The property-based tests of the API need";

/**
 * Schemathesis, a client that makes requests of all kinds from an OpenAPI document: its program, for python3, and the folder
 * of its packages, which pip brings into .cache, once.
 */
export async function ensureSchemathesis() {
  const list = createHash("sha256").update(await readFile(REQUIREMENTS));
  // Some packages are compiled for one Python only.
  const python = await pythonVersion();
  const folder = join(
    projectFolder,
    ".cache",
    "schemathesis",
    `${list.digest("hex").slice(0, 12)}-python${python}`,
  );
  const program = await ensurePipFolder({
    folder,
    program: join("bin", "schemathesis"),
    requirements: ["--requirement", REQUIREMENTS],
    needs: NEEDS,
    what: "Schemathesis (70 MB, once)",
  });
  return { program, folder };
}

async function pythonVersion() {
  const code = "import sys; print('%d.%d' % sys.version_info[:2])";
  const { output } = await runPython(["-c", code], NEEDS);
  const [major, minor] = output.trim().split(".").map(Number);
  if (major === 3 && minor >= 10) return output.trim();
  throw new Refusal(`${NEEDS} Python 3.10 or newer; python3 here is ${output.trim()}.`);
}
