import { type ArchiveParts, archiveParts } from "#components/versions/archive-parts.ts";
import type { FilePage, FileWire, VersionFacts } from "#lib/models/schema.ts";

/** The facts of a version that "Use this model" needs. */
export type UsableVersion = {
  name: string;
  version: string;
  /** What clients of MLflow know it by. */
  number: number;
  externalName: string | null;
  hasFlavor: boolean;
  fileCount: number;
  archive: ArchiveParts;
  /** Path of the largest file: the weights, not the text around them. In a clean version only clean files count. */
  mainPath: string | null;
  /** The first files: a list of thousands to choose from helps nobody, and the tar has all. */
  files: Pick<FileWire, "path" | "digest" | "verdict">[];
};

export const CHOICES_MAX = 100;

/** `files` is the version's first page of `CHOICES_MAX`. */
export function toUsable(
  version: VersionFacts,
  files: FilePage,
  externalName: string | null,
): UsableVersion {
  const choices = files.items;
  const isClean = version.scan.verdict === "clean";
  const [largest] = choices
    .filter(({ verdict }) => !isClean || verdict === "clean")
    .toSorted((a, b) => b.size_bytes - a.size_bytes);
  return {
    name: version.model,
    version: version.version,
    number: version.number,
    externalName,
    hasFlavor: "mlflow.flavors" in version.producer,
    fileCount: files.total,
    archive: archiveParts(version),
    mainPath: largest?.path ?? null,
    files: choices.map(({ path, digest, verdict }) => ({ path, digest, verdict })),
  };
}
