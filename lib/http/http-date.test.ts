import { expect, it } from "vitest";
import { parseHttpDate } from "./http-date.ts";

const NOW = new Date("2026-06-01T00:00:00Z");
const seconds = (iso: string) => Date.parse(iso) / 1000;

it.each([
  ["Sun, 06 Nov 1994 08:49:37 GMT", "1994-11-06T08:49:37Z"],
  ["Sunday, 06-Nov-94 08:49:37 GMT", "1994-11-06T08:49:37Z"],
  ["Sun Nov  6 08:49:37 1994", "1994-11-06T08:49:37Z"],
  ["Wed Nov 16 08:49:37 1994", "1994-11-16T08:49:37Z"],
  ["Thu, 29 Feb 2024 00:00:00 GMT", "2024-02-29T00:00:00Z"],
  ["Sat, 31 Dec 2016 23:59:60 GMT", "2017-01-01T00:00:00Z"],
  ["Fri, 01 Jan 0001 00:00:00 GMT", "0001-01-01T00:00:00Z"],
])("reads %s", (text, iso) => {
  expect(parseHttpDate(text, NOW)).toBe(seconds(iso));
});

it("reads two digits of a year as at most fifty years ahead", () => {
  expect(parseHttpDate("Friday, 06-Nov-76 08:49:37 GMT", NOW)).toBe(
    seconds("2076-11-06T08:49:37Z"),
  );
  expect(parseHttpDate("Sunday, 06-Nov-77 08:49:37 GMT", NOW)).toBe(
    seconds("1977-11-06T08:49:37Z"),
  );
});

it.each([
  "",
  "yesterday",
  "0",
  "1994-11-06T08:49:37Z",
  "Sun, 06 Nov 1994 08:49:37",
  "Sun, 06 Nov 1994 08:49:37 UTC",
  "Sun, 06 Nov 1994 08:49:37 +0000",
  "Sun, 6 Nov 1994 08:49:37 GMT",
  "Sun, 06 Nov 94 08:49:37 GMT",
  "sun, 06 nov 1994 08:49:37 gmt",
  "Sun, 06 Foo 1994 08:49:37 GMT",
  "Wed, 31 Feb 2024 00:00:00 GMT",
  "Wed, 00 Jan 2024 00:00:00 GMT",
  "Wed, 29 Feb 2023 00:00:00 GMT",
  "Sun, 06 Nov 1994 24:00:00 GMT",
  "Sun, 06 Nov 1994 08:60:00 GMT",
  "Sun, 06 Nov 1994 08:49:61 GMT",
  "Sun Nov 6 08:49:37 1994",
  "Sun, 06 Nov 1994 08:49:37 GMT, Sun, 06 Nov 1994 08:49:37 GMT",
])("takes %j for no date", (text) => {
  expect(parseHttpDate(text, NOW)).toBeNull();
});
