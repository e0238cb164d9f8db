import type { VersionFacts } from "#lib/models/schema.ts";

/**
 * How many of a version's files are always served, how many only to a client that accepts the risk, and how many
 * never.
 */
export type ArchiveParts = { clean: number; suspicious: number; refused: number };

export function archiveParts({
  file_count: count,
  withheld,
}: Pick<VersionFacts, "file_count" | "withheld">): ArchiveParts {
  const suspicious = withheld.filter(({ verdict }) => verdict === "suspicious").length;
  return {
    clean: count - withheld.length,
    suspicious,
    refused: withheld.length - suspicious,
  };
}
