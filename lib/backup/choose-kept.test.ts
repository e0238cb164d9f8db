import { describe, expect, it } from "vitest";
import { chooseKept, timeOf } from "./choose-kept.ts";

const at = (text: string) => ({ id: text, at: new Date(text) });
const days = (from: string, count: number) =>
  Array.from({ length: count }, (_, index) => {
    const time = new Date(Date.parse(from) - index * 86_400_000).toISOString();
    return { id: time, at: new Date(time) };
  });

describe("which backups are kept", () => {
  it("the newest of each day, week and month", () => {
    const kept = chooseKept(days("2026-11-29T03:00:00.000Z", 100), {
      daily: 3,
      weekly: 2,
      monthly: 3,
    });
    expect([...kept].map((id) => id.slice(0, 10)).sort()).toEqual([
      "2026-09-30",
      "2026-10-31",
      "2026-11-22",
      "2026-11-27",
      "2026-11-28",
      "2026-11-29",
    ]);
  });

  it("days without a backup do not count", () => {
    const backups = [
      "2026-11-29T03:00:00Z",
      "2026-10-02T05:00:00Z",
      "2026-10-02T03:00:00Z",
      "2026-10-01T03:00:00Z",
    ].map(at);
    const kept = chooseKept(backups, { daily: 2, weekly: 0, monthly: 0 });
    expect([...kept]).toEqual(["2026-11-29T03:00:00Z", "2026-10-02T05:00:00Z"]);
  });

  it("all of the last day, such as one that was made by hand an hour after the scheduled one", () => {
    const backups = ["2026-11-29T04:00:00Z", "2026-11-29T03:00:00Z", "2026-11-28T03:59:00Z"].map(
      at,
    );
    const kept = chooseKept(backups, { daily: 1, weekly: 1, monthly: 1 });
    expect([...kept]).toEqual(["2026-11-29T04:00:00Z", "2026-11-29T03:00:00Z"]);
  });

  it("the newest one always", () => {
    const kept = chooseKept(days("2026-11-29T03:00:00Z", 5), { daily: 0, weekly: 0, monthly: 0 });
    expect([...kept]).toEqual(["2026-11-29T03:00:00.000Z"]);
    expect(chooseKept([], { daily: 1, weekly: 1, monthly: 1 }).size).toBe(0);
  });

  it("an id tells the time of its backup", () => {
    expect(timeOf("20261129-031500-0a1b2c").toISOString()).toBe("2026-11-29T03:15:00.000Z");
  });
});
