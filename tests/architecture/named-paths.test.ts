/** Documents that describe today's program must not name files that are gone. Decisions (docs/adr) may: they are history. */
import { existsSync, globSync, readFileSync } from "node:fs";
import { expect, it } from "vitest";

const DOCUMENTS = ["ARCHITECTURE.md", "CONTRIBUTING.md", "README.md", ...globSync("docs/*.md")];
/** `lib/storage/layout.ts` or `lib/mrz`, up to a placeholder (`<name>`), a pattern (`*`) or a folder's parameter. */
const PATH =
  /(?<![\w./-])(?:app|bench|cli|components|config|e2e|lib|messages|prisma|python|scripts|tests)\/[\w./-]*[\w]/g;

it.each(DOCUMENTS)("%s names files and folders that exist", (document) => {
  const named = [...readFileSync(document, "utf8").matchAll(/`([^`\n]+)`/g)].flatMap(
    ([, code = ""]) => (/[<*]/.test(code) ? [] : (code.match(PATH) ?? [])),
  );
  expect(named.filter((path) => !existsSync(path))).toEqual([]);
});
