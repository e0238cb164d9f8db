/** Who may is asked in one place: every route names its permission, and every use case of models asks again. */
import { globSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { PERMISSIONS } from "../../lib/access/policy.ts";

const routes = globSync("app/api/v1/**/route.ts");
/** What is asked for by whoever has no credential yet, and the answer to unknown paths. */
const PUBLIC = ["[...path]", "auth/token", "auth/revoke", "auth/links"].map(
  (path) => `app/api/v1/${path}/route.ts`,
);
const declared = routes.map((path) => {
  const text = readFileSync(path, "utf8");
  return {
    path,
    operations: [...text.matchAll(/\boperation: "([a-z_]+)"/g)].length,
    permissions: [...text.matchAll(/\bpermission: "([a-z.]+)"/g)].map(([, name = ""]) => name),
  };
});

describe("the permission of every route", () => {
  it.each(declared)("$path", ({ path, operations, permissions }) => {
    expect(operations).toBeGreaterThan(0);
    expect(permissions).toHaveLength(operations);
    for (const permission of permissions)
      if (permission === "public") expect(PUBLIC).toContain(path);
      else expect(Object.keys(PERMISSIONS)).toContain(permission);
  });

  it("each permission is one that a route names", () => {
    const named = new Set(declared.flatMap(({ permissions }) => permissions));
    // The one route with a permission that is not an operation of the interface.
    const [, ofMetrics = ""] =
      /assertMay\(ctx, "([a-z.]+)"\)/.exec(readFileSync("app/metrics/route.ts", "utf8")) ?? [];
    named.add(ofMetrics);
    expect(Object.keys(PERMISSIONS).filter((name) => !named.has(name))).toEqual([]);
  });
});

/** The roles and scopes of an actor are compared with the table in one place only. */
it("nobody but lib/access decides by a role, a scope or a name", () => {
  const deciding = globSync("{lib,app}/**/*.{ts,tsx}")
    .filter((path) => !path.startsWith("lib/access/") && !/\.test\.tsx?$|\/generated\//.test(path))
    .filter((path) =>
      /actor\.(role|scopes|models)\b|actor\.kind\s*[!=]=/.test(readFileSync(path, "utf8")),
    );
  expect(deciding).toEqual([]);
});
