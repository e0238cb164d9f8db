/**
 * A text of a server as a terminal may show it: without control characters, which could move the cursor or forge a
 * prompt, and without marks that turn the reading direction.
 */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]+/gu, " ");
}
