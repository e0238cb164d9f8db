import { expect, it } from "vitest";
import { findingsHref, parseFindingsAddress } from "./findings-address.ts";

it("keeps what it understands, and leaves out the rest", () => {
  const address = { verdict: "malicious", query: "os.system", cursor: "abc" } as const;
  expect(parseFindingsAddress({ ...address, other: "x" })).toEqual(address);
  expect(parseFindingsAddress({ verdict: "clean", query: "   ", cursor: "" })).toEqual({});
  expect(parseFindingsAddress({ verdict: ["malicious", "pending"], query: ["a"] })).toEqual({});
});

it("bounds what is searched for, and never asks the database for what it cannot hold", () => {
  expect(parseFindingsAddress({ query: `${"x".repeat(300)}` }).query).toHaveLength(200);
  expect(parseFindingsAddress({ query: "a\0b\ud800" }).query).toBe("ab\ufffd");
});

it("makes links of it", () => {
  expect(findingsHref({})).toBe("/findings");
  expect(findingsHref({ verdict: "pending", query: "a b&c" })).toBe(
    "/findings?verdict=pending&query=a+b%26c",
  );
});
