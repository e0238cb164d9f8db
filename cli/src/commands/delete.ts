import { modelPath, versionPath } from "../http/paths.ts";
import type { Commands } from "./commands.ts";

export function addDelete({ t, add, act }: Commands): void {
  act(add("delete <model> [ref]", "delete.about"), async (run, _options, [model = "", ref]) => {
    const shown = ref === undefined ? model : `${model} ${ref}`;
    await run.confirm(
      t(ref === undefined ? "delete.confirmModel" : "delete.confirm", { what: shown }),
    );
    const path = ref === undefined ? modelPath(model) : versionPath(model, ref);
    await (await run.registry()).send({ method: "DELETE", path });
    run.out.result({ model, version: ref ?? null, deleted: true }, () => []);
    run.say(t("delete.done", { what: shown }));
  });

  act(
    add("restore <model> [version]", "restore.about"),
    async (run, _options, [model = "", version]) => {
      const path = version === undefined ? modelPath(model) : versionPath(model, version);
      await (await run.registry()).send({ method: "POST", path: `${path}/restore` });
      run.out.result({ model, version: version ?? null, restored: true }, () => []);
      run.say(t("restore.done", { what: version === undefined ? model : `${model} ${version}` }));
    },
  );
}
