import { expect, test } from "vitest";
import { withheldHeaders } from "./withheld-headers.ts";

const headersOf = (paths: string[]) => Object.fromEntries(withheldHeaders(paths));

test("nothing withheld, no header", () => {
  expect(withheldHeaders([])).toEqual([]);
});

test("paths are named as they are read back, whatever they hold", () => {
  const paths = ["a/b.pkl", "with, comma.pkl", "ä/line\r\nX-Evil: 1", "100%", "\ud800", "日本"];
  const headers = headersOf(paths);
  expect(headers["X-Withheld-Count"]).toBe("6");
  expect(headers["X-Withheld-Files"]).toMatch(/^[\x21-\x7e ]+$/);
  const names = headers["X-Withheld-Files"]?.split(", ").map(decodeURIComponent);
  expect(names).toEqual(paths.map((path) => path.toWellFormed()));
});

test("ten thousand files fit into a header, and are all counted", () => {
  const paths = Array.from({ length: 10_000 }, (_, index) => `shards/${index}/data.pkl`);
  const headers = headersOf(paths);
  expect(headers["X-Withheld-Count"]).toBe("10000");
  expect(headers["X-Withheld-Files"]?.length).toBeLessThanOrEqual(2048);
  const names = headers["X-Withheld-Files"]?.split(", ");
  expect(names).toEqual(paths.slice(0, names?.length));
});

test("a path that is too long for a header is still counted", () => {
  expect(headersOf(["日".repeat(1000)])).toEqual({ "X-Withheld-Count": "1" });
});
