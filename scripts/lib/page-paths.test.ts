import { expect, it } from "vitest";
import { PagePaths } from "./page-paths.ts";

const pages = new PagePaths("app");

it.each([
  ["/", "GET, HEAD, POST, OPTIONS"],
  ["/models", "GET, HEAD, POST, OPTIONS"],
  ["/models/a/versions/1.0.0", "GET, HEAD, POST, OPTIONS"],
  ["/storage/", "GET, HEAD, POST, OPTIONS"],
  ["/_next/static/x/y.js", "GET, HEAD, OPTIONS"],
])("lists the methods of %s", (path, allow) => {
  expect(pages.methodsAt(path)?.join(", ")).toBe(allow);
});

it.each(["/nothing", "/api/v1/models", "/healthz", "/_components"])(
  "finds no page at %s",
  (path) => {
    expect(pages.methodsAt(path)).toBeNull();
  },
);
