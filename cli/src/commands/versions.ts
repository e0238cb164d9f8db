import { versionPath } from "../http/paths.ts";
import type { Run } from "../run.ts";
import { timeText } from "../terminal/values.ts";
import { type VersionSummary, versionSummarySchema } from "../wire.ts";
import type { Commands } from "./commands.ts";
import { listPages } from "./list-pages.ts";
import { collect, wholeNumber } from "./parse-option.ts";
import { stageText, verdictText } from "./verdict-text.ts";

type Options = { stage?: string[]; limit: number; all?: boolean };

export function addVersions({ t, add, act }: Commands): void {
  const command = add("versions <model>", "versions.about")
    .option("--stage <stage>", t("list.stage"), collect)
    .option("-n, --limit <count>", t("list.limit"), wholeNumber(1, 1_000_000, t), 50)
    .option("--all", t("list.all"));
  act<Options>(command, async (run, { stage, limit, all }, [model = ""]) => {
    const { out } = run;
    const path = versionPath(model, "").replace(/\/$/, "");
    const registry = await run.registry();
    const found = await listPages(
      registry,
      { path, query: { stage } },
      versionSummarySchema,
      all ? null : limit,
    );
    const columns = ["version", "stage", "aliases", "verdict", "size", "registered"] as const;
    out.result(found, () =>
      out.table(
        columns.map((column) => t(`column.${column}`)),
        found.items.map((version) => row(run, version)),
      ),
    );
    if (found.items.length < found.total)
      run.say(t("list.more", { shown: found.items.length, total: found.total }));
  });
}

function row(run: Run, version: VersionSummary): string[] {
  const { isTerminal } = run.out;
  return [
    version.version,
    stageText(run, version.stage),
    version.aliases.map((alias) => `@${alias}`).join(" ") || "-",
    verdictText(run, version.verdict),
    isTerminal ? run.bytes(version.size_bytes) : String(version.size_bytes),
    isTerminal ? timeText(version.created_at) : version.created_at,
  ];
}
