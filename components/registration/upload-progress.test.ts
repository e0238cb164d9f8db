import { describe, expect, it } from "vitest";
import {
  announcedPercent,
  formatDuration,
  nextProgress,
  percent,
  secondsLeft,
  startProgress,
} from "./upload-progress.ts";

describe("nextProgress", () => {
  it("says nothing about speed before enough was seen", () => {
    const first = nextProgress(startProgress(1000, 0), 500, 100);
    expect(first.bytesPerSecond).toBeNull();
    expect(secondsLeft(first)).toBeNull();
  });
  it("knows a steady speed and the time left", () => {
    let progress = startProgress(10_000, 0);
    for (let second = 1; second <= 4; second += 1)
      progress = nextProgress(progress, second * 1000, second * 1000);
    expect(progress.bytesPerSecond).toBeCloseTo(1000);
    expect(secondsLeft(progress)).toBe(6);
    expect(percent(progress)).toBe(40);
  });
  it("does not count what was there before as speed", () => {
    const progress = nextProgress(startProgress(10_000, 0, 5000), 6000, 1000);
    expect(progress.bytesPerSecond).toBeCloseTo(1000);
    expect(secondsLeft(progress)).toBe(4);
  });
  it("is smooth: one stall halves nothing, a lasting one shows", () => {
    let progress = nextProgress(startProgress(1e6, 0), 1000, 1000);
    progress = nextProgress(progress, 1000, 1500);
    expect(progress.bytesPerSecond).toBeGreaterThan(800);
    for (let second = 3; second < 23; second += 1)
      progress = nextProgress(progress, 1000, second * 1000);
    expect(progress.bytesPerSecond).toBeLessThan(10);
  });
  it("never goes back (a part may be sent again), and never over the total", () => {
    const progress = nextProgress(startProgress(1000, 0), 600, 1000);
    expect(nextProgress(progress, 100, 2000).sentBytes).toBe(600);
    expect(nextProgress(progress, 1234, 2000).sentBytes).toBe(1000);
    expect(nextProgress(progress, 1234, 1001).sentBytes).toBe(1000);
  });
});

describe("announcedPercent", () => {
  it("changes ten times, not a hundred", () => {
    const at = (sent: number) => announcedPercent({ ...startProgress(100, 0), sentBytes: sent });
    expect(new Set(Array.from({ length: 101 }, (_, sent) => at(sent))).size).toBe(11);
  });
});

describe("formatDuration", () => {
  it("reads like a clock", () => {
    expect([5, 75, 3675].map(formatDuration)).toEqual(["0:05", "1:15", "1:01:15"]);
  });
});
