import { expect, test } from "vitest";
import { fillRange, formatBucket, formatTick } from "./time-buckets.ts";

const HOUR = 3_600_000;
const now = Date.parse("2026-11-23T10:20:00Z");
const hours = { bucketCount: 4, bucketSeconds: 3600, now };

test("what is known keeps its values, zero included", () => {
  const known = [7, 8, 9, 10].map((hour) => ({
    at: `2026-11-23T${String(hour).padStart(2, "0")}:00:00Z`,
    value: hour === 8 ? 0 : hour,
  }));
  expect(fillRange(known, hours).map(({ value }) => value)).toEqual([7, 0, 9, 10]);
});

test("what is not known is a gap, not a zero, and the axis keeps its length", () => {
  const points = fillRange([{ at: "2026-11-23T10:00:00Z", value: 2 }], hours);
  expect(points.map(({ value }) => value)).toEqual([null, null, null, 2]);
  expect(points.map(({ at }) => at - now)).toEqual(
    [-3, -2, -1, 0].map((hour) => hour * HOUR - 20 * 60_000),
  );
});

test("an empty registry has an axis that ends now", () => {
  const points = fillRange([], hours);
  expect(points).toHaveLength(4);
  expect(points.at(-1)).toEqual({ at: Date.parse("2026-11-23T10:00:00Z"), value: null });
});

test("a day is named by its date in UTC wherever the reader is", () => {
  const midnight = Date.parse("2026-11-23T00:00:00Z");
  expect(formatTick(midnight, 86_400, "en")).toBe("Nov 23");
  expect(formatBucket(midnight, 86_400, "pt-BR")).toBe("23 de nov. de 2026");
});
