import { expect, it } from "vitest";
import { userActor } from "../../tests/support/actors.ts";
import { modelRegistry } from "../../tests/support/model-registry.ts";
import { expectRefusals } from "../../tests/support/refusals.ts";
import { getModel } from "./get-model.ts";
import { getVersion } from "./get-version.ts";
import { listTrashedModels } from "./list-trash.ts";
import { moveAlias } from "./move-alias.ts";
import { setStage } from "./set-stage.ts";
import { restoreModel, trashModel } from "./trash-model.ts";

const registry = modelRegistry();
const ana = userActor("ana", { role: "maintainer" });

it("moves a model with its versions to the trash", async () => {
  await registry.register("Thrown");
  await setStage(registry.ctx, { name: "thrown", ref: "1.0.0", stage: "staging" });
  const { audit, records } = await registry.observe("Thrown", () =>
    trashModel(registry.ctxFor(ana), { name: "THROWN" }),
  );
  expect(audit).toEqual([
    {
      action: "model.trashed",
      version: null,
      actor: "ana",
      detail: { versions: 1, stages: ["staging"] },
    },
  ]);
  expect(records).toEqual(["write Thrown"]);
  const ref = { name: "thrown", ref: "1.0.0" };
  await expect(getVersion(registry.ctx, ref)).rejects.toMatchObject({ code: "model_not_found" });
  const { items } = await listTrashedModels(registry.ctx, { limit: 10 });
  expect(items).toMatchObject([{ name: "Thrown", deleted_by: "ana", version_count: 1 }]);
});

it("keeps the name, in any case, until the model is restored or purged", async () => {
  await registry.register("Taken");
  await trashModel(registry.ctx, { name: "taken" });
  await expect(registry.register("tAKEN")).rejects.toMatchObject({ code: "model_in_trash" });
  await restoreModel(registry.ctx, { name: "taken" });
  expect((await registry.register("taken")).version).toMatchObject({ version: "1.0.1", number: 2 });
});

it("finds no model that is in the trash already", async () => {
  await registry.register("twice");
  await trashModel(registry.ctx, { name: "twice" });
  const { audit } = await registry.observe("twice", () =>
    expect(trashModel(registry.ctx, { name: "twice" })).rejects.toMatchObject({
      code: "model_not_found",
    }),
  );
  expect(audit).toEqual([]);
});

it("restores a model as it was", async () => {
  await registry.register("Back");
  await setStage(registry.ctx, { name: "back", ref: "1.0.0", stage: "production" });
  await moveAlias(registry.ctx, { name: "back", alias: "champion", version: "1.0.0" });
  const read = () => getModel(registry.ctx, { name: "back" });
  const before = await read();
  await trashModel(registry.ctx, { name: "back" });
  const { answer, audit, records } = await registry.observe("Back", () =>
    restoreModel(registry.ctxFor(ana), { name: "BACK" }),
  );
  expect(await read()).toEqual({ ...before, updated_at: answer.updated_at });
  expect(audit).toEqual([{ action: "model.restored", version: null, actor: "ana", detail: {} }]);
  expect(records).toEqual(["write Back"]);
});

it("restores no model that is not in the trash", async () => {
  await registry.register("alive");
  const { audit } = await registry.observe("alive", () =>
    expect(restoreModel(registry.ctx, { name: "alive" })).rejects.toMatchObject({
      code: "model_not_found",
    }),
  );
  expect(audit).toEqual([]);
});

it("takes a maintainer who sees the model, to throw it away and to restore it", async () => {
  await registry.register("theirs");
  const who = { least: "maintainer", hidden: "theirs" } as const;
  await expectRefusals(registry, who, (ctx, name) => trashModel(ctx, { name }));
  await trashModel(registry.ctx, { name: "theirs" });
  await expectRefusals(registry, who, (ctx, name) => restoreModel(ctx, { name }));
});
