/** What a script learns without reading a word; documented in docs/cli.md. */
export const EXIT = {
  ok: 0,
  /** `compare --exit-code` found differences, or what no other code names. */
  failed: 1,
  usage: 2,
  unreachable: 3,
  denied: 4,
  notFound: 5,
  conflict: 6,
  refused: 7,
  damaged: 8,
  incompatible: 9,
  notClean: 10,
  local: 11,
  unscannable: 12,
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
