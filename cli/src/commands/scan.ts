import { Option } from "commander";
import { findingWords } from "../../../lib/wire/finding-words.ts";
import { EXIT } from "../exit-codes.ts";
import { Failure } from "../failure.ts";
import { versionPath } from "../http/paths.ts";
import type { Run } from "../run.ts";
import type { Colour } from "../terminal/output.ts";
import { timeText } from "../terminal/values.ts";
import { versionSchema } from "../wire.ts";
import type { Commands } from "./commands.ts";
import { wholeNumber } from "./parse-option.ts";
import { arePaths, type LocalScanOptions, scanLocal } from "./scan-local.ts";
import { verdictText } from "./verdict-text.ts";

const COLOURS: Record<string, Colour> = { clean: "green", malicious: "red" };

export function addScan({ t, add, act }: Commands): void {
  const command = add("scan <what...>", "scan.about")
    .option("--sarif", t("scan.sarif"))
    .addOption(
      new Option("--max-seconds <n>", t("scan.maxSeconds")).argParser(wholeNumber(1, 86_400, t)),
    );
  act<LocalScanOptions>(command, async (run, options, args) => {
    if (await arePaths(args)) return scanLocal(run, args, options);
    if (args.length > 2) throw new Failure(EXIT.usage, t("usage.excessArguments"));
    if (options.sarif) throw new Failure(EXIT.usage, t("scan.sarifLocal"));
    await scanVersion(run, args);
  });
}

/** What the server's scan found in a version. */
async function scanVersion(run: Run, [model = "", ref = "latest"]: readonly string[]) {
  const { out, t } = run;
  const registry = await run.registry();
  const path = versionPath(model, ref);
  const { scan, ...version } = await registry.json({ method: "GET", path }, versionSchema);
  const { verdict, findings, scanned_at: scannedAt } = scan;
  const answer = {
    model: version.model,
    version: version.version,
    ...scan,
    withheld: version.withheld,
  };
  out.result(answer, () => [
    ...out.facts([
      [t("column.name"), version.model],
      [t("column.version"), version.version],
      [t("column.verdict"), verdictText(run, verdict)],
      [t("fact.scanned"), scannedAt && timeText(scannedAt)],
      [t("fact.withheld"), version.withheld.map((file) => file.path).join(", ")],
    ]),
    ...out.table(
      [t("column.severity"), t("column.file"), t("column.finding")],
      findings.map(({ severity, file, detail }) => [severity, file, detail]),
    ),
    ...kindLines(run, findings),
  ]);
  if (verdict === "clean") return;
  const shown = out.paint(COLOURS[verdict] ?? "yellow", verdictText(run, verdict));
  throw new Failure(EXIT.notClean, t("scan.notClean", { verdict: shown }));
}

/** On a terminal: what each kind of finding means, once. */
function kindLines(run: Run, findings: readonly { code: string }[]): string[] {
  if (!run.out.isTerminal) return [];
  const all = findings.map(({ code }) => findingWords(code, run.language));
  const words = [...new Set(all.filter((found) => found !== null))];
  return words.flatMap(({ title, risk, remedy }) => [
    "",
    run.out.paint("bold", title),
    `${run.t("scan.risk")} ${risk}`,
    `${run.t("scan.remedy")} ${remedy}`,
  ]);
}
