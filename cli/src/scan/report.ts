/** What a scan of local files found, as people, scripts and other programs read it. */

import { plainText } from "../../../lib/formats/bytes/window-reader.ts";
import type { Finding } from "../../../lib/formats/contract.ts";
import { findingKind, findingWords } from "../../../lib/wire/finding-words.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import type { Run } from "../run.ts";
import type { Colour } from "../terminal/output.ts";
import { printable } from "../terminal/printable.ts";
import type { Listing, ScanTarget } from "./list-files.ts";

export type ScanVerdict = "clean" | "suspicious" | "unscannable" | "malicious";
export type Outcome = {
  file: ScanTarget;
  result:
    | { kind: "scanned"; verdict: ScanVerdict; findings: readonly Finding[] }
    | { kind: "unreadable"; reason: string };
};

/** In the order of the verdict on all files: the worst comes last. */
const ORDER: readonly ScanVerdict[] = ["clean", "suspicious", "unscannable", "malicious"];
const COLOURS: Record<ScanVerdict, Colour> = {
  clean: "green",
  suspicious: "yellow",
  unscannable: "yellow",
  malicious: "red",
};
/** A hostile pickle can name thousands; `--json` has up to 200 of each file. */
const SHOWN_FINDINGS = 20;

export type ScannedFile = {
  path: string;
  sizeBytes: number;
  verdict: ScanVerdict;
  findings: Finding[];
};

/** Everything that one call found out. Findings name files as `ScannedFile.path` does. */
export class ScanReport {
  readonly files: ScannedFile[] = [];
  readonly unreadable: Listing["unreadable"];
  readonly leftOut: readonly string[];

  constructor({ unreadable, leftOut }: Pick<Listing, "unreadable" | "leftOut">) {
    this.unreadable = [...unreadable];
    this.leftOut = leftOut;
  }

  /** Null for a file that could not be read. */
  add({ file, result }: Outcome): ScannedFile | null {
    const { path, name, sizeBytes } = file;
    if (result.kind === "unreadable") {
      this.unreadable.push({ path, reason: result.reason });
      return null;
    }
    const told = plainText(name, 1000);
    // A finding in a member is `name!/member`; people look for the path that they know.
    const findings = result.findings.map((found) => ({
      ...found,
      file: found.file.startsWith(told) ? path + found.file.slice(told.length) : found.file,
    }));
    const scanned = { path, sizeBytes, verdict: result.verdict, findings };
    this.files.push(scanned);
    return scanned;
  }

  count(verdict: ScanVerdict): number {
    return this.files.filter((file) => file.verdict === verdict).length;
  }

  get verdict(): ScanVerdict {
    return ORDER.findLast((verdict) => this.count(verdict) > 0) ?? "clean";
  }

  /** What may run code counts more than what could not be looked at. */
  get exitCode(): ExitCode {
    if (this.count("malicious") + this.count("suspicious") > 0) return EXIT.notClean;
    if (this.unreadable.length > 0) return EXIT.local;
    return this.count("unscannable") > 0 ? EXIT.unscannable : EXIT.ok;
  }

  /** The stable shape of `--json`. */
  toJson() {
    return {
      verdict: this.verdict,
      files: this.files.map(({ path, sizeBytes, verdict, findings }) => ({
        path,
        size_bytes: sizeBytes,
        verdict,
        findings,
      })),
      unreadable: this.unreadable,
      left_out: this.leftOut,
    };
  }
}

/** A line with the verdict; below it what was found, and once for each kind what that means. */
export function fileLines(run: Run, { path, verdict, findings }: ScannedFile): string[] {
  const { t, out } = run;
  const lines = [`${out.paint(COLOURS[verdict], t(`verdict.${verdict}`))}\t${printable(path)}`];
  const shown = findings.slice(0, SHOWN_FINDINGS);
  for (const [at, found] of shown.entries()) {
    const place =
      found.offset === undefined
        ? found.file
        : t("scan.place", { file: found.file, offset: found.offset });
    lines.push(
      `\t${t(`severity.${found.severity}`)}\t${printable(place)}\t${printable(found.detail)}`,
    );
    const kind = findingKind(found.code);
    const isLast = !shown.slice(at + 1).some(({ code }) => findingKind(code) === kind);
    const words = isLast ? findingWords(found.code, run.language) : null;
    if (words) {
      lines.push(`\t\t${t("scan.risk")} ${words.risk}`, `\t\t${t("scan.remedy")} ${words.remedy}`);
    }
  }
  const more = findings.length - shown.length;
  if (more > 0) lines.push(`\t${t("scan.more", { count: more })}`);
  return lines;
}

/** JSON whose texts cannot move a terminal's cursor or turn the reading direction: `JSON.stringify` leaves some as they are. */
export function inertJson(value: unknown): string {
  return JSON.stringify(value, null, 2).replace(
    /[\u007f-\u009f\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
