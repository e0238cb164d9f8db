import { aliasPath, modelPath } from "../http/paths.ts";
import { timeText } from "../terminal/values.ts";
import { aliasHistorySchema, aliasSchema, modelDetailSchema } from "../wire.ts";
import type { Commands } from "./commands.ts";

type Acceptance = { acceptRisk?: boolean; comment?: string };

/** What a server asks for before a version that is not clean is put into use. */
export function acceptanceBody({ acceptRisk, comment }: Acceptance): object {
  return {
    ...(acceptRisk ? { accept_risk: true } : {}),
    ...(comment === undefined ? {} : { comment }),
  };
}

export function addAlias({ t, add, act, group }: Commands): void {
  const alias = group("alias", "alias.about");

  const set = add("set <model> <alias> <ref>", "alias.set", alias)
    .option("--accept-risk", t("options.acceptRiskUse"))
    .option("--comment <text>", t("options.comment"));
  act<Acceptance>(set, async (run, options, [model = "", name = "", ref = ""]) => {
    const registry = await run.registry();
    const json = { version: ref, ...acceptanceBody(options) };
    const moved = await registry.json(
      { method: "PUT", path: aliasPath(model, name), json },
      aliasSchema,
    );
    run.out.result(moved, () => `@${moved.alias}\t${moved.version}`);
  });

  const remove = add("remove <model> <alias>", "alias.remove", alias);
  act(remove, async (run, _options, [model = "", name = ""]) => {
    await run.confirm(t("alias.confirm", { alias: name.replace(/^@/, ""), model }));
    await (await run.registry()).send({ method: "DELETE", path: aliasPath(model, name) });
    run.out.result({ model, alias: name.replace(/^@/, ""), removed: true }, () => []);
    run.say(t("alias.removed", { alias: name.replace(/^@/, "") }));
  });

  act(add("list <model>", "alias.list", alias), async (run, _options, [model = ""]) => {
    const registry = await run.registry();
    const { aliases } = await registry.json(
      { method: "GET", path: modelPath(model) },
      modelDetailSchema,
    );
    run.out.result({ items: aliases }, () =>
      run.out.table(
        [t("column.alias"), t("column.version"), t("column.updated"), t("column.by")],
        aliases.map((one) => [
          `@${one.alias}`,
          one.version,
          timeText(one.updated_at),
          one.updated_by,
        ]),
      ),
    );
  });

  const history = add("history <model> <alias>", "alias.history", alias);
  act(history, async (run, _options, [model = "", name = ""]) => {
    const registry = await run.registry();
    const path = `${aliasPath(model, name)}/history`;
    const found = await registry.json({ method: "GET", path }, aliasHistorySchema);
    run.out.result(found, () =>
      run.out.table(
        [t("column.at"), t("column.from"), t("column.to"), t("column.by")],
        found.items.map((move) => [
          timeText(move.at),
          move.from_version ?? "-",
          move.to_version ?? "-",
          move.actor,
        ]),
      ),
    );
  });
}
