import fc from "fast-check";
import { expect, test } from "vitest";
import { type Json, JsonProblem, parseStrictJson } from "./strict-json.ts";

/** The Map tree as JSON.parse would give it. */
function plain(value: Json): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (!(value instanceof Map)) return value;
  const entries = [...value].map(([key, item]) => [key, plain(item)]);
  return Object.fromEntries(entries);
}

test("means what JSON.parse means, for any value and any spacing", () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 6 }), fc.constantFrom(0, 1, 2, "\t"), (value, indent) => {
      const text = JSON.stringify(value, null, indent);
      expect(plain(parseStrictJson(text, 50))).toEqual(JSON.parse(text));
    }),
  );
});

test("refuses what JSON.parse refuses", () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...'{}[]",:\\u0019eE+-. tfn\n') }), (text) => {
      let isValid = true;
      try {
        JSON.parse(text);
      } catch {
        isValid = false;
      }
      if (isValid) return;
      expect(() => parseStrictJson(text, 50)).toThrow(JsonProblem);
    }),
    { numRuns: 2000 },
  );
});

test.each([
  ["a key twice", '{"a":1,"a":1}'],
  ["a key twice, once escaped", '{"a":1,"\\u0061":1}'],
  ["__proto__ twice", '{"__proto__":1,"__proto__":1}'],
  ["nesting", "[".repeat(51) + "]".repeat(51)],
  ["a comma at the end", "[1,]"],
  ["NaN", "[NaN]"],
  ["a leading zero", "[01]"],
  ["two values", "1 2"],
  ["nothing", ""],
])("refuses %s", (_, text) => {
  expect(() => parseStrictJson(text, 50)).toThrow(JsonProblem);
});
