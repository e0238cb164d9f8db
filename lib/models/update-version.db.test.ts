import { expect, it } from "vitest";
import { userActor } from "../../tests/support/actors.ts";
import { modelRegistry } from "../../tests/support/model-registry.ts";
import { expectRefusals } from "../../tests/support/refusals.ts";
import { getModel } from "./get-model.ts";
import { moveAlias } from "./move-alias.ts";
import { trashModel } from "./trash-model.ts";
import { trashVersion } from "./trash-version.ts";
import { updateVersion } from "./update-version.ts";

const registry = modelRegistry();

it("edits description and tags, and nothing else of the version or its model", async () => {
  const fields = { description: "old", tags: { a: "1" }, metadata: { epochs: 3 } };
  const { version: before } = await registry.register("Edited", undefined, fields);
  const model = await getModel(registry.ctx, { name: "edited" });
  const ctx = registry.ctxFor(userActor("ana"));
  const changes = { description: "new", tags: { b: "2" } };
  const { answer, audit, records } = await registry.observe("Edited", () =>
    updateVersion(ctx, { name: "EDITED", ref: "1.0.0", ...changes }),
  );
  expect(answer).toEqual({ ...before, ...changes, updated_at: answer.updated_at });
  expect(answer.updated_at >= before.updated_at).toBe(true);
  expect(audit).toEqual([
    {
      action: "version.updated",
      version: "1.0.0",
      actor: "ana",
      detail: { before: { description: "old", tags: { a: "1" } }, after: changes },
    },
  ]);
  expect(records).toEqual(["write Edited 1.0.0"]);
  const { latest: _, ...rest } = await getModel(registry.ctx, { name: "edited" });
  expect(model).toMatchObject(rest);
});

it("keeps the field that is not given", async () => {
  await registry.register("kept", undefined, { description: "text", tags: { a: "1" } });
  const edit = (changes: { description?: string; tags?: Record<string, string> }) =>
    updateVersion(registry.ctx, { name: "kept", ref: "latest", ...changes });
  expect(await edit({ description: "" })).toMatchObject({ description: "", tags: { a: "1" } });
  expect(await edit({ tags: {} })).toMatchObject({ description: "", tags: {} });
});

it("does nothing, and says nothing, where nothing differs", async () => {
  const fields = { description: "same", tags: { a: "1", b: "2" } };
  const { version: before } = await registry.register("unchanged", undefined, fields);
  for (const changes of [{}, fields, { tags: { b: "2", a: "1" } }]) {
    const { answer, audit, records } = await registry.observe("unchanged", () =>
      updateVersion(registry.ctx, { name: "unchanged", ref: "1.0.0", ...changes }),
    );
    expect({ answer, audit, records }).toEqual({ answer: before, audit: [], records: [] });
  }
});

it("finds the version by an alias, and none that is trashed or whose model is", async () => {
  await registry.register("found");
  await registry.register("found");
  await moveAlias(registry.ctx, { name: "found", alias: "old", version: "1.0.0" });
  const edit = (ref: string) => updateVersion(registry.ctx, { name: "found", ref, tags: {} });
  expect(await edit("@old")).toMatchObject({ version: "1.0.0" });
  await trashVersion(registry.ctx, { name: "found", ref: "1.0.0" });
  await expect(edit("@old")).rejects.toMatchObject({ code: "alias_not_found" });
  await expect(edit("1.0.0")).rejects.toMatchObject({ code: "version_not_found" });
  await trashModel(registry.ctx, { name: "found" });
  await expect(edit("latest")).rejects.toMatchObject({ code: "model_not_found" });
});

it("takes a contributor who sees the model", async () => {
  await registry.register("theirs");
  await expectRefusals(registry, { least: "contributor", hidden: "theirs" }, (ctx, name) =>
    updateVersion(ctx, { name, ref: "latest", description: "x" }),
  );
});
