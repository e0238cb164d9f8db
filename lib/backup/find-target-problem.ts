import { access, constants } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { isRegistryError, RegistryError } from "#lib/errors.ts";
import { BACKUPS_FOLDER } from "#lib/storage/backup-layout.ts";
import type { BackupTargets } from "./backup-targets.ts";

/** A store that does not answer is asked again and again by its client. */
const TIMEOUT_MS = 15_000;

/**
 * What would keep a backup from the place that the configuration names, as a sentence; null when nothing is seen. Writes nothing: a
 * full volume, or a key that may only read, shows when a backup is made.
 */
export async function findTargetProblem(
  backups: BackupTargets,
  timeoutMs = TIMEOUT_MS,
): Promise<string | null> {
  const timeout = new AbortController();
  const late = sleep(timeoutMs, undefined, { signal: timeout.signal, ref: false }).then(() => {
    throw new RegistryError("unavailable", `${backups.name} does not answer.`);
  });
  try {
    await Promise.race([look(backups), late]);
    return null;
  } catch (error) {
    if (!isRegistryError(error))
      return `${backups.name} cannot be read (${error instanceof Error ? error.message : error}).`;
    // With a passphrase a new place has no key yet.
    return error.code === "not_found" ? null : error.detail;
  } finally {
    timeout.abort();
    late.catch(() => undefined);
  }
}

async function look(backups: BackupTargets): Promise<void> {
  const target = await backups.open({ forWriting: false });
  try {
    for await (const _key of target.storage.list(BACKUPS_FOLDER)) break;
  } finally {
    await target.close();
  }
  const { folder } = backups;
  if (folder === null || backups.isBesideModels) return;
  await access(folder, constants.W_OK).catch((cause) => {
    throw new RegistryError(
      "unavailable",
      `The folder for backups, ${folder}, cannot be written by this user (${cause.code}).`,
      { cause },
    );
  });
}
