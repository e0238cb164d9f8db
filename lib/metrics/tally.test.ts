import { expect, test } from "vitest";
import { addTallies, count, quantile, type Tallies } from "./tally.ts";

const of = (...seconds: number[]) => {
  const tallies: Tallies = {};
  for (const each of seconds) count(tallies, "a", each, "ok");
  return tallies;
};

test("a quantile lies in the bucket of the value that it is", () => {
  const { a = {} } = of(...Array.from({ length: 99 }, () => 0.004), 7);
  expect(quantile(a, 0.5)).toBeLessThanOrEqual(0.005);
  expect(quantile(a, 0.995)).toBeGreaterThan(5);
  expect(quantile(a, 0.995)).toBeLessThanOrEqual(10);
});

test("nothing has no duration, and what took longer than the last bound is told as that", () => {
  expect(quantile({}, 0.5)).toBeNull();
  expect(quantile(of(10_000).a ?? {}, 0.5)).toBe(1_800);
});

test("tallies of two processes add up to what one would have counted", () => {
  const both = of(0.2, 3);
  addTallies(both, of(0.2, 0.001));
  expect(both).toEqual(of(0.2, 3, 0.2, 0.001));
});

test("a name that is a member of every object is a key like any other", () => {
  const tallies: Tallies = {};
  count(tallies, "constructor", 1, "f");
  expect(tallies.constructor).toEqual({ n: 1, s: 1, f: 1, 7: 1 });
});

test("endless keys do not grow it endlessly", () => {
  const tallies: Tallies = {};
  for (let key = 0; key < 10_000; key += 1) count(tallies, `k${key}`, 1, "ok");
  expect(Object.keys(tallies).length).toBeLessThan(1_000);
});
