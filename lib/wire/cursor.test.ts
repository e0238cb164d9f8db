import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { isRegistryError } from "#lib/errors.ts";
import { cursorCount, cursorInt, cursorsOf, cursorText, cursorTime, rowId } from "./cursor.ts";

const position = z.tuple([cursorText, cursorTime, cursorCount, cursorInt, rowId]);
const cursors = cursorsOf("things", position);
const values = ["Name", new Date("2026-01-31T12:00:00.123Z"), -1, 7, 2n ** 63n - 1n] as const;
const good = cursors.encode(...values);

/** A cursor that a client could make by itself, the check included. */
function forge(content: unknown): string {
  const text = typeof content === "string" ? content : JSON.stringify(content);
  const check = createHash("sha256").update(text).digest().subarray(0, 6);
  return Buffer.concat([check, Buffer.from(text)]).toString("base64url");
}

function codeOf(cursor: string): string | null {
  try {
    cursors.decode(cursor);
    return null;
  } catch (error) {
    if (isRegistryError(error)) return error.code;
    throw error;
  }
}

describe("a cursor", () => {
  it("leads back to its position", () => {
    expect(cursors.decode(good)).toEqual(values);
    expect(cursors.decode(undefined)).toBeNull();
  });

  it("belongs to its list only", () => {
    expect(codeOf(cursorsOf("other things", position).encode(...values))).toBe("invalid_cursor");
  });

  it("is refused with any character changed, added or left out", () => {
    const character = fc.constantFrom(..."ABCXYZabcxyz0189-_=+/. \0é");
    fc.assert(
      fc.property(fc.nat(good.length), fc.nat(1), character, (at, removed, added) => {
        const changed = good.slice(0, at) + added + good.slice(at + removed);
        fc.pre(changed !== good);
        expect(codeOf(changed)).toBe("invalid_cursor");
        if (at < good.length) expect(codeOf(good.slice(0, at))).toBe("invalid_cursor");
      }),
    );
  });

  const time = "2026-01-31T12:00:00.000Z";
  it.each<[what: string, content: unknown]>([
    ["nothing", ""],
    ["no JSON", "["],
    ["an object", {}],
    ["null", null],
    ["too few values", ["things", "a", time, 1, 2]],
    ["too many values", ["things", "a", time, 1, 2, "3", "4"]],
    ["a list for a text", ["things", ["a"], time, 1, 2, "3"]],
    ["a NUL", ["things", "a\0", time, 1, 2, "3"]],
    ["a lone surrogate", `["things","\\ud800","${time}",1,2,"3"]`],
    ["no time", ["things", "a", "yesterday", 1, 2, "3"]],
    ["a day that is none", ["things", "a", "2026-02-30T00:00:00Z", 1, 2, "3"]],
    ["the year 0", ["things", "a", "0000-01-01T00:00:00Z", 1, 2, "3"]],
    ["the year 10000", ["things", "a", "9999-12-31T23:59:59-10:00", 1, 2, "3"]],
    ["a text for a number", ["things", "a", time, "1", 2, "3"]],
    ["a fraction", ["things", "a", time, 1.5, 2, "3"]],
    ["a number without end", `["things","a","${time}",1e400,2,"3"]`],
    ["an integer over 2^31", ["things", "a", time, 1, 2 ** 31, "3"]],
    ["a negative integer", ["things", "a", time, 1, -1, "3"]],
    ["an id over 2^63", ["things", "a", time, 1, 2, (2n ** 63n).toString()]],
    ["a negative id", ["things", "a", time, 1, 2, "-3"]],
    ["an id that is a number", ["things", "a", time, 1, 2, 3]],
    ["null for an id", ["things", "a", time, 1, 2, null]],
  ])("that is forged and holds %s is refused", (_, content) => {
    expect(codeOf(forge(content))).toBe("invalid_cursor");
  });
});
