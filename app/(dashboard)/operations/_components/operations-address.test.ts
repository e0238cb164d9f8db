import { expect, it } from "vitest";
import { operationsHref, parseOperationsAddress } from "./operations-address.ts";

it("an address survives being read and written", () => {
  for (const href of [
    "/operations",
    "/operations?kind=scrub",
    "/operations?state=failed",
    "/operations?kind=collection&state=cancelled&cursor=abc",
  ])
    expect(
      operationsHref(
        parseOperationsAddress(Object.fromEntries(new URL(href, "http://x").searchParams)),
      ),
    ).toBe(href);
});

it.each([
  { kind: "'; drop" },
  { kind: ["scrub", "scrub"] },
  { state: "gone" },
  { cursor: "" },
  { cursor: ["a", "b"] },
  { x: "1" },
])("leaves out what it does not understand: %j", (params) => {
  expect(parseOperationsAddress(params)).toEqual({});
});
