import { expect, it } from "vitest";
import { entryChanges } from "./entry-changes.ts";

it("tells each field that changed, those of maps by their paths", () => {
  const detail = {
    before: { description: "old", tags: { team: "a", gone: "x", same: "s" } },
    after: { description: "new", tags: { team: "b", added: "y", same: "s" } },
    comment: "because",
    accepted_verdict: null,
  };
  expect(entryChanges(detail)).toEqual({
    changes: [
      { field: "description", before: "old", after: "new" },
      { field: "tags.team", before: "a", after: "b" },
      { field: "tags.gone", before: "x", after: null },
      { field: "tags.added", before: null, after: "y" },
    ],
    facts: [{ name: "comment", value: "because" }],
    omitted: 0,
  });
});

it("tells a value that is no map, and one that was not there before", () => {
  const change = (before: unknown, after: unknown) => entryChanges({ before, after }).changes;
  expect(change("none", "production")).toEqual([
    { field: "", before: "none", after: "production" },
  ]);
  expect(change(null, "1.0.0")).toEqual([{ field: "", before: null, after: "1.0.0" }]);
  expect(change([1, 2], [1])).toEqual([{ field: "", before: "[1,2]", after: "[1]" }]);
  expect(change({}, {})).toEqual([]);
});

it("stays small, whatever was written down", () => {
  const many = Object.fromEntries(Array.from({ length: 1_000 }, (_, at) => [`k${at}`, "v"]));
  const { changes, facts, omitted } = entryChanges({ after: many, ...many });
  expect([changes.length, facts.length, omitted]).toEqual([50, 50, 1_900]);
  const [long] = entryChanges({ after: { text: "x".repeat(65_536) } }).changes;
  expect(long?.after).toHaveLength(401);
  let deep: unknown = 1;
  for (let at = 0; at < 500; at += 1) deep = { a: deep };
  expect(entryChanges({ after: deep }).changes).toHaveLength(1);
  expect(entryChanges(JSON.parse('{"after": {"__proto__": {"x": 1}}}')).changes).toEqual([
    { field: "__proto__.x", before: null, after: "1" },
  ]);
});
