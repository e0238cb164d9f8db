import { Argument } from "commander";
import { versionPath } from "../http/paths.ts";
import { versionSchema } from "../wire.ts";
import { acceptanceBody } from "./alias.ts";
import type { Commands } from "./commands.ts";

type Options = { acceptRisk?: boolean; comment?: string };

export function addStage({ t, add, act }: Commands): void {
  const command = add("stage <model> <ref>", "stage.about")
    .addArgument(new Argument("<stage>").choices(["none", "staging", "production", "archived"]))
    .option("--accept-risk", t("options.acceptRiskUse"))
    .option("--comment <text>", t("options.comment"));
  act<Options>(command, async (run, options, [model = "", ref = "", stage = ""]) => {
    const registry = await run.registry();
    const version = await registry.json(
      {
        method: "POST",
        path: `${versionPath(model, ref)}/stage`,
        json: { stage, ...acceptanceBody(options) },
        // The same stage once more changes nothing.
        isRepeatable: true,
      },
      versionSchema,
    );
    run.out.result(version, () => `${version.model}\t${version.version}\t${version.stage}`);
  });
}
