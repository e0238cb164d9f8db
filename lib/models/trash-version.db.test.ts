import { expect, it } from "vitest";
import { userActor } from "../../tests/support/actors.ts";
import { modelRegistry } from "../../tests/support/model-registry.ts";
import { expectRefusals } from "../../tests/support/refusals.ts";
import { getModel } from "./get-model.ts";
import { getVersion } from "./get-version.ts";
import { moveAlias } from "./move-alias.ts";
import { purgeVersion } from "./purge-version.ts";
import { setStage } from "./set-stage.ts";
import { trashModel } from "./trash-model.ts";
import { restoreVersion, trashVersion } from "./trash-version.ts";

const registry = modelRegistry();
const ana = userActor("ana", { role: "maintainer" });

it("moves a version to the trash, and its model goes on with the others", async () => {
  await registry.register("Net");
  await registry.register("net");
  await setStage(registry.ctx, { name: "net", ref: "1.0.1", stage: "staging" });
  const { audit, records } = await registry.observe("Net", () =>
    trashVersion(registry.ctxFor(ana), { name: "NET", ref: "latest" }),
  );
  expect(audit).toEqual([
    {
      action: "version.trashed",
      version: "1.0.1",
      actor: "ana",
      detail: { stage: "staging" },
    },
  ]);
  expect(records).toEqual(["write Net 1.0.1"]);
  expect(await getModel(registry.ctx, { name: "net" })).toMatchObject({
    latest_version: "1.0.0",
    version_count: 1,
    stages: [],
  });
});

it("leaves a model without versions when the last one goes", async () => {
  await registry.register("empty");
  await trashVersion(registry.ctx, { name: "empty", ref: "1.0.0" });
  expect(await getModel(registry.ctx, { name: "empty" })).toMatchObject({
    latest: null,
    latest_version: null,
    version_count: 0,
    framework: null,
    size_bytes: 0,
  });
});

it("keeps number and version, and no ref leads to it", async () => {
  await registry.register("reserved");
  await registry.register("reserved");
  await moveAlias(registry.ctx, { name: "reserved", alias: "champion", version: "1.0.1" });
  await trashVersion(registry.ctx, { name: "reserved", ref: "1.0.1" });
  const read = (ref: string) => getVersion(registry.ctx, { name: "reserved", ref });
  await expect(read("@champion")).rejects.toMatchObject({ code: "alias_not_found" });
  await expect(read("1.0.1")).rejects.toMatchObject({ code: "version_not_found" });
  await expect(
    trashVersion(registry.ctx, { name: "reserved", ref: "1.0.1" }),
  ).rejects.toMatchObject({ code: "version_not_found" });
  expect((await registry.register("reserved")).version).toMatchObject({
    version: "1.0.2",
    number: 3,
  });
});

it("restores a version with its stage and aliases", async () => {
  await registry.register("Back");
  await setStage(registry.ctx, { name: "back", ref: "1.0.0", stage: "production" });
  await moveAlias(registry.ctx, { name: "back", alias: "champion", version: "1.0.0" });
  const before = await getVersion(registry.ctx, { name: "back", ref: "1.0.0" });
  await trashVersion(registry.ctx, { name: "back", ref: "1.0.0" });
  const { answer, audit, records } = await registry.observe("Back", () =>
    restoreVersion(registry.ctxFor(ana), { name: "BACK", ref: "1.0.0" }),
  );
  expect(answer).toEqual({ ...before, updated_at: answer.updated_at });
  expect(audit).toEqual([
    { action: "version.restored", version: "1.0.0", actor: "ana", detail: {} },
  ]);
  expect(records).toEqual(["write Back 1.0.0"]);
  expect(await getModel(registry.ctx, { name: "back" })).toMatchObject({
    latest_version: "1.0.0",
    stages: ["production"],
  });
});

it("restores only what is in the trash by itself, and is named by its version", async () => {
  await registry.register("picky");
  await registry.register("picky");
  const restore = (ref: string) => restoreVersion(registry.ctx, { name: "picky", ref });
  for (const ref of ["1.0.0", "9.9.9", "latest"])
    await expect(restore(ref)).rejects.toMatchObject({ code: "version_not_found" });
  await trashVersion(registry.ctx, { name: "picky", ref: "1.0.1" });
  await purgeVersion(registry.ctx, { name: "picky", ref: "1.0.1" });
  await expect(restore("1.0.1")).rejects.toMatchObject({ code: "version_not_found" });
  await trashVersion(registry.ctx, { name: "picky", ref: "1.0.0" });
  await trashModel(registry.ctx, { name: "picky" });
  await expect(restore("1.0.0")).rejects.toMatchObject({ code: "model_not_found" });
});

it("takes a maintainer who sees the model, to throw it away and to restore it", async () => {
  await registry.register("theirs");
  const who = { least: "maintainer", hidden: "theirs" } as const;
  const use = (change: typeof trashVersion | typeof restoreVersion) =>
    expectRefusals(registry, who, (ctx, name) => change(ctx, { name, ref: "1.0.0" }));
  await use(trashVersion);
  await trashVersion(registry.ctx, { name: "theirs", ref: "1.0.0" });
  await use(restoreVersion);
});
