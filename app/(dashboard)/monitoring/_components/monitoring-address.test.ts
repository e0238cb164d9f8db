import { expect, it } from "vitest";
import { parseMonitoringAddress, stretchHref } from "./monitoring-address.ts";

it("shows the last hour for an address that nobody understands", () => {
  for (const address of [{}, { range: "2h" }, { until: "soon" }, { server: ["a", "b"] }])
    expect(parseMonitoringAddress(address)).toEqual({ range: "1h" });
});

it("leads from a stretch of time to the shortest range that has it", () => {
  expect(stretchHref({ from: "2026-11-29T11:30:00Z", to: "2026-11-29T12:30:00Z" })).toBe(
    "/monitoring?range=1h&until=2026-11-29T12%3A30%3A00.000Z",
  );
  expect(stretchHref({ from: "2026-11-20T00:00:00Z", to: "2026-11-29T12:30:00Z" })).toMatch(
    /range=30d/,
  );
});

it("makes nothing of what is no stretch of time", () => {
  for (const address of [{}, { from: "x", to: "y" }, { from: "2026-11-29T12:30:00Z" }])
    expect(stretchHref(address)).toBeNull();
  expect(stretchHref({ from: "2026-11-29T12:30:00Z", to: "2026-11-29T11:30:00Z" })).toBeNull();
});
