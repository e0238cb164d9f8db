import { describe, expect, it } from "vitest";
import {
  formatAmount,
  formatBytes,
  formatCount,
  formatExactTime,
  formatInteger,
  formatRelativeTime,
  formatSeconds,
  formatShare,
} from "./format-values.ts";

describe("formatBytes", () => {
  it("uses binary units and the reader's decimal mark", () => {
    expect(formatBytes(0, "en")).toBe("0 B");
    expect(formatBytes(1023, "en")).toBe("1,023 B");
    expect(formatBytes(1536, "en")).toBe("1.5 KiB");
    expect(formatBytes(1536, "pt-BR")).toBe("1,5 KiB");
    expect(formatBytes(5 * 1024 ** 3, "en")).toBe("5 GiB");
    expect(formatBytes(123.4 * 1024 ** 2, "en")).toBe("123 MiB");
  });
});

describe("formatShare", () => {
  it("tells next to nothing from nothing, and nearly all from all", () => {
    expect(formatShare(0, "en")).toBe("0%");
    expect(formatShare(0.00002, "en")).toBe("<0.1%");
    expect(formatShare(0.1234, "pt-BR")).toBe("12,3%");
    expect(formatShare(0.99998, "pt-BR")).toBe(">99,9%");
    expect(formatShare(1, "en")).toBe("100%");
  });
});

describe("formatCount", () => {
  it("keeps small numbers whole and shortens large ones", () => {
    expect(formatCount(9999, "en")).toBe("9,999");
    expect(formatCount(7_241_732_096, "en")).toBe("7.24B");
    expect(formatCount(7_241_732_096, "pt-BR")).toMatch(/^7,24\sbi$/);
    expect(formatInteger(7_241_732_096, "en")).toBe("7,241,732,096");
  });
});

describe("formatRelativeTime", () => {
  const now = Date.UTC(2026, 0, 31, 12);
  it("says how long ago in the largest fitting unit", () => {
    expect(formatRelativeTime(now - 20_000, now, "en")).toBe("now");
    expect(formatRelativeTime(now - 5 * 60_000, now, "en")).toBe("5 minutes ago");
    expect(formatRelativeTime(now - 25 * 3_600_000, now, "en")).toBe("yesterday");
    expect(formatRelativeTime(now - 3 * 3_600_000, now, "pt-BR")).toBe("há 3 horas");
    expect(formatRelativeTime(now - 400 * 86_400_000, now, "en")).toBe("last year");
  });
  it("names the zone in the exact time", () => {
    expect(formatExactTime(now, "en", "UTC")).toContain("UTC");
  });
});

it("durations have the unit that keeps them short", () => {
  expect(formatSeconds(0.0123, "en")).toBe("12 ms");
  expect(formatSeconds(1.25, "en")).toBe("1.3 sec");
  expect(formatSeconds(90, "pt-BR")).toBe("1,5 min");
  expect(formatSeconds(0, "en")).toBe("0 ms");
});

it("amounts keep three digits", () => {
  expect(formatAmount(0.012345, "en")).toBe("0.0123");
  expect(formatAmount(12.345, "pt-BR")).toBe("12,3");
  expect(formatAmount(123456, "en")).toBe("123K");
});
