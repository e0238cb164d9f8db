/** Files and folders of the command line -> what is registered, by its path in the version. */
import { readdir, realpath, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { EXIT } from "../exit-codes.ts";
import { Failure } from "../failure.ts";
import type { Translate } from "../messages/translate.ts";

export type LocalFile = { path: string; source: string; sizeBytes: number };

/** What programs leave beside models, and nobody means to register. */
export const LEFTOVERS: ReadonlySet<string> = new Set([
  ".git",
  ".DS_Store",
  "Thumbs.db",
  "__pycache__",
  ".ipynb_checkpoints",
]);

/**
 * A file has its own name as its path; a folder gives all files below it by their paths relative to it. Links are
 * followed, as model hubs keep files behind links. Throws for what is neither, for two files with one path, and for
 * nothing at all.
 */
export async function collectFiles(sources: readonly string[], t: Translate): Promise<LocalFile[]> {
  const found = new Map<string, LocalFile>();
  const add = (file: LocalFile) => {
    if (found.has(file.path))
      throw new Failure(EXIT.usage, t("register.twice", { path: file.path }));
    found.set(file.path, file);
  };
  for (const source of sources) {
    const stats = await statOf(source, t);
    if (stats.isDirectory()) await walk(source, "", [], add, t);
    else if (stats.isFile())
      add({ path: basename(await nameOf(source)), source, sizeBytes: stats.size });
    else throw special(source, t);
  }
  if (found.size === 0)
    throw new Failure(EXIT.usage, t("register.noFiles", { path: sources.join(", ") }));
  return [...found.values()];
}

/** `.` and `..` have no name of their own. */
async function nameOf(source: string): Promise<string> {
  const name = basename(source);
  return name === "." || name === ".." ? realpath(source) : name;
}

async function walk(
  folder: string,
  prefix: string,
  above: readonly string[],
  add: (file: LocalFile) => void,
  t: Translate,
): Promise<void> {
  const real = await realpath(folder);
  // A link to a folder above would never end.
  if (above.includes(real)) throw new Failure(EXIT.local, t("register.loop", { path: folder }));
  const names = (await readdir(folder).catch((error) => fail(folder, error, t))).sort();
  for (const name of names) {
    if (LEFTOVERS.has(name)) continue;
    const source = join(folder, name);
    const path = `${prefix}${name}`;
    const stats = await statOf(source, t);
    if (stats.isDirectory()) await walk(source, `${path}/`, [...above, real], add, t);
    else if (stats.isFile()) add({ path, source, sizeBytes: stats.size });
    else throw special(source, t);
  }
}

const statOf = (source: string, t: Translate) =>
  stat(source).catch((error) => fail(source, error, t));

function fail(path: string, error: unknown, t: Translate): never {
  const isMissing = error instanceof Error && "code" in error && error.code === "ENOENT";
  const why = error instanceof Error ? error.message : String(error);
  throw new Failure(EXIT.local, t(isMissing ? "local.missing" : "local.unreadable", { path, why }));
}

/** Reading a pipe or a device may never end. */
const special = (path: string, t: Translate) =>
  new Failure(EXIT.local, t("register.special", { path }));
