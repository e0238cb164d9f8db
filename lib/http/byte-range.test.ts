import { describe, expect, it } from "vitest";
import { growthOf, LINEAR_GROWTH } from "../../tests/support/cost.ts";
import { decideRange, parseRange } from "./byte-range.ts";

const SIZE = 1000;
const MODIFIED = new Date("2026-11-06T08:49:37.500Z");
const MODIFIED_HTTP = "Fri, 06 Nov 2026 08:49:37 GMT";
const decide = (headers: Record<string, string>, method = "GET") =>
  decideRange(method, new Headers(headers), {
    sizeBytes: SIZE,
    etag: '"v1"',
    lastModified: MODIFIED,
  });

describe("parseRange", () => {
  it.each([
    ["bytes=0-0", { start: 0, end: 0 }],
    ["bytes=0-499", { start: 0, end: 499 }],
    ["bytes=500-", { start: 500, end: 999 }],
    ["bytes=-1", { start: 999, end: 999 }],
    ["bytes=-5000", { start: 0, end: 999 }],
    ["bytes=900-5000", { start: 900, end: 999 }],
    ["BYTES=1-2", { start: 1, end: 2 }],
    ["bytes=0-99999999999999999999", { start: 0, end: 999 }],
    [`bytes=5-${"9".repeat(400)}`, { start: 5, end: 999 }],
    ["bytes=-99999999999999999999", { start: 0, end: 999 }],
    [`bytes=${"0".repeat(400)}5-${"0".repeat(400)}7`, { start: 5, end: 7 }],
    ["bytes = 1-2 ", { start: 1, end: 2 }],
  ])("reads %s", (text, range) => {
    expect(parseRange(text, SIZE)).toEqual(range);
  });

  it.each([
    "bytes=1000-",
    "bytes=99999999999999999999-",
    "bytes=99999999999999999998-99999999999999999999",
    `bytes=${"9".repeat(400)}-`,
    "bytes=-0",
  ])("cannot satisfy %s", (text) => {
    expect(parseRange(text, SIZE)).toBe("unsatisfiable");
  });

  it.each([
    "bytes=-",
    "bytes=2-1",
    "bytes=a-b",
    "bytes=0-1,5-6",
    "items=0-1",
    "bytes=0--1",
    "bytes=0x1-2",
    "bytes=99999999999999999999-99999999999999999998",
    "bytes=5-2",
    "bytes=+1-2",
    "bytes",
    "bytes=",
    "",
  ])("ignores %s", (text) => {
    expect(parseRange(text, SIZE)).toBeNull();
  });

  it("cannot satisfy any range of nothing", () => {
    expect(parseRange("bytes=0-", 0)).toBe("unsatisfiable");
    expect(parseRange("bytes=-5", 0)).toBe("unsatisfiable");
  });
});

describe("decideRange", () => {
  it("answers everything without conditions", () => {
    expect(decide({})).toEqual({ status: 200 });
  });

  it.each(['"v1"', 'W/"v1"', '"x", "v1"', '"x","y" , W/"v1"', "*"])(
    "answers 304 to If-None-Match: %s",
    (tag) => {
      expect(decide({ "if-none-match": tag })).toEqual({ status: 304 });
    },
  );

  it.each(['"v2"', "v1", '"v1', 'junk, "v1"', ""])("sends again for If-None-Match: %s", (tag) => {
    expect(decide({ "if-none-match": tag })).toEqual({ status: 200 });
  });

  it("looks at If-Modified-Since only without If-None-Match", () => {
    expect(decide({ "if-modified-since": MODIFIED_HTTP })).toEqual({ status: 304 });
    expect(decide({ "if-modified-since": "Fri, 06 Nov 2026 08:49:36 GMT" }).status).toBe(200);
    expect(decide({ "if-modified-since": "yesterday" }).status).toBe(200);
    expect(decide({ "if-modified-since": MODIFIED_HTTP, "if-none-match": '"v2"' }).status).toBe(
      200,
    );
  });

  it("answers 412 when If-Match names another content, weak tags included", () => {
    expect(decide({ "if-match": '"v2"' })).toEqual({ status: 412 });
    expect(decide({ "if-match": 'W/"v1"' })).toEqual({ status: 412 });
    expect(decide({ "if-match": '"v1"' })).toEqual({ status: 200 });
    expect(decide({ "if-match": "*" })).toEqual({ status: 200 });
  });

  it.each([
    ['"v1"', 206],
    ['W/"v1"', 200],
    ['"v2"', 200],
    [MODIFIED_HTTP, 206],
    ["Fri, 06 Nov 2026 08:49:38 GMT", 200],
  ])("with If-Range: %s answers a range by %i", (ifRange, status) => {
    expect(decide({ range: "bytes=0-9", "if-range": ifRange }).status).toBe(status);
  });

  it("prefers 304 over a range", () => {
    expect(decide({ range: "bytes=0-9", "if-none-match": '"v1"' }).status).toBe(304);
  });

  it("answers several ranges whole", () => {
    expect(decide({ range: "bytes=0-1,4-5" })).toEqual({ status: 200 });
  });

  it.each(['",', '"a",'])("takes a hostile list of %s in linear time", async (tag) => {
    const answer = (scale: number) =>
      decide({ "if-none-match": `"${tag.repeat(1_000_000 * scale)}` });
    expect(await growthOf(answer)).toBeLessThan(LINEAR_GROWTH);
  });
});
