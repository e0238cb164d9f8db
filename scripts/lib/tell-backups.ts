import { BackupTargets, SET_A_TARGET } from "../../lib/backup/backup-targets.ts";
import { findTargetProblem } from "../../lib/backup/find-target-problem.ts";
import type { Config } from "../../lib/config/config.ts";
import { say } from "./say.ts";

/** The server is there all the same when the place for backups is not; who started it does not wait long. */
const PATIENCE_MS = 5_000;

/** What somebody who starts a server has to know of its backups. */
export async function tellBackups(config: Config): Promise<void> {
  const backups = new BackupTargets(config);
  if (backups.isTargetMissing) say("Note", `no backups are made: ${SET_A_TARGET}`);
  if (!backups.isEnabled) return;
  if (backups.isBesideModels)
    say(
      "Note",
      `backups are on the disk of the models, in ${backups.name}; backup.target names another`,
    );
  const problem = await findTargetProblem(backups, PATIENCE_MS);
  if (problem !== null) say("Note", `no backup can be made: ${problem}`);
}
