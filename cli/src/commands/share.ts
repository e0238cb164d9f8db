import { Argument } from "commander";
import { EXIT } from "../exit-codes.ts";
import { Failure } from "../failure.ts";
import { grantPath, grantsPath, modelPath } from "../http/paths.ts";
import { type Grant, grantListSchema, grantSchema, modelSchema } from "../wire.ts";
import type { Commands } from "./commands.ts";

export const VISIBILITIES = ["public", "private"];

type Holder = { group?: boolean };

export function addShare({ t, add, act, group }: Commands): void {
  const share = group("share", "share.about");

  act(add("list <model>", "share.list", share), async (run, _options, [model = ""]) => {
    const registry = await run.registry();
    const found = await registry.json({ method: "GET", path: grantsPath(model) }, grantListSchema);
    run.out.result(found, () =>
      run.out.table(
        [t("column.name"), t("fact.kind"), t("column.level"), t("column.by")],
        found.items.map((grant) => [
          nameOf(grant),
          grant.user === null ? "group" : "user",
          grant.level,
          grant.created_by,
        ]),
      ),
    );
  });

  const grant = add("grant <model> <name>", "share.grant", share)
    .addArgument(new Argument("<level>").choices(["read", "write", "owner"]))
    .option("--group", t("share.group"));
  act<Holder>(grant, async (run, { group: isGroup }, [model = "", name = "", level = ""]) => {
    const registry = await run.registry();
    const json = { [isGroup ? "group" : "user"]: name, level };
    const made = await registry.json({ method: "PUT", path: grantsPath(model), json }, grantSchema);
    run.out.result(made, () => `${nameOf(made)}\t${made.level}`);
  });

  const revoke = add("revoke <model> <name>", "share.revoke", share).option(
    "--group",
    t("share.group"),
  );
  act<Holder>(revoke, async (run, { group: isGroup }, [model = "", name = ""]) => {
    const registry = await run.registry();
    const path = grantsPath(model);
    const { items } = await registry.json({ method: "GET", path }, grantListSchema);
    const found = items.find((one) => (isGroup ? one.group : one.user)?.name === name);
    if (found === undefined) throw new Failure(EXIT.notFound, t("share.none", { name, model }));
    await registry.send({ method: "DELETE", path: grantPath(model, found.id) });
    run.out.result({ model, name, revoked: true }, () => []);
    run.say(t("share.revoked", { name, model }));
  });

  const visibility = add("visibility <model>", "share.visibility", share).addArgument(
    new Argument("<visibility>").choices(VISIBILITIES),
  );
  act(visibility, async (run, _options, [model = "", wanted = ""]) => {
    const registry = await run.registry();
    const json = { visibility: wanted };
    const path = modelPath(model);
    const changed = await registry.json({ method: "PATCH", path, json }, modelSchema);
    run.out.result(changed, () => `${changed.name}\t${wanted}`);
  });
}

const nameOf = ({ user, group }: Grant) => (user ?? group)?.name ?? "-";
