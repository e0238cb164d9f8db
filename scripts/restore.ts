/**
 * `npm run restore -- <id|latest> [--signed-by ed25519:...]`: restores a backup into an empty registry. Set the configuration of the new registry, with the
 * `backup` section of the old one; its server must not run. An interrupted restore goes on where it was.
 */
import { readdir } from "node:fs/promises";
import { resolve } from "node:path";
import { BackupTargets } from "../lib/backup/backup-targets.ts";
import { chooseBackup } from "../lib/backup/find-backups.ts";
import {
  type RestoreInput,
  type RestoreProgress,
  restoreBackup,
} from "../lib/backup/restore-backup.ts";
import type { Config } from "../lib/config/config.ts";
import { loadConfig } from "../lib/config/load-config.ts";
import { openStorage } from "../lib/storage/open-storage.ts";
import { openCommandDatabase } from "./lib/command-database.ts";
import { runCommand } from "./lib/run-command.ts";
import { counted, say } from "./lib/say.ts";

const projectFolder = resolve(import.meta.dirname, "..");
const TELL_EVERY_MS = 2000;
const STEPS = { check: "Checking", blobs: "Copying", rows: "Loading" } as const;

type Wanted = { wanted: string; signer: string | undefined };

async function restore(
  configured: Config,
  { wanted, signer }: Wanted,
  signal: AbortSignal,
): Promise<number> {
  const backups = new BackupTargets(configured);
  // Before anything is made for a backup that is not there.
  const id = await choose(backups, wanted);
  say("Backup", `${id} of ${backups.name}`);
  const { basePath } = configured.storage;
  const before = await entriesOf(basePath);
  try {
    return await restoreInto(configured, { backups, id, signer }, signal);
  } catch (error) {
    const made = (await entriesOf(basePath)).filter((name) => !before.includes(name));
    if (made.length > 0)
      say("Made", `${made.join(", ")} in ${basePath}; the next restore goes on with them`);
    throw error;
  }
}

async function restoreInto(
  configured: Config,
  from: Pick<RestoreInput, "backups" | "id" | "signer">,
  signal: AbortSignal,
): Promise<number> {
  const database = await openCommandDatabase(configured, { isShared: false, isMade: true });
  try {
    const { config, ownerUrl } = database;
    const storage = await openStorage(config.storage);
    try {
      const { manifest, copied } = await restoreBackup({
        ...from,
        ...{ config, ownerUrl, storage, projectFolder, signal },
        onProgress: teller(),
        onSigned: (signedBy) => say("Signed", signedByText(signedBy, from.signer)),
      });
      const rows = manifest.tables.reduce((sum, table) => sum + table.rows, 0);
      const blobs = counted(manifest.blobs.rows, "blob");
      say("Restored", `${manifest.id}: ${counted(rows, "row")}, ${blobs}, ${copied} copied`);
      for (const { sha256 } of manifest.missing)
        say("Missing", `sha256:${sha256} is in no backup; its files cannot be downloaded`);
      return manifest.missing.length === 0 ? 0 : 2;
    } finally {
      await storage.close();
    }
  } finally {
    await database.close();
  }
}

async function choose(backups: BackupTargets, wanted: string): Promise<string> {
  const target = await backups.open({ forWriting: false });
  try {
    return await chooseBackup(target, wanted);
  } finally {
    await target.close();
  }
}

const entriesOf = (folder: string): Promise<string[]> => readdir(folder).catch(() => []);

function signedByText(signedBy: string, signer: string | undefined): string {
  return signer === undefined
    ? `by ${signedBy}; compare it with the key that the old server named at its start (--signed-by takes no other one)`
    : `by ${signedBy}`;
}

/** The beginning of each step, and how far it is from time to time. */
function teller(): (progress: RestoreProgress) => void {
  let step: RestoreProgress["step"] | null = null;
  let toldAt = 0;
  return (now) => {
    const isNext = now.step !== step;
    if (!isNext && Date.now() - toldAt < TELL_EVERY_MS) return;
    step = now.step;
    toldAt = Date.now();
    const all = counted(now.of, "blob");
    say(STEPS[step], step === "rows" ? "the rows" : isNext ? all : `${now.blobs} of ${all}`);
  };
}

const usage = `npm run restore -- <id|latest> [--signed-by ed25519:...]

Restores a backup into an empty registry. Set the configuration of the new registry, with the backup section of the
old one; its server must not run. An interrupted restore is run again and goes on where it was. docs/backup.md has more.

  --signed-by ed25519:...   takes only a backup that this key has signed; a server names its key at its start

Ends with 0 when everything is restored, 2 when blobs are missing that no backup has, 1 when nothing was restored.`;

await runCommand(
  {
    usage,
    options: { "signed-by": { type: "string" } },
    words: { most: 1, needed: "Say which backup: npm run restore -- latest, or its id." },
  },
  ({ values, words: [wanted = ""] }, signal) =>
    restore(loadConfig(), { wanted, signer: values["signed-by"] }, signal),
);
