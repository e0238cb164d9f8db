/**
 * `npm run backup:verify [-- <id>] [--all]`: reads the newest backup again, with a share of its blobs, or all of them, and keeps what it
 * finds as the server's own verification does. Where there is no registry, the backup is verified all the same.
 */
import pg from "pg";
import { listAuditKeys } from "../lib/audit/audit-keys.ts";
import { BackupTargets } from "../lib/backup/backup-targets.ts";
import { chooseBackup } from "../lib/backup/find-backups.ts";
import { keepVerification } from "../lib/backup/keep-verification.ts";
import { SHARES } from "../lib/backup/verify-backup.ts";
import type { Config } from "../lib/config/config.ts";
import { loadConfig } from "../lib/config/load-config.ts";
import { createDatabase, type Database } from "../lib/db/client.ts";
import { openCommandDatabase } from "./lib/command-database.ts";
import { CommandError } from "./lib/command-error.ts";
import { runCommand } from "./lib/run-command.ts";
import { counted, say } from "./lib/say.ts";

const TELL_EVERY_MS = 5000;

type Wanted = { id: string; isFull: boolean };
type Registry = { db: Database | null; close: () => Promise<void> };

async function verify(config: Config, wanted: Wanted, signal: AbortSignal): Promise<number> {
  const backups = new BackupTargets(config);
  const id = await choose(backups, wanted.id);
  say("Target", backups.place);
  const { db, close } = await openRegistry(config);
  try {
    let toldAt = Date.now();
    const found = await keepVerification(
      { backups, config, db, now: () => new Date() },
      {
        ...{ id, signal, isAwaited: true },
        share: wanted.isFull ? null : Math.floor(Math.random() * SHARES),
        async onProgress({ blobs, of }) {
          if (Date.now() - toldAt < TELL_EVERY_MS) return;
          toldAt = Date.now();
          say("Verifying", `${blobs} of ${counted(of, "blob")}`);
        },
      },
    );
    const { blobs, bytes, problems, manifest, signedBy } = found;
    const read =
      manifest === null ? `${blobs}` : `${blobs} of ${counted(manifest.blobs.rows, "blob")}`;
    say("Verified", `${id}: ${read} read, ${(bytes / 1e6).toFixed(1)} MB`);
    if (signedBy !== null) say("Signed", `by ${signedBy}`);
    for (const problem of problems) say("Problem", problem);
    return problems.length === 0 ? 0 : 2;
  } finally {
    await close();
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

/** Backups are verified most of all where the registry is lost. */
async function openRegistry(config: Config): Promise<Registry> {
  const without = (why: string): Registry => {
    say("Note", `${why}; nobody knows whose key has signed the backup, and no alert is raised`);
    return { db: null, close: async () => undefined };
  };
  const opened = await openCommandDatabase(config, { isShared: true, isMade: false }).catch(
    (error: unknown) => {
      if (!(error instanceof CommandError)) throw error;
      return null;
    },
  );
  if (opened === null) return without(`there is no registry in ${config.storage.basePath}`);
  const { url } = opened.config.database;
  try {
    const problem = await findProblem(url ?? "");
    if (problem === null) {
      const db = createDatabase({ url, poolSize: 2 });
      if ((await listAuditKeys(db)).length > 0)
        return {
          db,
          async close() {
            await db.$disconnect();
            await opened.close();
          },
        };
      await db.$disconnect();
    }
    await opened.close();
    return without(problem ?? "the database is that of no registry yet");
  } catch (error) {
    await opened.close();
    throw error;
  }
}

async function findProblem(url: string): Promise<string | null> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 });
  client.on("error", () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query(
      "select to_regclass('audit_key') is not null and to_regclass('alert') is not null as found",
    );
    return rows[0]?.found === true ? null : "the database is that of no registry yet";
  } catch (error) {
    return `the database does not answer (${error instanceof Error ? error.message : String(error)})`;
  } finally {
    await client.end().catch(() => undefined);
  }
}

const usage = `npm run backup:verify [-- <id|latest>] [--all]

Reads a backup again, the newest one unless another is named: its manifest, its rows, and a sixteenth of its blobs.
What is found is noted beside the backup, shown by the page /backups, and damaged blobs are set aside.

  --all   reads every blob; "damaged" ends when that finds nothing

Ends with 0 when all is well, 2 when something is missing, damaged or signed by a foreign key, 1 when it was not done.`;

await runCommand(
  { usage, options: { all: { type: "boolean" } }, words: { most: 1 } },
  ({ values, words: [id = "latest"] }, signal) =>
    verify(loadConfig(), { id, isFull: values.all === true }, signal),
);
