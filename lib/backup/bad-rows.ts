/** PostgreSQL's refusal of a row: class 22 (its data) or 23 (constraints) of its codes. */
export function isBadRow(error: unknown): error is Error {
  return error instanceof Error && "code" in error && /^2[23]/.test(String(error.code));
}
