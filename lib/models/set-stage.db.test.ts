import { expect, it } from "vitest";
import { modelRegistry } from "../../tests/support/model-registry.ts";
import { expectRefusals } from "../../tests/support/refusals.ts";
import { PAYLOAD } from "../../tests/support/verdict-files.ts";
import { getModel } from "./get-model.ts";
import { setStage } from "./set-stage.ts";
import { trashModel } from "./trash-model.ts";
import { trashVersion } from "./trash-version.ts";

const registry = modelRegistry();

it("moves a version to a stage, found by its model's name in any case", async () => {
  await registry.register("Staged");
  const { answer, audit, records } = await registry.observe("Staged", () =>
    setStage(registry.ctx, { name: "STAGED", ref: "latest", stage: "staging", comment: "try it" }),
  );
  expect(answer).toMatchObject({ model: "Staged", version: "1.0.0", stage: "staging" });
  expect(audit).toEqual([
    {
      action: "version.staged",
      version: "1.0.0",
      actor: "anonymous",
      detail: { before: "none", after: "staging", comment: "try it" },
    },
  ]);
  expect(records).toEqual(["write Staged 1.0.0"]);
  expect(await getModel(registry.ctx, { name: "staged" })).toMatchObject({ stages: ["staging"] });
});

it("changes nothing when the version is in that stage already", async () => {
  await registry.register("same");
  const stage = () =>
    setStage(registry.ctx, { name: "same", ref: "1.0.0", stage: "production", comment: "again" });
  const { updated_at } = await stage();
  const { answer, audit, records } = await registry.observe("same", stage);
  expect(answer).toMatchObject({ stage: "production", updated_at });
  expect([audit, records]).toEqual([[], []]);
});

it("leaves other versions in the same stage", async () => {
  await registry.register("pair");
  await registry.register("pair");
  for (const ref of ["1.0.0", "1.0.1"])
    await setStage(registry.ctx, { name: "pair", ref, stage: "production" });
  const rows = await registry.ctx.db.version.findMany({ where: { model: { name: "pair" } } });
  expect(rows.map(({ stage }) => stage)).toEqual(["production", "production"]);
});

it("takes a version that is not clean into use with a reason only, and out of use without", async () => {
  await registry.register("risky", { "model.pkl": PAYLOAD });
  const risky = { name: "risky", ref: "1.0.0" };
  for (const stage of ["staging", "production"] as const)
    await expect(setStage(registry.ctx, { ...risky, stage })).rejects.toMatchObject({
      code: "version_not_clean",
    });
  await setStage(registry.ctx, { ...risky, stage: "archived" });
  const accepted = { accept_risk: true, comment: "in a sandbox" };
  await setStage(registry.ctx, { ...risky, stage: "staging", ...accepted });
  const { detail } = (await registry.auditOf("risky")).at(-1) ?? {};
  expect(detail).toMatchObject({ accepted_verdict: "malicious", comment: "in a sandbox" });
  await setStage(registry.ctx, { ...risky, stage: "none" });
});

it("finds neither a trashed version nor a version of a trashed model", async () => {
  await registry.register("gone");
  await registry.register("gone");
  const set = (ref: string) => setStage(registry.ctx, { name: "gone", ref, stage: "staging" });
  await trashVersion(registry.ctx, { name: "gone", ref: "1.0.1" });
  await expect(set("1.0.1")).rejects.toMatchObject({ code: "version_not_found" });
  await expect(set("@none")).rejects.toMatchObject({ code: "alias_not_found" });
  await trashModel(registry.ctx, { name: "gone" });
  await expect(set("1.0.0")).rejects.toMatchObject({ code: "model_not_found" });
});

it("takes a contributor who sees the model", async () => {
  await registry.register("theirs");
  await expectRefusals(registry, { least: "contributor", hidden: "theirs" }, (ctx, name) =>
    setStage(ctx, { name, ref: "latest", stage: "staging" }),
  );
});
