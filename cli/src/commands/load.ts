import { Option } from "commander";
import * as z from "zod/mini";
import { modelPath } from "../http/paths.ts";
import type { Commands } from "./commands.ts";
import { collect } from "./parse-option.ts";

type Options = { scheduler?: string; worker?: string[]; mode?: string };
const loadSchema = z.object({ id: z.string() });

export function addLoad({ t, add, act }: Commands): void {
  const command = add("load <model> [ref]", "load.about")
    .option("--scheduler <address>", t("load.scheduler"))
    .option("--worker <address>", t("load.worker"), collect)
    .addOption(new Option("--mode <mode>", t("load.mode")).choices(["memory", "disk"]));
  act<Options>(command, async (run, { scheduler, worker, mode }, [model = "", version]) => {
    const registry = await run.registry();
    const json = { version, scheduler_address: scheduler, workers: worker, mode };
    const load = await registry.json(
      { method: "POST", path: `${modelPath(model)}/load`, json },
      loadSchema,
    );
    run.out.result(load, () => load.id);
    run.say(t("load.begun"));
  });
}
