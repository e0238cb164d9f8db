import { modelPath, versionPath } from "../http/paths.ts";
import type { Run } from "../run.ts";
import { countText, timeText } from "../terminal/values.ts";
import { type ModelDetail, modelDetailSchema, type Version, versionSchema } from "../wire.ts";
import type { Commands } from "./commands.ts";
import { stageText, verdictText } from "./verdict-text.ts";

export function addShow({ add, act }: Commands): void {
  act(add("show <model> [ref]", "show.about"), async (run, _options, [model = "", ref]) => {
    const registry = await run.registry();
    if (ref === undefined) {
      const found = await registry.json(
        { method: "GET", path: modelPath(model) },
        modelDetailSchema,
      );
      run.out.result(found, () => modelFacts(run, found));
      return;
    }
    const found = await registry.json(
      { method: "GET", path: versionPath(model, ref) },
      versionSchema,
    );
    run.out.result(found, () => versionFacts(run, found));
  });
}

function modelFacts(run: Run, model: ModelDetail): string[] {
  const { t, out } = run;
  return out.facts([
    [t("column.name"), model.name],
    [t("column.version"), model.latest_version],
    [t("fact.versions"), countText(model.version_count, run.language)],
    [
      t("column.aliases"),
      model.aliases.map(({ alias, version }) => `@${alias} ${version}`).join(", "),
    ],
    [t("column.framework"), model.framework],
    [t("fact.format"), model.format],
    [t("column.verdict"), model.verdict && verdictText(run, model.verdict)],
    [t("fact.parameters"), counted(run, model.parameters)],
    [t("column.size"), run.bytes(model.size_bytes)],
    [t("fact.owner"), model.owner],
    [t("fact.tags"), tagsText(model.tags)],
    [t("fact.downloads"), countText(model.downloads, run.language)],
    [t("column.updated"), timeText(model.updated_at)],
    [t("fact.description"), model.description],
  ]);
}

function versionFacts(run: Run, version: Version): string[] {
  const { t, out } = run;
  const facts = out.facts(
    [
      [t("column.name"), version.model],
      [t("column.version"), version.version],
      [t("column.aliases"), version.aliases.map((alias) => `@${alias}`).join(" ")],
      [t("column.stage"), stageText(run, version.stage)],
      [t("column.framework"), version.framework],
      [t("fact.format"), version.format],
      [t("column.verdict"), verdictText(run, version.scan.verdict)],
      [t("fact.parameters"), counted(run, version.parameters)],
      [t("fact.tensors"), countText(version.tensors, run.language)],
      [t("column.size"), run.bytes(version.size_bytes)],
      [t("fact.digest"), version.digest],
      [t("fact.tags"), tagsText(version.tags)],
      [
        t("fact.metadata"),
        Object.keys(version.metadata).length > 0 && JSON.stringify(version.metadata),
      ],
      [t("fact.downloads"), countText(version.downloads, run.language)],
      [t("column.registered"), `${timeText(version.created_at)} ${version.created_by}`],
      [t("fact.description"), version.description],
    ].map(([name, value]) => [String(name), value || null] as const),
  );
  const files = out.table(
    [t("column.file"), t("column.size"), t("column.verdict")],
    version.files.map((file) => [
      file.path,
      out.isTerminal ? run.bytes(file.size_bytes) : String(file.size_bytes),
      verdictText(run, file.verdict),
    ]),
  );
  return [...facts, "", ...files];
}

const counted = (run: Run, count: number | null) =>
  count === null ? null : countText(count, run.language);

const tagsText = (tags: Record<string, string>) =>
  Object.entries(tags)
    .map(([key, value]) => `${key}=${value}`)
    .join(", ");
