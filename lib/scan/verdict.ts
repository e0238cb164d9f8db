/** From what readers report to findings, and from findings to a verdict. Pure. */

import type { PickleReport } from "#lib/formats/bytes/reader.ts";
import { plainText } from "#lib/formats/bytes/window-reader.ts";
import type { Finding, Verdict } from "#lib/formats/contract.ts";
import { findingWords } from "#lib/wire/finding-words.ts";
import { isAllowedGlobal } from "./allowed-globals.ts";
import { effectOf, isExecutor } from "./executors.ts";

/** A page shows them; the worst come first. */
const MAX_FINDINGS = 200;
const MAX_DETAIL_CHARS = 300;
const MAX_NAME_CHARS = 160;

export type SettledVerdict = Exclude<Verdict, "pending">;

const VERDICT_OF: Readonly<Record<Finding["severity"], SettledVerdict>> = {
  info: "clean",
  suspicious: "suspicious",
  unscannable: "unscannable",
  malicious: "malicious",
};
/** The worst comes last. */
const ORDER: readonly SettledVerdict[] = ["clean", "suspicious", "unscannable", "malicious"];

/** The worst of all findings; without any, `clean`. */
export function verdictOf(findings: readonly Finding[]): SettledVerdict {
  return worstVerdict(findings.map(({ severity }) => VERDICT_OF[severity]));
}

export function worstVerdict(verdicts: readonly SettledVerdict[]): SettledVerdict {
  return verdicts.reduce((a, b) => (ORDER.indexOf(a) >= ORDER.indexOf(b) ? a : b), "clean");
}

/** Whether less is let out, or more is known against it. What nobody has judged yet is held back like what nobody can judge. */
export function isWorse(verdict: Verdict, than: Verdict): boolean {
  const rank = (one: Verdict) => ORDER.indexOf(one === "pending" ? "unscannable" : one);
  return rank(verdict) > rank(than);
}

/** Worst first, without repeats, bounded. Of equal ones the first counts. */
export function sortFindings(findings: readonly Finding[]): Finding[] {
  const unique = new Map<string, Finding>();
  for (const found of findings) {
    const key = `${found.severity} ${found.code} ${found.file} ${found.detail}`;
    if (!unique.has(key)) unique.set(key, found);
  }
  const rank = ({ severity }: Finding) => ORDER.indexOf(VERDICT_OF[severity]);
  return [...unique.values()].sort((a, b) => rank(b) - rank(a)).slice(0, MAX_FINDINGS);
}

/** With the words for its kind in English, as findings are stored and sent. */
export function explained(found: Finding): Finding {
  const words = findingWords(found.code, "en");
  return words === null ? found : { ...found, risk: words.risk, remedy: words.remedy };
}

export function finding(
  severity: Finding["severity"],
  code: string,
  detail: string,
  file: string,
  offset?: number,
): Finding {
  return {
    severity,
    code,
    detail: plainText(detail, MAX_DETAIL_CHARS),
    file: plainText(file, 1000),
    ...(offset !== undefined && { offset }),
  };
}

/** What one pickle stream means. A payload counts whether or not the stream goes on or ends after it. */
export function judgePickle(report: PickleReport): Finding[] {
  const { where, globals, isTorchScript } = report;
  const findings: Finding[] = [];
  for (const { module, name, isBinding, isProven, offset } of globals) {
    const shown = plainText(`${module}.${name}`, MAX_NAME_CHARS);
    if (isProven || isAllowedGlobal(module, name, isTorchScript)) continue;
    if (isBinding) {
      const what = name === "getattr" ? "a method of an object" : "a function";
      findings.push(
        finding(
          "suspicious",
          "pickle_binding",
          `The pickle binds ${what} with ${shown}, to be called by whoever uses the object.`,
          where,
          offset,
        ),
      );
    } else if (isExecutor(module, name)) {
      findings.push(
        finding(
          "malicious",
          "pickle_executor",
          `The pickle names ${shown}, a way to ${effectOf(module, name)}.`,
          where,
          offset,
        ),
      );
    } else {
      findings.push(
        finding(
          "suspicious",
          "pickle_global",
          `The pickle names ${shown}, which plain checkpoints do not need.`,
          where,
          offset,
        ),
      );
    }
  }
  for (const { code, offset } of report.oddities) {
    const known = ODDITIES[code];
    if (known) findings.push(finding(known[0], code, known[1], where, offset));
  }
  if (!report.parsedToEnd) {
    const why = report.problem ?? "it has no end";
    findings.push(
      finding(
        "unscannable",
        "pickle_unreadable",
        `The pickle cannot be followed to its end: ${why}.`,
        where,
        report.problemAt ?? undefined,
      ),
    );
  }
  return findings;
}

const ODDITIES: Readonly<Record<string, readonly [Finding["severity"], string]>> = {
  pickle_computed_name: [
    "malicious",
    "The pickle computes the name of what it resolves, which no pickler writes.",
  ],
  pickle_computed_call: ["suspicious", "The pickle calls what another call gave it."],
  pickle_patches_global: ["suspicious", "The pickle changes attributes of a class or a function."],
  pickle_extension: ["suspicious", "The pickle uses the extension registry, which hides names."],
  pickle_external_buffer: ["suspicious", "The pickle takes bytes from outside of the file."],
  pickle_trailing_bytes: ["suspicious", "Bytes follow the end of the pickle."],
  pickle_several_streams: ["info", "The file holds several pickles, one after the other."],
};
