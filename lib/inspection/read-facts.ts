/** Facts and verdict of a version from its files' bytes; nothing of them is loaded or run. */
import type { FileFacts, Finding, ModelFacts, SourceFile } from "#lib/formats/contract.ts";
import { inspectFiles } from "#lib/formats/inspect/inspect.ts";
import { scanFile } from "#lib/scan/scan-file.ts";
import { scanSlices } from "#lib/scan/scan-slices.ts";
import { explained, type SettledVerdict, sortFindings, verdictOf } from "#lib/scan/verdict.ts";
import { versionVerdict } from "./version-verdict.ts";

/** Throws `empty_file` and `invalid_model_file`. */
export async function readFacts(sources: readonly SourceFile[]): Promise<ModelFacts> {
  const { files: inspected, ...facts } = await inspectFiles(sources);
  const files: (FileFacts & { verdict: SettledVerdict })[] = [];
  const findings: Finding[] = [];
  for (const { file, format, isLoaded, reading, slices, notes } of inspected) {
    const scan = slices ? await scanSlices(file, slices) : await scanFile(file, format, sources);
    const found = [...scan.findings, ...(reading?.findings ?? []), ...(notes ?? [])];
    findings.push(...found);
    const verdict = verdictOf(found);
    files.push({ path: file.path, format, verdict, isLoaded, globals: scan.globals });
  }
  return {
    ...facts,
    files,
    scan: { verdict: versionVerdict(files), findings: sortFindings(findings).map(explained) },
  };
}
