import { globSync, readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { RouteMethods } from "./route-methods.ts";

const routes = new RouteMethods("app");

/** What each `route({ ... })` declares, with a text in place of each parameter. */
const declared = globSync("app/api/v1/**/route.ts")
  .filter((file) => !file.includes("v1/[...path]"))
  .map((file): [path: string, methods: string[]] => {
    const methods = readFileSync(file, "utf8").matchAll(/method: "([A-Z]+)"/g);
    const path = file.replace("app", "").replace("/route.ts", "");
    return [path.replaceAll(/\[[^\]]+\]/g, "any"), [...methods].map(([, name]) => String(name))];
  });

it.each(declared)("knows what %s declares", (path, methods) => {
  const expected = new Set([...methods, ...(methods.includes("GET") ? ["HEAD"] : []), "OPTIONS"]);
  expect(new Set(routes.at(path))).toEqual(expected);
});

it.each([
  ["/", "GET, HEAD, POST, OPTIONS"],
  ["/models", "GET, HEAD, POST, OPTIONS"],
  ["/models/a/versions/1.0.0", "GET, HEAD, POST, OPTIONS"],
  ["/storage/", "GET, HEAD, POST, OPTIONS"],
  ["/healthz", "GET, HEAD, OPTIONS"],
  ["/%68ealthz", "GET, HEAD, OPTIONS"],
  ["/api/openapi.json", "GET, HEAD, OPTIONS"],
  ["/api/v1/models/a", "GET, HEAD, PATCH, DELETE, OPTIONS"],
  ["/api/v1/models/a%2Fb", "GET, HEAD, PATCH, DELETE, OPTIONS"],
  ["/api/v1/models/a/versions/1.0.0/files/b/c.bin", "GET, HEAD, OPTIONS"],
  ["/_next/static/x/y.js", "GET, HEAD, OPTIONS"],
])("lists the methods of %s", (path, allow) => {
  expect(routes.at(path)?.join(", ")).toBe(allow);
});

it.each(["/nothing", "/api/v1/nothing", "/api", "/api/v1/models/a/nothing", "/_components"])(
  "finds nothing at %s",
  (path) => {
    expect(routes.at(path)).toBeNull();
  },
);
