/** A room is reached by a package import, so that the same modules run in Node, in Next and in threads, and so that the linter sees it. */
import { globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, it } from "vitest";

const ROOM = /^(lib|components)\/[^/]+\/|^app\//;
const roomOf = (path: string) => ROOM.exec(path)?.[0] ?? path.split("/")[0];
const files = globSync("{lib,components,app}/**/*.{ts,tsx}").filter(
  (path) => !path.startsWith("lib/db/generated/"),
);

it("finds the rooms", () => {
  expect(files.length).toBeGreaterThan(500);
});

it("no relative import leaves its room for another one", () => {
  const leaving = files.flatMap((path) =>
    [...readFileSync(path, "utf8").matchAll(/\bfrom "(\.[^"]+)"/g)]
      .map(([, specifier = ""]) => join(dirname(path), specifier))
      .filter((target) => /^(lib|components|app)\//.test(target) && roomOf(target) !== roomOf(path))
      .map((target) => `${path} -> ${target}`),
  );
  expect(leaving).toEqual([]);
});
