import { lstat } from "node:fs/promises";
import { EXIT } from "../exit-codes.ts";
import { Failure } from "../failure.ts";
import type { Run } from "../run.ts";
import { listFiles } from "../scan/list-files.ts";
import { fileLines, inertJson, ScanReport } from "../scan/report.ts";
import { toSarif } from "../scan/sarif.ts";
import { scanGroup } from "../scan/scan-process.ts";
import { printable } from "../terminal/printable.ts";

export type LocalScanOptions = { sarif?: boolean; maxSeconds?: number };

/** True when the arguments are paths of this machine: each is there, or is written as no model's name is. */
export async function arePaths(args: readonly string[]): Promise<boolean> {
  const [first = "", ref, ...more] = args;
  if (await isThere(first)) {
    // `scan bert 1.2.0` asks the server also beside a folder `bert`.
    return ref === undefined || more.length > 0 || isWritten(ref) || (await isThere(ref));
  }
  return isWritten(first);
}

const isThere = (path: string) =>
  lstat(path).then(
    () => true,
    () => false,
  );

/** `./a`, `../a`, `/a`, `a/b` and `C:\a` are paths, whatever is there. */
const isWritten = (text: string) => /[/\\]/.test(text) || text === "." || text === "..";

/** Scans files and folders of this machine, without a server. Throws unless all of them are clean. */
export async function scanLocal(
  run: Run,
  paths: readonly string[],
  { sarif = false, maxSeconds }: LocalScanOptions,
): Promise<void> {
  const { t, out, signal } = run;
  if (sarif && out.isJson) throw new Failure(EXIT.usage, t("scan.oneFormat"));
  const listing = await listFiles(paths);
  const report = new ScanReport(listing);
  const isText = !sarif && !out.isJson;
  for (const group of listing.groups) {
    await scanGroup(group, {
      maxSeconds,
      signal,
      onOutcome: (outcome) => {
        const scanned = report.add(outcome);
        if (!isText || scanned === null) return;
        if (scanned.verdict !== "clean" || !out.isQuiet) out.lines(fileLines(run, scanned));
      },
    });
  }
  if (!isText) out.lines([inertJson(sarif ? toSarif(report) : report.toJson())]);
  for (const path of report.leftOut) run.say(t("scan.leftOut", { path }));
  for (const { path, reason } of report.unreadable) {
    out.warn(t("local.unreadable", { path: printable(path), why: reason }));
  }
  const counts = {
    files: report.files.length,
    clean: report.count("clean"),
    suspicious: report.count("suspicious"),
    malicious: report.count("malicious"),
    unscannable: report.count("unscannable"),
    unreadable: report.unreadable.length,
  };
  if (report.exitCode !== EXIT.ok) throw new Failure(report.exitCode, t("scan.counts", counts));
  run.say(t("scan.counts", counts));
}
