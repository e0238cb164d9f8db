import { describe, expect, it } from "vitest";
import { checkConditions, isRangeStillValid } from "./conditional.ts";

const AT = "Fri, 06 Nov 2026 08:49:37 GMT";
const BEFORE = "Fri, 06 Nov 2026 08:49:36 GMT";
const AFTER = "Fri, 06 Nov 2026 08:49:38 GMT";
const representation = {
  sizeBytes: 1000,
  etag: '"v1"',
  lastModified: new Date("2026-11-06T08:49:37.500Z"),
};
const check = (headers: Record<string, string>) =>
  checkConditions(new Headers(headers), representation);

describe("checkConditions", () => {
  it.each([
    ['"v1"', null],
    ['"x" , "v1"', null],
    [', ,"v1",', null],
    ["*", null],
    ['"v2"', 412],
    ['W/"v1"', 412],
    ["v1", 412],
    ["", 412],
  ])("compares If-Match: %s strongly", (tags, status) => {
    expect(check({ "if-match": tags })).toBe(status);
  });

  it.each([
    ['"v1"', 304],
    ['W/"v1"', 304],
    ['"x",W/"v1"', 304],
    [',"v1"', 304],
    ["*", 304],
    ['"v2"', null],
    ['w/"v1"', null],
  ])("compares If-None-Match: %s weakly", (tags, status) => {
    expect(check({ "if-none-match": tags })).toBe(status);
  });

  it.each([
    [BEFORE, 412],
    [AT, null],
    [AFTER, null],
    ["Friday, 06-Nov-26 08:49:36 GMT", 412],
    ["Fri Nov  6 08:49:36 2026", 412],
    ["yesterday", null],
  ])("answers If-Unmodified-Since: %s by %s", (date, status) => {
    expect(check({ "if-unmodified-since": date })).toBe(status);
  });

  it.each([
    [BEFORE, null],
    [AT, 304],
    [AFTER, 304],
    ["Friday, 06-Nov-26 08:49:37 GMT", 304],
    ["Fri Nov  6 08:49:37 2026", 304],
    ["Fri Nov  6 08:49:37 GMT 2026", null],
  ])("answers If-Modified-Since: %s by %s", (date, status) => {
    expect(check({ "if-modified-since": date })).toBe(status);
  });

  it("goes by tags where both tags and a date are given", () => {
    expect(check({ "if-match": '"v1"', "if-unmodified-since": BEFORE })).toBeNull();
    expect(check({ "if-none-match": '"v2"', "if-modified-since": AT })).toBeNull();
  });

  it("looks at what must hold before what would save sending", () => {
    expect(check({ "if-match": '"v2"', "if-none-match": '"v1"' })).toBe(412);
    expect(check({ "if-match": '"v1"', "if-none-match": '"v1"' })).toBe(304);
    expect(check({ "if-unmodified-since": BEFORE, "if-none-match": '"v1"' })).toBe(412);
    expect(check({ "if-unmodified-since": AT, "if-modified-since": AT })).toBe(304);
  });

  it("ignores dates where no date of change is known", () => {
    const undated = { ...representation, lastModified: null };
    const headers = new Headers({ "if-unmodified-since": BEFORE, "if-modified-since": AFTER });
    expect(checkConditions(headers, undated)).toBeNull();
  });
});

it.each([
  ['"v1"', true],
  ['W/"v1"', false],
  ['"v1", "v2"', false],
  [AT, true],
  ["Fri Nov  6 08:49:37 2026", true],
  [AFTER, false],
  ["yesterday", false],
])("a range with If-Range: %s is valid: %s", (value, isValid) => {
  expect(isRangeStillValid(new Headers({ "if-range": value }), representation)).toBe(isValid);
});
