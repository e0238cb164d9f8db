import { expect, it } from "vitest";
import { accountsHref, parseAccountsAddress } from "./account-address.ts";

it("reads what it writes", () => {
  const address = { query: "a&b=c", role: "reader", state: "disabled", cursor: "x" } as const;
  const href = accountsHref("/admin/users", address);
  const params = Object.fromEntries(new URL(href, "http://localhost").searchParams);
  expect(parseAccountsAddress(params)).toEqual(address);
  expect(accountsHref("/admin/users", {})).toBe("/admin/users");
});

it("leaves out what it does not understand", () => {
  const params = { query: "\0", role: "king", state: ["active"], cursor: "" };
  expect(parseAccountsAddress(params)).toEqual({});
  expect(parseAccountsAddress({ query: "x".repeat(500) }).query).toHaveLength(100);
});
