/**
 * Why a text cannot be kept as it was sent, as the end of a sentence; null when it can. PostgreSQL's text has no NUL, and
 * UTF-8 has no half of a surrogate pair.
 */
export function textProblem(text: string): string | null {
  if (text.includes("\0")) return "has a NUL character";
  if (!text.isWellFormed()) return "has a lone surrogate, which is no Unicode character";
  return null;
}
