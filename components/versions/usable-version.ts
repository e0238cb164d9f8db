import type { FileWire, VerdictName, VersionWire } from "@/lib/models/schema.ts";

/** What "Use this model" needs to know of a version. */
export type UsableVersion = {
  name: string;
  version: string;
  verdict: VerdictName;
  fileCount: number;
  /** The first ones: a list of thousands to choose from helps nobody, the tar has all. */
  files: Pick<FileWire, "path" | "digest">[];
};

const CHOICES_MAX = 200;

export function toUsable(version: VersionWire): UsableVersion {
  return {
    name: version.model,
    version: version.version,
    verdict: version.scan.verdict,
    fileCount: version.files.length,
    files: version.files.slice(0, CHOICES_MAX).map(({ path, digest }) => ({ path, digest })),
  };
}
