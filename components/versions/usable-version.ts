import type { FileWire, VerdictName, VersionWire } from "@/lib/models/schema.ts";

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

const CHOICES_MAX = 200;

export function toUsable(version: VersionWire): UsableVersion {
  const choices = version.files.slice(0, CHOICES_MAX);
  const [largest] = choices.toSorted((a, b) => b.size_bytes - a.size_bytes);
  return {
    name: version.model,
    version: version.version,
    verdict: version.scan.verdict,
    fileCount: version.files.length,
    mainPath: largest?.path ?? null,
    files: choices.map(({ path, digest }) => ({ path, digest })),
  };
}
