/** Facts and verdict of a version from its files' bytes; nothing of them is loaded or run. */
import type { Finding, ModelFacts, SourceFile, Verdict } from "../formats/contract.ts";
import { inspectFiles } from "../formats/inspect.ts";

const VERDICT_OF: Readonly<Record<Finding["severity"], Verdict>> = {
  info: "clean",
  suspicious: "suspicious",
  unscannable: "unscannable",
  malicious: "malicious",
};
/** The worst comes last. */
const ORDER: readonly Verdict[] = ["clean", "suspicious", "unscannable", "malicious"];

/** Throws `empty_file` and `invalid_model_file`. */
export async function readFacts(files: readonly SourceFile[]): Promise<ModelFacts> {
  const { files: inspected, findings, ...facts } = await inspectFiles(files);
  return {
    ...facts,
    files: inspected.map(({ path, format, reading }) => ({
      path,
      format,
      verdict: worst(reading?.findings ?? []),
      globals: reading?.globals ?? [],
    })),
    scan: { verdict: worst(findings), findings },
  };
}

function worst(findings: readonly Finding[]): Verdict {
  const verdicts = findings.map(({ severity }) => VERDICT_OF[severity]);
  return verdicts.reduce((a, b) => (ORDER.indexOf(a) > ORDER.indexOf(b) ? a : b), "clean");
}
