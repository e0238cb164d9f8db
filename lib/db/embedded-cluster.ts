import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { chown, mkdir, open, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseStartError } from "./database-start-error.ts";
import type { Location } from "./embedded-location.ts";

export const SUPERUSER = "registry";

/** PGDATA. */
export function clusterFolder(location: Location): string {
  return join(location.folder, "cluster");
}

/**
 * The superuser's password; makes the cluster when there is none. The cluster appears by a rename,
 * so one that a crash left half made is never used.
 */
export async function ensureCluster(
  location: Location,
  log: (line: string) => void,
): Promise<string> {
  const passwordFile = join(location.folder, "password");
  if (await exists(clusterFolder(location))) {
    await assertSameMajor(location);
    return readFile(passwordFile, "utf8").catch((cause) => {
      throw new DatabaseStartError(
        `The database's password is missing: ${passwordFile} cannot be read. Bring the file back from a copy of the data folder.`,
        { cause },
      );
    });
  }
  log("Making the database cluster");
  const password = randomBytes(24).toString("base64url");
  const unfinished = join(location.folder, "cluster.unfinished");
  const handOver = join(location.folder, "password.unfinished");
  await rm(unfinished, { recursive: true, force: true });
  await rm(handOver, { force: true });
  await mkdir(unfinished, { mode: 0o700 });
  await writeFile(handOver, password, { mode: 0o600 });
  if (location.user !== null) {
    await chown(unfinished, location.user.uid, location.user.gid);
    await chown(handOver, location.user.uid, location.user.gid);
  }
  try {
    runInitdb(location, unfinished, handOver);
  } finally {
    await rm(handOver, { force: true });
  }
  await writeDurably(passwordFile, password);
  await rename(unfinished, clusterFolder(location));
  return password;
}

/** PostgreSQL reads no cluster of another major version. */
async function assertSameMajor(location: Location): Promise<void> {
  const file = join(clusterFolder(location), "PG_VERSION");
  // Without the file PostgreSQL itself says what is wrong.
  const major = (await readFile(file, "utf8").catch(() => location.major)).trim();
  if (major === location.major) return;
  throw new DatabaseStartError(
    `The database in ${clusterFolder(location)} was made by PostgreSQL ${major}, and this release brings PostgreSQL ${location.major}, ` +
      "which cannot read it. It moves through a backup: start the release that was used last, run npm run backup, stop it, move " +
      `${location.folder} away, and run npm run restore -- latest with this release (docs/upgrading.md).`,
  );
}

function runInitdb(location: Location, folder: string, passwordFile: string): void {
  // Bytewise order and the builtin provider: the same on every machine and after every upgrade of
  // the C library, whose changes would silently break indexes on text.
  const outcome = spawnSync(
    join(location.programs, "bin", "initdb"),
    [
      `--pgdata=${folder}`,
      `--username=${SUPERUSER}`,
      `--pwfile=${passwordFile}`,
      "--auth=scram-sha-256",
      "--encoding=UTF8",
      "--locale=C",
      "--locale-provider=builtin",
      "--builtin-locale=C.UTF-8",
    ],
    { ...location.user, cwd: location.folder, encoding: "utf8" },
  );
  if (outcome.status === 0) return;
  const said = outcome.error?.message ?? lastLines(outcome.stderr ?? "");
  const hint = /user does not exist/.test(said)
    ? ". PostgreSQL runs only as a user that this machine knows: start the registry as one, or set DATABASE_URL."
    : "";
  throw new DatabaseStartError(`The database could not be made in ${folder}: ${said}${hint}`);
}

async function writeDurably(file: string, text: string): Promise<void> {
  const handle = await open(file, "w", 0o600);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

/** The end of a PostgreSQL program's output, for a message. */
export function lastLines(text: string): string {
  return text.trim().split("\n").slice(-4).join(" ") || "no reason was given";
}
