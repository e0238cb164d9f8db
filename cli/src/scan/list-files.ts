/**
 * Paths of the command line -> the files that are scanned. Names are kept as bytes, since a name that is no UTF-8 could
 * not be opened by its text. Nothing here opens anything but folders.
 */
import type { BigIntStats } from "node:fs";
import { lstat, readdir, stat } from "node:fs/promises";
import { sep } from "node:path";
import { LEFTOVERS } from "../transfer/collect-files.ts";

export type ScanTarget = {
  /** For people and for reports: with `/`, and with what is no UTF-8 replaced. */
  path: string;
  /** Its path below the folder that it was found in, which is what files beside it call it. */
  name: string;
  bytes: Buffer;
  sizeBytes: number;
  /** Tells whether it is still the same file when it is opened. */
  identity: string;
};

export type ScanGroup = {
  /** Files that may say something about each other. */
  files: ScanTarget[];
  /** How many of them, from the first one on, are to get a verdict. */
  wanted: number;
};

export type Listing = {
  groups: ScanGroup[];
  unreadable: { path: string; reason: string }[];
  /** What `register` leaves out too. */
  leftOut: string[];
};

/** Files beside a single one that may describe it, or have its weights. */
const MAX_NEIGHBOURS = 1000;
const SEPARATOR = Buffer.from(sep);

export async function listFiles(paths: readonly string[]): Promise<Listing> {
  const listing: Listing = { groups: [], unreadable: [], leftOut: [] };
  for (const path of paths) {
    const bytes = Buffer.from(path);
    const stats = await tryStat(bytes, path, listing);
    if (stats === null) continue;
    const group: ScanGroup = { files: [], wanted: 0 };
    if (stats.isDirectory()) {
      const folder = path.replace(/[/\\]+$/, "") || "/";
      await walk({ bytes, path: folder, name: "" }, listing, group, new Set([identityOf(stats)]));
      group.wanted = group.files.length;
    } else if (addFile(stats, { bytes, path, name: lastPart(path) }, listing, group)) {
      group.wanted = 1;
      await addNeighbours(path, group);
    }
    if (group.wanted > 0) listing.groups.push(group);
  }
  return listing;
}

type Place = { bytes: Buffer; path: string; name: string };

/** Links are followed, as model hubs keep files behind links; each folder is looked into once. */
async function walk(
  folder: Place,
  listing: Listing,
  group: ScanGroup,
  seen: Set<string>,
): Promise<void> {
  let names: Buffer[];
  try {
    names = await readdir(folder.bytes, { encoding: "buffer" });
  } catch (error) {
    listing.unreadable.push({ path: folder.path, reason: reasonOf(error) });
    return;
  }
  for (const name of names.sort(Buffer.compare)) {
    const text = name.toString("utf8");
    const place = {
      bytes: Buffer.concat([folder.bytes, SEPARATOR, name]),
      path: pathIn(folder.path, text),
      name: folder.name === "" ? text : `${folder.name}/${text}`,
    };
    if (LEFTOVERS.has(text)) {
      listing.leftOut.push(place.path);
      continue;
    }
    const stats = await tryStat(place.bytes, place.path, listing);
    if (stats === null) continue;
    if (!stats.isDirectory()) addFile(stats, place, listing, group);
    else if (!seen.has(identityOf(stats))) {
      seen.add(identityOf(stats));
      await walk(place, listing, group, seen);
    }
  }
}

/** Without the `./` that says nothing. */
function pathIn(folder: string, name: string): string {
  if (folder === ".") return name;
  return folder.endsWith("/") ? `${folder}${name}` : `${folder}/${name}`;
}

/** False for what is no file: reading a pipe or a device may never end. */
function addFile(stats: BigIntStats, place: Place, listing: Listing, group: ScanGroup): boolean {
  if (!stats.isFile()) {
    listing.unreadable.push({ path: place.path, reason: "it is neither a file nor a folder" });
    return false;
  }
  group.files.push({ ...place, sizeBytes: Number(stats.size), identity: identityOf(stats) });
  return true;
}

/** The other files of the folder, where a model of several files was named by one of them. */
async function addNeighbours(path: string, group: ScanGroup): Promise<void> {
  const end = Math.max(path.lastIndexOf("/"), path.lastIndexOf(sep));
  const folder = end < 0 ? "." : path.slice(0, end) || sep;
  const names = await readdir(folder).catch(() => []);
  const own = lastPart(path);
  for (const name of names.slice(0, MAX_NEIGHBOURS)) {
    if (name === own) continue;
    const bytes = Buffer.concat([Buffer.from(folder), SEPARATOR, Buffer.from(name)]);
    const stats = await stat(bytes, { bigint: true }).catch(() => null);
    if (!stats?.isFile()) continue;
    const identity = identityOf(stats);
    group.files.push({ path: name, name, bytes, sizeBytes: Number(stats.size), identity });
  }
}

async function tryStat(bytes: Buffer, path: string, listing: Listing): Promise<BigIntStats | null> {
  try {
    return await stat(bytes, { bigint: true });
  } catch (error) {
    const isLink = await lstat(bytes).then(
      (found) => found.isSymbolicLink(),
      () => false,
    );
    const reason = isLink ? "the link leads nowhere" : reasonOf(error);
    listing.unreadable.push({ path, reason });
    return null;
  }
}

export function identityOf({ dev, ino, size }: BigIntStats): string {
  return `${dev} ${ino} ${size}`;
}

/** `EACCES: permission denied`: the system's words without the path, which is told anyway. */
export function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.split(", ")[0] as string;
}

function lastPart(path: string): string {
  return path.slice(Math.max(path.lastIndexOf("/"), path.lastIndexOf(sep)) + 1);
}
