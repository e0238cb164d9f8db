/** Escapes the wildcards of LIKE, which Prisma leaves as they are in `startsWith`, `contains` and comparisons without case: names may have a `_`. */
export function likeLiteral(text: string): string {
  return text.replace(/[\\%_]/g, (character) => `\\${character}`);
}
