/** A file that is several files in a row, each of which a loader opens by its place. */
import { memberSource } from "#lib/formats/bytes/byte-source.ts";
import type { SourceFile } from "#lib/formats/contract.ts";
import type { Slice } from "#lib/formats/format-facts.ts";
import { type FileScan, scanFile } from "./scan-file.ts";
import { finding, sortFindings, verdictOf } from "./verdict.ts";

/** As many as a page shows of one file. */
const MAX_GLOBALS = 1000;

/** The slices must be the whole file: bytes between them are not looked into, so such a file is not let through. */
export async function scanSlices(
  { path, source }: SourceFile,
  slices: readonly Slice[],
): Promise<FileScan> {
  const findings: FileScan["findings"] = [];
  const globals = new Set<string>();
  let at = 0;
  for (const { offset, length } of [...slices].sort((a, b) => a.offset - b.offset)) {
    if (offset !== at) break;
    at += length;
    const inside = { path: `${path}!/${offset}`, source: memberSource(source, offset, length) };
    const scan = await scanFile(inside, "unknown");
    findings.push(...scan.findings);
    for (const name of scan.globals) globals.add(name);
  }
  if (at !== source.sizeBytes) {
    const detail = "The file has bytes that its checkpoint's metadata does not explain.";
    findings.push(finding("unscannable", "unexplained_bytes", detail, path));
  }
  const sorted = sortFindings(findings);
  return {
    verdict: verdictOf(sorted),
    findings: sorted,
    globals: [...globals].sort().slice(0, MAX_GLOBALS),
  };
}
