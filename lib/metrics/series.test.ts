import { expect, test } from "vitest";
import { bucketsOf, fillSeries, RANGES } from "./series.ts";

const now = new Date("2026-11-23T10:20:30Z");

test.each([
  ["24h", 24],
  ["7d", 28],
  ["30d", 30],
  ["90d", 90],
] as const)("%s has %i buckets, the last one holds now", (range, count) => {
  const buckets = bucketsOf(range, now, new Date("2020-01-01T00:00:00Z"));
  const series = fillSeries(range, buckets, { registrations: [], downloads: [] });
  expect(series).toHaveLength(count);
  const lastAt = Date.parse(series.at(-1)?.at ?? "");
  expect(lastAt).toBeLessThanOrEqual(now.getTime());
  expect(lastAt + RANGES[range].bucketSeconds * 1000).toBeGreaterThan(now.getTime());
});

test("nothing is said of the time before the first activity", () => {
  const buckets = bucketsOf("24h", now, new Date("2026-11-23T08:59:00Z"));
  const series = fillSeries("24h", buckets, { registrations: [], downloads: [] });
  expect(series.map(({ at }) => at)).toEqual([
    "2026-11-23T08:00:00.000Z",
    "2026-11-23T09:00:00.000Z",
    "2026-11-23T10:00:00.000Z",
  ]);
});

test("an empty registry has no series", () => {
  const buckets = bucketsOf("7d", now, null);
  expect(fillSeries("7d", buckets, { registrations: [], downloads: [] })).toEqual([]);
});

test("counts land in their bucket, and only there", () => {
  const buckets = bucketsOf("24h", now, new Date("2026-11-23T08:00:00Z"));
  const series = fillSeries("24h", buckets, {
    registrations: [{ at: new Date("2026-11-23T09:00:00Z"), registrations: 3n }],
    downloads: [{ at: new Date("2026-11-23T10:00:00Z"), downloads: 5n, bytes: 50n }],
  });
  expect(
    series.map((point) => [point.registrations, point.downloads, point.downloaded_bytes]),
  ).toEqual([
    [0, 0, 0],
    [3, 0, 0],
    [0, 5, 50],
  ]);
});
