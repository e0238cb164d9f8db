import { Option } from "commander";
import type { Run } from "../run.ts";
import { timeText } from "../terminal/values.ts";
import { type Model, modelSchema } from "../wire.ts";
import type { Commands } from "./commands.ts";
import { listPages } from "./list-pages.ts";
import { collect, wholeNumber } from "./parse-option.ts";
import { verdictText } from "./verdict-text.ts";

type Options = {
  framework?: string[];
  format?: string[];
  stage?: string[];
  verdict?: string[];
  tag?: string[];
  owner?: string;
  sort: string;
  limit: number;
  all?: boolean;
};

export function addList({ t, add, act }: Commands): void {
  for (const words of ["list", "search <words...>"] as const) {
    const command = add(words, words === "list" ? "list.about" : "search.about")
      .option("--framework <framework>", t("list.framework"), collect)
      .option("--format <format>", t("list.format"), collect)
      .option("--stage <stage>", t("list.stage"), collect)
      .option("--verdict <verdict>", t("list.verdict"), collect)
      .option("--tag <key:value>", t("list.tag"), collect)
      .option("--owner <owner>", t("list.owner"))
      .addOption(new Option("--sort <field>", t("list.sort")).default("-updated_at"))
      .option("-n, --limit <count>", t("list.limit"), wholeNumber(1, 1_000_000, t), 50)
      .option("--all", t("list.all"));
    act<Options>(command, (run, options, args) => listModels(run, options, args.join(" ")));
  }
}

async function listModels(run: Run, options: Options, text: string): Promise<void> {
  const { t, out } = run;
  const { framework, format, stage, verdict, tag, owner, sort } = options;
  const query = { framework, format, stage, verdict, tag, owner, sort };
  const found = await listPages(
    await run.registry(),
    { path: "/models", query: text === "" ? query : { ...query, query: text } },
    modelSchema,
    options.all ? null : options.limit,
  );
  const titles = (["name", "version", "framework", "size", "verdict", "updated"] as const).map(
    (column) => t(`column.${column}`),
  );
  out.result(found, () =>
    out.table(
      titles,
      found.items.map((model) => row(run, model)),
    ),
  );
  if (found.items.length < found.total)
    run.say(t("list.more", { shown: found.items.length, total: found.total }));
  if (found.total === 0) run.say(t("list.none"));
}

function row(run: Run, model: Model): string[] {
  return [
    model.name,
    model.latest_version ?? "-",
    model.framework ?? "-",
    run.out.isTerminal ? run.bytes(model.size_bytes) : String(model.size_bytes),
    model.verdict === null ? "-" : verdictText(run, model.verdict),
    run.out.isTerminal ? timeText(model.updated_at) : model.updated_at,
  ];
}
