/**
 * Opaque positions in lists: a cursor names its list (with the sort) and the last row that was shown. Any text that a
 * list did not make itself is `invalid_cursor`, and never reaches the database.
 */
import { createHash } from "node:crypto";
import { z } from "zod";
import { RegistryError } from "#lib/errors.ts";
import { textProblem } from "./storable-text.ts";
import { momentSchema } from "./words.ts";

/** The check finds a changed or missing character. It is no secret: a forged cursor only gets a page of the list. */
const CHECK_BYTES = 6;
const INT_MAX = 2 ** 31 - 1;
const BIGINT_MAX = 2n ** 63n - 1n;

/** Parts of positions. */
export const rowId = z
  .string()
  .regex(/^(0|[1-9][0-9]{0,18})$/)
  .transform(BigInt)
  .refine((id) => id <= BIGINT_MAX);
export const cursorInt = z.int().min(0).max(INT_MAX);
export const cursorText = z.string().refine((text) => textProblem(text) === null);
export const cursorCount = z.int().min(-1);
export const cursorTime = momentSchema.transform((text) => new Date(text));

type PositionPart = string | number | bigint | Date;

export type Cursors<Position> = {
  encode(...position: PositionPart[]): string;
  /** Null for the list's beginning. Throws `invalid_cursor`. */
  decode(cursor: string | undefined): Position | null;
};

export function cursorsOf<P extends z.ZodType>(list: string, position: P): Cursors<z.output<P>> {
  return {
    encode: (...parts) => {
      const values = parts.map((part) => (typeof part === "bigint" ? part.toString() : part));
      return seal(JSON.stringify([list, ...values]));
    },
    decode: (cursor) => {
      if (cursor === undefined) return null;
      const [kind, ...parts] = open(cursor);
      const result = position.safeParse(parts);
      if (kind !== list || !result.success) throw invalidCursor();
      return result.data;
    },
  };
}

function seal(text: string): string {
  return Buffer.concat([checkOf(text), Buffer.from(text)]).toString("base64url");
}

function open(cursor: string): unknown[] {
  const bytes = Buffer.from(cursor, "base64url");
  const text = bytes.subarray(CHECK_BYTES).toString("utf8");
  // `Buffer.from` leaves out characters that are no base64url; sealing the text again shows that none was left out.
  if (seal(text) !== cursor) throw invalidCursor();
  try {
    const parsed: unknown = JSON.parse(text);
    if (Array.isArray(parsed)) return parsed;
  } catch {
    // Such a text is no cursor of ours either.
  }
  throw invalidCursor();
}

function checkOf(text: string): Buffer {
  return createHash("sha256").update(text).digest().subarray(0, CHECK_BYTES);
}

function invalidCursor(): RegistryError {
  return new RegistryError(
    "invalid_cursor",
    "Use next_cursor of the page before, with the same sort, or leave the cursor out.",
    { problems: [{ pointer: "/cursor", detail: "is not a cursor of this list" }] },
  );
}
