import { RegistryError } from "../errors.ts";

export type CursorValue = string | number | null;

/** An opaque keyset position: the sort it belongs to, the last row's sort value and its id. */
export function encodeCursor(sort: string, value: CursorValue, id: string): string {
  return Buffer.from(JSON.stringify([sort, value, id])).toString("base64url");
}

/** Throws `invalid_cursor` for anything that `encodeCursor` did not make for this sort. */
export function decodeCursor(cursor: string, sort: string): { value: CursorValue; id: string } {
  let parsed: unknown;
  try {
    parsed = JSON.parse(Buffer.from(cursor, "base64url").toString("utf8"));
  } catch {
    throw invalidCursor();
  }
  if (!Array.isArray(parsed) || parsed.length !== 3 || parsed[0] !== sort) throw invalidCursor();
  const [, value, id] = parsed as unknown[];
  const isValue = value === null || typeof value === "string" || typeof value === "number";
  if (!isValue || typeof id !== "string" || !/^\d{1,18}$/.test(id)) throw invalidCursor();
  if (typeof value === "string" && value.includes("\0")) throw invalidCursor();
  return { value, id };
}

/** For what a cursor may not hold in one list only. */
export function invalidCursor(): RegistryError {
  return new RegistryError(
    "invalid_cursor",
    "Use next_cursor of the page before, with the same sort, or leave the cursor out.",
    { problems: [{ pointer: "/cursor", detail: "not a cursor of this list" }] },
  );
}
