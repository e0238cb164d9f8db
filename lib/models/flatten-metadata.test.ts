import { expect, it } from "vitest";
import { flattenMetadata } from "./flatten-metadata.ts";

const flat = (metadata: Record<string, unknown>) => [...flattenMetadata(metadata)];

it("names inner values by their path, and keeps lists and empty objects whole", () => {
  expect(flat({ a: 1, m: { x: 0.5, y: { z: null } }, l: [1, { b: 2 }], e: {} })).toEqual([
    ["a", 1],
    ["m.x", 0.5],
    ["m.y.z", null],
    ["l", [1, { b: 2 }]],
    ["e", {}],
  ]);
});

it("goes so deep and so far, and no further", () => {
  expect(flat({ a: { b: { c: { d: { e: { f: 1 } } } } } })).toEqual([["a.b.c.d.e", { f: 1 }]]);
  const many = Object.fromEntries(Array.from({ length: 5_000 }, (_, at) => [`k${at}`, at]));
  expect(flat({ many })).toHaveLength(500);
  const hostile = JSON.parse('{"__proto__":{"polluted":1},"toString":2}');
  expect(flat(hostile)).toEqual([
    ["__proto__.polluted", 1],
    ["toString", 2],
  ]);
});
