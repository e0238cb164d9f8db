import { type ArchiveParts, archiveParts } from "#components/versions/archive-parts.ts";
import type { FilePage, FileWire, VersionFacts } from "#lib/models/schema.ts";

/** What "Use this model" needs to know of a version. */
export type UsableVersion = {
  name: string;
  version: string;
  fileCount: number;
  archive: ArchiveParts;
  /** The largest file's path: the weights, not the text around them. In a clean version these are clean. */
  mainPath: string | null;
  /** The first ones: a list of thousands to choose from helps nobody, the tar has all. */
  files: Pick<FileWire, "path" | "digest" | "verdict">[];
};

export const CHOICES_MAX = 100;

/** `files` is the version's first page of `CHOICES_MAX`. */
export function toUsable(version: VersionFacts, files: FilePage): UsableVersion {
  const choices = files.items;
  const isClean = version.scan.verdict === "clean";
  const [largest] = choices
    .filter(({ verdict }) => !isClean || verdict === "clean")
    .toSorted((a, b) => b.size_bytes - a.size_bytes);
  return {
    name: version.model,
    version: version.version,
    fileCount: files.total,
    archive: archiveParts(version),
    mainPath: largest?.path ?? null,
    files: choices.map(({ path, digest, verdict }) => ({ path, digest, verdict })),
  };
}
