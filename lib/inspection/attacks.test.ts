/** What the registry withstands, row by row (tests/support/attacks): each file, and the verdicts that it may have. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { memorySource } from "#lib/formats/bytes/byte-source.ts";
import type { SourceFile } from "#lib/formats/contract.ts";
import { findingWords } from "#lib/wire/finding-words.ts";
import { ATTACK_ROWS, CLEAN_FIXTURES } from "../../tests/support/attacks/rows.ts";
import { type FileVerdict, Records, recordFile } from "./scan-files.ts";

async function judge(files: Readonly<Record<string, Uint8Array>>): Promise<FileVerdict> {
  const all: SourceFile[] = Object.entries(files).map(([path, bytes]) => ({
    path,
    source: memorySource(bytes),
  }));
  const [first, ...others] = all as [SourceFile, ...SourceFile[]];
  const record = await recordFile(first, new Map(others.map(({ path, source }) => [path, source])));
  return new Records([record]).scan(first, record, all);
}

describe.each(ATTACK_ROWS)("$row", ({ attacks }) => {
  it.each(attacks)("$name", async ({ files, verdicts }) => {
    const { verdict, findings } = await judge(files);
    expect(verdicts, JSON.stringify(findings)).toContain(verdict);
    // Each tells what it means, and no place is outside of the file.
    for (const { code, severity, offset, risk, remedy } of findings) {
      if (severity === "info") continue;
      expect(findingWords(code, "pt-BR"), code).not.toBeNull();
      expect([risk, remedy]).toEqual([expect.any(String), expect.any(String)]);
      expect(offset ?? 0).toBeGreaterThanOrEqual(0);
    }
  });
});

describe("must be clean", () => {
  const folder = new URL("../formats/fixtures/", import.meta.url);
  it.each(CLEAN_FIXTURES)("%s", async (name) => {
    const path = name.slice(name.lastIndexOf("/") + 1);
    const { verdict, findings } = await judge({ [path]: readFileSync(new URL(name, folder)) });
    expect({ verdict, findings }).toMatchObject({ verdict: "clean" });
  });
});
