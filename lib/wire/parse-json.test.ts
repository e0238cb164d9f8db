import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isRegistryError } from "#lib/errors.ts";
import { JSON_MAX_DEPTH, JSON_MAX_VALUES } from "./json-problems.ts";
import { parseJson } from "./parse-json.ts";

function problems(text: string, path: string[] = []) {
  try {
    parseJson(text, path);
  } catch (error) {
    if (!isRegistryError(error)) throw error;
    expect(error.code).toBe("invalid_request");
    return error.problems;
  }
  return [];
}

describe("JSON of a client", () => {
  it.each([
    ['{"a":{"b":["x\\u0000"]}}', "/a/b/0", "has a NUL character"],
    ['{"a":"\\ud800"}', "/a", "has a lone surrogate, which is no Unicode character"],
    ['{"a":{"k\\u0000":1}}', "/a/k\u0000", "is a key that has a NUL character"],
    [
      '{"\\udfff":1}',
      "/\udfff",
      "is a key that has a lone surrogate, which is no Unicode character",
    ],
    ['[{"__proto__":{"x":1}}]', "/0/__proto__", "is not allowed as a key"],
    ['{"a/b":{"c~d":"\\u0000"}}', "/a~1b/c~0d", "has a NUL character"],
    ['{"a":[1,1e400]}', "/a/1", "is a number beyond what a double can hold (1.8e308)"],
    ['{"a":-1e400}', "/a", "is a number beyond what a double can hold (1.8e308)"],
    ['{"a":1e-400}', "/a", "is a number closer to 0 than a double can hold"],
    [
      `{"a":${"1234567890".repeat(6)}}`,
      "/a",
      "is a whole number that a double would change; send it as a string",
    ],
    [
      '{"a":9007199254740993}',
      "/a",
      "is a whole number that a double would change; send it as a string",
    ],
    ['"\\u0000"', "", "has a NUL character"],
    ["1e999", "", "is a number beyond what a double can hold (1.8e308)"],
  ])("%s is refused with its pointer", (text, pointer, detail) => {
    expect(problems(text)).toEqual([{ pointer, detail }]);
  });

  it("in a form field has pointers that begin with the field", () => {
    expect(problems('{"a":[1e400]}', ["metadata"])[0]?.pointer).toBe("/metadata/a/0");
  });

  it("names all problems, up to fifty", () => {
    expect(problems('{"a":"\\u0000","b":1e400}').map(({ pointer }) => pointer)).toEqual([
      "/a",
      "/b",
    ]);
    expect(problems(`[${Array(1000).fill("1e400").join()}]`)).toHaveLength(50);
  });

  it("may be nested, and neither shallow nor deep nesting fails the parser", () => {
    const nested = (depth: number) => "[".repeat(depth) + "]".repeat(depth);
    expect(problems(nested(JSON_MAX_DEPTH))).toEqual([]);
    expect(problems(`{"a":"${"[".repeat(1000)}\\"{"}`)).toEqual([]);
    for (const depth of [JSON_MAX_DEPTH + 1, 1_000_000])
      expect(problems(nested(depth))[0]?.detail).toBe("is nested deeper than 100 levels");
    expect(() => parseJson("[".repeat(50))).toThrow(SyntaxError);
  });

  it("has so many values that schemas can look at each", () => {
    const list = (length: number) =>
      `[${Array(length - 1)
        .fill("0")
        .join()}]`;
    expect(problems(list(JSON_MAX_VALUES))).toEqual([]);
    expect(problems(list(JSON_MAX_VALUES + 1))).toEqual([
      { pointer: "", detail: "has more than 250000 values" },
    ]);
    expect(problems(`{"a":["x","\\"","]",{"b":"${"\\".repeat(1e6)}"},1e999]}`)).toEqual([
      { pointer: "/a/4", detail: "is a number beyond what a double can hold (1.8e308)" },
    ]);
  });

  it.each(["", "{", "[1 2]", '{"a"}', '"', '"\\', '"\\x"', "1-2", "tru", "01", "[1e400", "\u0000"])(
    "that is none is a syntax error: %j",
    (text) => {
      expect(() => parseJson(text)).toThrow(SyntaxError);
    },
  );

  it("keeps every number that a double holds", () => {
    for (const text of [
      "0",
      "-0",
      "1.0",
      "1e3",
      "0e400",
      "0.1",
      "1.7976931348623157e308",
      "5e-324",
    ])
      expect(problems(text)).toEqual([]);
    expect(problems(String(Number.MAX_SAFE_INTEGER))).toEqual([]);
  });

  it("is read as JSON.parse reads it, whatever else it is", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = JSON.stringify(value);
        fc.pre(!text.includes("__proto__"));
        expect(parseJson(text)).toEqual(JSON.parse(text));
      }),
    );
  });
});
