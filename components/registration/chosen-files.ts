/** The files chosen for a version: pure, so that drop, pickers and tests share it. */

/** `path` is relative to the version, with `/` between folders. */
export type ChosenFile = { path: string; file: File };

/** `root` is the folder that was chosen; null when files were chosen. */
export type Choice = { files: ChosenFile[]; root: string | null; skipped: number };

/** What operating systems and git leave in folders; no part of a model. */
const LITTER = new Set([".DS_Store", "Thumbs.db", "desktop.ini", ".git", "__MACOSX"]);
/** The server takes as many files in one version. */
export const FILES_MAX = 10_000;

/** Drops litter, and the name of the one folder that all paths share when a folder was chosen. */
export function toChoice(found: readonly ChosenFile[]): Choice {
  const files = found.filter(({ path }) => !path.split("/").some((part) => LITTER.has(part)));
  const skipped = found.length - files.length;
  const root = sharedRoot(files);
  const strip = root === null ? 0 : root.length + 1;
  return {
    files: files.map(({ path, file }) => ({ path: path.slice(strip), file })),
    root,
    skipped,
  };
}

function sharedRoot(files: readonly ChosenFile[]): string | null {
  const first = files[0]?.path;
  if (!first?.includes("/")) return null;
  const root = first.slice(0, first.indexOf("/"));
  return files.every(({ path }) => path.startsWith(`${root}/`)) ? root : null;
}

/** A file replaces an earlier one of the same path; sorted by path. */
export function addFiles(
  present: readonly ChosenFile[],
  added: readonly ChosenFile[],
): ChosenFile[] {
  const all = new Map([...present, ...added].map((chosen) => [chosen.path, chosen]));
  return [...all.values()].sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
}

export function totalBytes(files: readonly ChosenFile[]): number {
  return files.reduce((sum, { file }) => sum + file.size, 0);
}

/** The problem for which the server would refuse the files after the upload, found before it. */
export function filesProblem(
  files: readonly ChosenFile[],
): { key: "none" | "tooMany" } | { key: "empty"; path: string } | null {
  if (files.length === 0) return { key: "none" };
  if (files.length > FILES_MAX) return { key: "tooMany" };
  const empty = files.find(({ file }) => file.size === 0);
  return empty ? { key: "empty", path: empty.path } : null;
}

const EXTENSIONS =
  /(\.(pth?|bin|ckpt|safetensors|onnx|pb|keras|h5|hdf5|gguf|tflite|pkl|joblib|zip|tar|tgz|gz))+$/i;
const NAME_MAX_LENGTH = 128;
/** Names that say nothing about the model; the folder's name is better, and no name is better than these. */
const GENERIC = new Set(["model", "saved_model", "pytorch_model", "weights"]);

/** A model name from the folder's or the main file's name, in the alphabet of names; null for none. */
export function proposeName(files: readonly ChosenFile[], root: string | null): string | null {
  const main = files.length === 1 ? files[0] : files.find(({ path }) => EXTENSIONS.test(path));
  const base = main?.path.split("/").at(-1)?.replace(EXTENSIONS, "") ?? "";
  return toName(root ?? (files.length > 1 && GENERIC.has(base) ? "" : base));
}

function toName(text: string): string | null {
  const name = text
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .replace(/[^A-Za-z0-9._-]+/g, "-")
    .replace(/^[^A-Za-z0-9]+/, "")
    .slice(0, NAME_MAX_LENGTH)
    .replace(/[^A-Za-z0-9]+$/, "");
  return name === "" ? null : name;
}
