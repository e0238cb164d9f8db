import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { memorySource } from "./byte-source.ts";
import { type JsonVisit, scanJson } from "./json-scanner.ts";
import { JsonProblem } from "./strict-json.ts";

async function visitsOf(
  text: string,
  depth: number,
): Promise<[string, JsonVisit["kind"], string][]> {
  const visits: [string, JsonVisit["kind"], string][] = [];
  await scanJson(
    memorySource(Buffer.from(text)),
    { depth, maxDepth: 64 },
    ({ path, kind, value }) => visits.push([path.join("/"), kind, value]),
  );
  return visits;
}

test("values are told with their paths, as deep as was asked for", async () => {
  const text = ` {"a": 1, "b" : [true, {"c": "x"}, "y\\"\\u00e7"], "d": {}, "\\"": null} `;
  expect(await visitsOf(text, 2)).toEqual([
    ["", "object", ""],
    ["a", "plain", "1"],
    ["b", "list", ""],
    ["b/", "plain", "true"],
    ["b/", "object", ""],
    ["b/", "text", 'y"ç'],
    ["d", "object", ""],
    ['"', "plain", "null"],
  ]);
  expect(await visitsOf(text, 0)).toEqual([["", "object", ""]]);
  expect(await visitsOf('"x"', 5)).toEqual([["", "text", "x"]]);
  expect(await visitsOf("12", 5)).toEqual([["", "plain", "12"]]);
});

test("a text of megabytes is given by its start", async () => {
  const [, [, , value] = []] = await visitsOf(JSON.stringify({ a: "ç".repeat(1_000_000) }), 1);
  expect(value?.length).toBeLessThanOrEqual(1024);
  expect(value?.startsWith("ççç")).toBe(true);
});

describe("refuses", () => {
  test.each(["", "{", "[}", '{"a', '{"a": "b', "]", `${"[".repeat(65)}${"]".repeat(65)}`])(
    "%j",
    async (text) => {
      await expect(visitsOf(text, 3)).rejects.toThrow(JsonProblem);
    },
  );
});

test("any JSON is walked to its end and tells what a tree of it tells", async () => {
  await fc.assert(
    fc.asyncProperty(fc.jsonValue({ maxDepth: 5 }), async (value) => {
      const visits = await visitsOf(JSON.stringify(value, null, 1), 64);
      const count = (one: unknown): number =>
        typeof one === "object" && one !== null
          ? Object.values(one).reduce<number>((sum, part) => sum + count(part), 1)
          : 1;
      expect(visits).toHaveLength(count(value));
      const texts = visits.flatMap(([, kind, text]) => (kind === "text" ? [text] : []));
      const all = (one: unknown): string[] =>
        typeof one === "string"
          ? [one]
          : typeof one === "object" && one !== null
            ? Object.values(one).flatMap(all)
            : [];
      expect(texts).toEqual(all(value));
    }),
  );
});

test("any bytes end in visits or in its own error", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.constantFrom(...'{}[]",:\\1a ')), async (characters) => {
      try {
        await visitsOf(characters.join(""), 3);
      } catch (error) {
        if (!(error instanceof JsonProblem)) throw error;
      }
    }),
  );
});
