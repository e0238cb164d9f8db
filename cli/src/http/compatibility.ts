/** Whether this command line and a server fit: the same minor version before 1.0.0, the same major from then on. */

/** Null for what is no semantic version. */
function lineOf(version: string): [number, number] | null {
  const found = /^(\d{1,9})\.(\d{1,9})\.\d/.exec(version);
  if (found === null) return null;
  const major = Number(found[1]);
  return [major, major === 0 ? Number(found[2]) : 0];
}

export type Fit = "fits" | "server-too-old" | "server-too-new" | "unknown";

/** `server` is null for one that does not tell its version, as those before this command line. */
export function compareVersions(server: string | null, own: string): Fit {
  if (server === null) return "server-too-old";
  const theirs = lineOf(server);
  const ours = lineOf(own);
  if (theirs === null || ours === null) return "unknown";
  const difference = theirs[0] - ours[0] || theirs[1] - ours[1];
  if (difference === 0) return "fits";
  return difference < 0 ? "server-too-old" : "server-too-new";
}
