import { BackupTargets, SET_A_TARGET } from "../../lib/backup/backup-targets.ts";
import { findTargetProblem } from "../../lib/backup/find-target-problem.ts";
import type { Config } from "../../lib/config/config.ts";
import { bad, type Finding, good, warning } from "../../lib/doctor/finding.ts";

const CHECK = "Backup place";

/** The doctor's look at the place for backups; null where they are switched off. */
export async function checkBackupPlace(
  config: Config,
): Promise<(Finding & { isUsable: boolean }) | null> {
  const backups = new BackupTargets(config);
  if (backups.isTargetMissing)
    return { ...warning(CHECK, `No backups are made: ${SET_A_TARGET}.`), isUsable: false };
  if (!backups.isEnabled) return null;
  const problem = await findTargetProblem(backups);
  if (problem !== null) return { ...bad(CHECK, problem), isUsable: false };
  const finding = backups.isBesideModels
    ? warning(CHECK, `${backups.place}, is on the disk of the models: backup.target names another.`)
    : good(CHECK, backups.place);
  return { ...finding, isUsable: true };
}
