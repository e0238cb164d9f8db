import { expect, it } from "vitest";
import { RouteServer } from "#lib/http/serve-routes.ts";
import { allRoutes } from "./api/v1/manifest.ts";
import { routeTables } from "./route-tables.ts";

const routes = new RouteServer(routeTables);

it.each(allRoutes.map(({ declaration: { method, path } }) => [method, path]))(
  "knows %s %s",
  (method, path) => {
    const asked = `/api/v1${path.replace("{path}", "a/b")}`.replaceAll(/\{[^}]+\}/g, "any");
    expect(routes.methodsAt(asked)).toContain(method);
    expect(routes.has(asked)).toBe(true);
  },
);

it.each([
  ["/healthz", "GET, HEAD, OPTIONS"],
  ["/%68ealthz", "GET, HEAD, OPTIONS"],
  ["/api/openapi.json", "GET, HEAD, OPTIONS"],
  ["/api/v1/models/a", "GET, HEAD, PATCH, DELETE, OPTIONS"],
  ["/api/v1/models/a%2Fb", "GET, HEAD, PATCH, DELETE, OPTIONS"],
  ["/api/v1/models/a/versions/1.0.0/files/b/c.bin", "GET, HEAD, OPTIONS"],
])("lists the methods of %s", (path, allow) => {
  expect(routes.methodsAt(path)?.join(", ")).toBe(allow);
});

it.each(["/nothing", "/api", "/models", "/", "/api/v1x"])("leaves %s to the pages", (path) => {
  expect(routes.methodsAt(path)).toBeNull();
  expect(routes.has(path)).toBe(false);
});

it.each(["/api/v1", "/api/v1/nothing", "/api/v1/models/a/nothing"])(
  "has nothing at %s, and says so itself",
  (path) => {
    expect(routes.methodsAt(path)).toBeNull();
    expect(routes.has(path)).toBe(true);
  },
);

it.each([
  ["/models", {}, "/api/v1/models"],
  ["/models/a?x=1", { accept: "application/json" }, "/api/v1/models/a"],
  ["/models", { accept: "text/html,*/*" }, "/models"],
  ["/models/a", { rsc: "1" }, "/models/a"],
  ["/modelsx", {}, "/modelsx"],
  ["/storage", {}, "/storage"],
])("reads %s with %j as %s", (url, headers, path) => {
  expect(RouteServer.pathOf(url, headers)).toBe(path);
});
