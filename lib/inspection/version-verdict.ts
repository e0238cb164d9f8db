import { type SettledVerdict, worstVerdict } from "#lib/scan/verdict.ts";

/**
 * The verdict on the version: the worst of the files that a loader opens, or of all when no loader opens any. A
 * malicious file counts in any case, since somebody put its code there on purpose.
 */
export function versionVerdict(
  files: readonly { verdict: SettledVerdict; isLoaded: boolean }[],
): SettledVerdict {
  const loaded = files.filter(({ isLoaded, verdict }) => isLoaded || verdict === "malicious");
  const counted = files.some(({ isLoaded }) => isLoaded) ? loaded : files;
  return worstVerdict(counted.map(({ verdict }) => verdict));
}
