import { expect, it } from "vitest";
import { parseStorageAddress, storageHref } from "./storage-address.ts";

it("an address survives being read and written", () => {
  for (const href of ["/storage", "/storage?sort=name", "/storage?sort=-trash_bytes&cursor=abc"])
    expect(
      storageHref(parseStorageAddress(Object.fromEntries(new URL(href, "http://x").searchParams))),
    ).toBe(href);
});

it.each([
  { sort: "'; drop" },
  { sort: ["name", "name"] },
  { cursor: "" },
  { cursor: ["a", "b"] },
  { x: "1" },
])("leaves out what it does not understand: %j", (params) => {
  expect(parseStorageAddress(params)).toEqual({ sort: "-stored_bytes" });
});
