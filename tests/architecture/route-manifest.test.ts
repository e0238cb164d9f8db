import { globSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

const routes = globSync("app/api/v1/**/route.ts")
  .map((path) => path.replace("app/api/v1/", "./"))
  // The answer to unknown paths is no operation of the API.
  .filter((path) => !path.startsWith("./[...path]"));

describe("the route manifest", () => {
  const manifest = readFileSync("app/api/v1/manifest.ts", "utf8");

  it.each(routes)("lists %s", (path) => {
    expect(manifest).toContain(`from "${path}"`);
  });

  it.each(routes)("%s is a declaration of at most 60 lines", (path) => {
    const text = readFileSync(path.replace("./", "app/api/v1/"), "utf8");
    expect(text.split("\n").length).toBeLessThanOrEqual(60);
    expect(text).toContain("route({");
  });
});
