import { expect, it } from "vitest";
import { auditHref, exportHref, parseAuditAddress } from "./audit-address.ts";

it("an address survives being read and written", () => {
  for (const href of [
    "/audit",
    "/audit?action=version.staged",
    "/audit?actor=ana+maria&model=net&version=1.0.0&address=10.0.0.1",
    "/audit?request_id=a%26b&since=2026-11-29T12%3A00%3A00.000Z&cursor=abc",
  ])
    expect(
      auditHref(parseAuditAddress(Object.fromEntries(new URL(href, "http://x").searchParams))),
    ).toBe(href);
});

it.each([
  { action: "'; drop" },
  { action: ["model.created", "model.created"] },
  { model: "../x" },
  { since: "yesterday" },
  { until: "99999-01-01T00:00:00Z" },
  { actor: "a\0b" },
  { address: "x".repeat(101) },
  { cursor: "" },
  { x: "1" },
])("leaves out what it does not understand: %j", (params) => {
  expect(parseAuditAddress(params)).toEqual({});
});

it("an export has the filters, and not the page", () => {
  expect(exportHref({ actor: "ana", cursor: "abc" }, "csv")).toBe(
    "/api/v1/audit?actor=ana&format=csv",
  );
});
