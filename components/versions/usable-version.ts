import type { FilePage, FileWire, VerdictName, VersionFacts } from "@/lib/models/schema.ts";

/** What "Use this model" needs to know of a version. */
export type UsableVersion = {
  name: string;
  version: string;
  verdict: VerdictName;
  fileCount: number;
  /** The largest file's path: the weights, not the text around them. */
  mainPath: string | null;
  /** The first ones: a list of thousands to choose from helps nobody, the tar has all. */
  files: Pick<FileWire, "path" | "digest">[];
};

export const CHOICES_MAX = 100;

/** `files` is the version's first page of `CHOICES_MAX`. */
export function toUsable(version: VersionFacts, files: FilePage): UsableVersion {
  const choices = files.items;
  const [largest] = choices.toSorted((a, b) => b.size_bytes - a.size_bytes);
  return {
    name: version.model,
    version: version.version,
    verdict: version.scan.verdict,
    fileCount: files.total,
    mainPath: largest?.path ?? null,
    files: choices.map(({ path, digest }) => ({ path, digest })),
  };
}
