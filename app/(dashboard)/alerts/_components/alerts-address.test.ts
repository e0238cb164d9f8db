import { expect, it } from "vitest";
import { alertsHref, chartsHref, parseAlertsAddress } from "./alerts-address.ts";

it("keeps what it understands of an address, and leaves out the rest", () => {
  expect(
    parseAlertsAddress({ state: "over", severity: "critical", kind: "disk_low", cursor: "x" }),
  ).toEqual({ state: "over", severity: "critical", kind: "disk_low", cursor: "x" });
  expect(
    parseAlertsAddress({ state: "open", severity: "loud", kind: ["disk_low"], cursor: "", x: "y" }),
  ).toEqual({});
});

it("makes the link that leads there", () => {
  expect(alertsHref({})).toBe("/alerts");
  expect(alertsHref({ state: "all", kind: "disk_low" })).toBe("/alerts?state=all&kind=disk_low");
  expect(chartsHref("2026-11-29T12:00:00.000Z")).toBe(
    "/monitoring?range=1h&until=2026-11-29T12%3A15%3A00.000Z",
  );
});
