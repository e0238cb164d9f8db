import { describe, expect, it } from "vitest";
import { parseFilter } from "./search-filter.ts";

describe("a filter", () => {
  it.each([
    ["", []],
    ["  ", []],
    ["name = 'a'", [{ entity: "attribute", key: "name", comparator: "=", value: "a" }]],
    ['name="it\'s"', [{ entity: "attribute", key: "name", comparator: "=", value: "it's" }]],
    [
      "name != 'O''Brien'",
      [{ entity: "attribute", key: "name", comparator: "!=", value: "O'Brien" }],
    ],
    ["tags.`a b` ilike '%x%'", [{ entity: "tag", key: "a b", comparator: "ILIKE", value: "%x%" }]],
    ["tag.\"k\" = 'v'", [{ entity: "tag", key: "k", comparator: "=", value: "v" }]],
    ["tags.mlflow.x = 'v'", [{ entity: "tag", key: "mlflow.x", comparator: "=", value: "v" }]],
    [
      "attribute.name LIKE 'a'",
      [{ entity: "attribute", key: "name", comparator: "LIKE", value: "a" }],
    ],
    [
      "version_number>=-3",
      [{ entity: "attribute", key: "version_number", comparator: ">=", value: -3 }],
    ],
    [
      "run_id IN ('a',\n\"b\")",
      [{ entity: "attribute", key: "run_id", comparator: "IN", value: ["a", "b"] }],
    ],
    [
      "name NOT IN ('a')",
      [{ entity: "attribute", key: "name", comparator: "NOT IN", value: ["a"] }],
    ],
    [
      "name = 'AND' and tags.k = '='",
      [
        { entity: "attribute", key: "name", comparator: "=", value: "AND" },
        { entity: "tag", key: "k", comparator: "=", value: "=" },
      ],
    ],
  ])("%j is understood", (text, clauses) => {
    expect(parseFilter(text)).toEqual(clauses);
  });

  it.each([
    "name",
    "name =",
    "= 'a'",
    "name = 'a",
    "name = a",
    "name == 'a'",
    "name = 'a' OR name = 'b'",
    "name = 'a' AND",
    "AND name = 'a'",
    "(name = 'a')",
    "name IN ()",
    "name IN ('a'",
    "name IN (1)",
    "tags.k IN ('a')",
    "tags.k = 1",
    "params.k = 'a'",
    "name = 'a'; drop table model",
    "name = 'a' -- x",
    "name = 'a\u0000'",
    "name = '\ud800'",
    "name NOT LIKE 'a'",
    "tags. = 'a'",
    "😀 = 'a'",
  ])("%j is refused", (text) => {
    expect(() => parseFilter(text)).toThrow(/invalid_request/);
  });

  it("has bounds, and its parser takes no longer than its length allows", () => {
    const clause = "name = 'a'";
    expect(() => parseFilter(Array(51).fill(clause).join(" AND "))).toThrow(/at most 50/);
    expect(() => parseFilter(`name = '${"x".repeat(70_000)}'`)).toThrow(/at most 65536/);
    expect(() => parseFilter(`name IN (${Array(1001).fill("'a'").join(",")})`)).toThrow(
      /at most 1000/,
    );
    for (const hostile of [
      "'".repeat(65_000),
      "`".repeat(65_000),
      "a.".repeat(32_000),
      " ".repeat(65_000),
      "(".repeat(65_000),
    ]) {
      const begun = performance.now();
      try {
        parseFilter(hostile);
      } catch {
        // It is refused, or empty.
      }
      expect(performance.now() - begun).toBeLessThan(2_000);
    }
  });
});
