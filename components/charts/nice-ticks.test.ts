import { expect, test } from "vitest";
import { timeTicks, valueTicks } from "./nice-ticks.ts";

test("numbers are round and the highest value fits", () => {
  expect(valueTicks(1337, "amount")).toEqual([0, 500, 1000, 1500]);
  expect(valueTicks(7, "amount")).toEqual([0, 2, 4, 6, 8]);
  expect(valueTicks(0.3, "amount")).toEqual([0, 0.1, 0.2, 0.3]);
  expect(valueTicks(0, "amount")).toEqual([0, 1]);
});

test("sizes are round in their own unit, durations in theirs", () => {
  const MIB = 1024 ** 2;
  expect(valueTicks(700 * MIB, "bytes")).toEqual([0, 200, 400, 600, 800].map((n) => n * MIB));
  expect(valueTicks(90, "seconds")).toEqual([0, 30, 60, 90]);
  expect(valueTicks(0.08, "seconds")).toEqual([0, 0.02, 0.04, 0.06, 0.08]);
  expect(valueTicks(5 * 3600, "seconds")).toEqual([0, 2, 4, 6].map((n) => n * 3600));
});

test("every positive number has at most a handful of ticks that reach it", () => {
  for (let value = 1e-6; value < 1e15; value *= 3.7)
    for (const measure of ["amount", "bytes", "seconds"] as const) {
      const ticks = valueTicks(value, measure);
      expect(ticks.length).toBeLessThanOrEqual(6);
      expect(ticks.at(-1)).toBeGreaterThanOrEqual(value * (1 - 1e-9));
    }
});

test("days begin at the reader's midnight", () => {
  const from = Date.parse("2026-11-20T10:00:00Z");
  const ticks = timeTicks(from, from + 7 * 86_400_000, { most: 8, offsetMs: -3 * 3_600_000 });
  expect(ticks.map((at) => new Date(at).toISOString()).slice(0, 2)).toEqual([
    "2026-11-21T03:00:00.000Z",
    "2026-11-22T03:00:00.000Z",
  ]);
});
