import { describe, expect, it } from "vitest";
import { parseDurationMs, parseSizeBytes } from "./quantities.ts";

describe("parseSizeBytes", () => {
  it.each([
    ["10GB", 10_000_000_000],
    ["10 gb", 10_000_000_000],
    ["512MiB", 536_870_912],
    ["1.5KiB", 1536],
    ["1048576", 1_048_576],
    [1_048_576, 1_048_576],
    ["0", 0],
    ["200TB", 200_000_000_000_000],
  ])("reads %j as %d bytes", (written, bytes) => {
    expect(parseSizeBytes(written)).toBe(bytes);
  });

  it.each([
    "lots",
    "",
    "10 parsecs",
    "-1GB",
    "1e9",
    "GB",
    "10GB 5MB",
    "99999PB",
    null,
    true,
    Number.NaN,
    "10constructor",
  ])("refuses %j", (written) => {
    expect(parseSizeBytes(written)).toBeNull();
  });
});

describe("parseDurationMs", () => {
  it.each([
    ["500ms", 500],
    ["120s", 120_000],
    ["15m", 900_000],
    ["12h", 43_200_000],
    ["30d", 2_592_000_000],
    ["0s", 0],
  ])("reads %j as %d ms", (written, ms) => {
    expect(parseDurationMs(written)).toBe(ms);
  });

  it("refuses a number without a unit", () => {
    expect(parseDurationMs("120x")).toBeNull();
    expect(parseDurationMs(120)).toBeNull();
    expect(parseDurationMs("120")).toBeNull();
  });
});
