import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { type ClosableSource, fileSource } from "../../lib/formats/bytes/byte-source.ts";
import { frameworkMatches } from "../../lib/formats/framework-match.ts";
import { readFacts } from "../../lib/inspection/read-facts.ts";
import { type Answer, CASES } from "./cases.ts";

const FILES = join(import.meta.dirname, "files");

it("every generator has its answer here", async () => {
  const generators = await readdir(join(import.meta.dirname, "generators"));
  expect(generators.sort()).toEqual(CASES.map(({ name }) => `${name}.py`).sort());
});

const VERSIONS = CASES.flatMap(({ name, versions, declared }) =>
  Object.entries(versions).map(([path, answer]) => ({ name, path, answer, declared })),
);

it.each(VERSIONS)("$name $path", async ({ name, path, answer, declared }) => {
  const sources = await openVersion(join(FILES, name), path);
  const facts = await readFacts(sources).finally(() =>
    Promise.all(sources.map(({ source }) => source.close())),
  );
  if (declared) expect(frameworkMatches(declared, facts)).toBe(true);
  const said: Answer = {
    framework: facts.framework,
    format: facts.format,
    parameters: facts.parameters,
    verdict: facts.scan.verdict,
    tensors: facts.tensors.map((tensor) => tensor.name).sort(),
    tensorCount: facts.tensors.length,
    producer: facts.producer,
    dtypes: facts.dtypes,
  };
  expect(said, JSON.stringify(facts.scan.findings)).toMatchObject(answer);
});

/** A file by its own name, or a folder by the paths below it. */
async function openVersion(
  folder: string,
  path: string,
): Promise<{ path: string; source: ClosableSource }[]> {
  const entries = await readdir(join(folder, path), { recursive: true, withFileTypes: true }).catch(
    () => null,
  );
  if (entries === null) return [{ path, source: await fileSource(join(folder, path)) }];
  const top = join(folder, path);
  const files = entries.filter((entry) => entry.isFile());
  return Promise.all(
    files.map(async ({ parentPath, name }) => {
      const full = join(parentPath, name);
      return { path: full.slice(top.length + 1), source: await fileSource(full) };
    }),
  );
}
