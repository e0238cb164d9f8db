import { describe, expect, it } from "vitest";
import { parseRetryAfter, retryDelayMs } from "./retry-delay.ts";

const timing = { firstMs: 100, longestMs: 1000, attempts: 5 };

describe("retryDelayMs", () => {
  it("doubles up to the longest, and stays within the upper half of it", () => {
    for (const [attempt, grown] of [
      [1, 100],
      [2, 200],
      [4, 800],
      [5, 1000],
      [500, 1000],
    ] as const) {
      expect(retryDelayMs(attempt, null, timing, () => 0)).toBe(grown / 2);
      expect(retryDelayMs(attempt, null, timing, () => 1)).toBe(grown);
    }
  });
  it("waits as long as the server asks, but not for hours", () => {
    expect(retryDelayMs(1, 7000, timing, () => 0)).toBe(7000);
    expect(retryDelayMs(1, 1e12, timing, () => 0)).toBe(600_000);
  });
});

describe("parseRetryAfter", () => {
  const now = Date.UTC(2026, 0, 1);
  it.each([
    ["3", 3000],
    [" 0 ", 0],
    ["Thu, 01 Jan 2026 00:00:05 GMT", 5000],
    ["Thu, 01 Jan 2015 00:00:00 GMT", 0],
    [null, null],
    ["", null],
    ["-1", null],
    ["1e9", null],
    ["99999999999999999999", null],
    ["soon", null],
    ["<script>", null],
  ])("of %j is %j", (header, expected) => {
    expect(parseRetryAfter(header, now)).toBe(expected);
  });
});
