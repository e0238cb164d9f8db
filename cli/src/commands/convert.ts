import { Argument } from "commander";
import * as z from "zod/mini";
import { versionPath } from "../http/paths.ts";
import type { Commands } from "./commands.ts";

type Options = { version?: string };
const operationSchema = z.object({ id: z.string() });

export function addConvert({ t, add, act }: Commands): void {
  const command = add("convert <model> <ref>", "convert.about")
    .addArgument(new Argument("[format]").choices(["safetensors"]).default("safetensors"))
    .option("--version <version>", t("convert.version"));
  act<Options>(command, async (run, { version }, [model = "", ref = "", to]) => {
    const registry = await run.registry();
    const operation = await registry.json(
      { method: "POST", path: `${versionPath(model, ref)}/convert`, json: { to, version } },
      operationSchema,
    );
    run.out.result(operation, () => operation.id);
    run.say(t("convert.begun"));
  });
}
