import { expect, it } from "vitest";
import { userActor } from "../../tests/support/actors.ts";
import { modelRegistry } from "../../tests/support/model-registry.ts";
import { expectRefusals } from "../../tests/support/refusals.ts";
import { getModel } from "./get-model.ts";
import { getVersion } from "./get-version.ts";
import { trashModel } from "./trash-model.ts";
import { updateModel } from "./update-model.ts";

const registry = modelRegistry();

it("edits the given texts, and says in the audit what they were", async () => {
  await registry.register("Edited", undefined, { description: "old", tags: { team: "a" } });
  const ctx = registry.ctxFor(userActor("ana"));
  const changes = { description: "new", tags: { team: "b", size: "s" } };
  const { answer, audit, records } = await registry.observe("Edited", () =>
    updateModel(ctx, { name: "edited", ...changes }),
  );
  expect(answer).toMatchObject({ name: "Edited", owner: "anonymous", ...changes });
  expect(audit).toEqual([
    {
      action: "model.updated",
      version: null,
      actor: "ana",
      detail: { before: { description: "old", tags: { team: "a" } }, after: changes },
    },
  ]);
  expect(records).toEqual(["write Edited"]);
});

it("leaves alone what is not given", async () => {
  await registry.register("kept", undefined, { description: "kept", tags: { a: "b" } });
  const answer = await updateModel(registry.ctx, {
    name: "kept",
    owner: "team",
    description: undefined,
  });
  expect(answer).toMatchObject({ owner: "team", description: "kept", tags: { a: "b" } });
});

it("does nothing, and says nothing, where nothing differs", async () => {
  const fields = { description: "same", tags: { a: "1", b: "2" } };
  await registry.register("unchanged", undefined, fields);
  const read = () => getModel(registry.ctx, { name: "unchanged" });
  const before = await read();
  for (const changes of [{}, fields, { owner: "anonymous" }, { tags: { b: "2", a: "1" } }]) {
    const { audit, records } = await registry.observe("unchanged", () =>
      updateModel(registry.ctx, { name: "unchanged", ...changes }),
    );
    expect({ audit, records }).toEqual({ audit: [], records: [] });
  }
  expect(await read()).toEqual(before);
});

it("tells only what differs", async () => {
  await registry.register("partly", undefined, { description: "same", tags: { a: "1" } });
  const { audit } = await registry.observe("partly", () =>
    updateModel(registry.ctx, { name: "partly", description: "same", tags: {} }),
  );
  expect(audit).toMatchObject([{ detail: { before: { tags: { a: "1" } }, after: { tags: {} } } }]);
  expect(audit[0]?.detail).not.toHaveProperty("after.description");
});

it("changes no version", async () => {
  await registry.register("same", undefined, { description: "of both" });
  const read = () => getVersion(registry.ctx, { name: "same", ref: "latest" });
  const before = await read();
  await updateModel(registry.ctx, { name: "same", description: "of the model", tags: { a: "b" } });
  expect(await read()).toEqual(before);
});

it("finds no model that is in the trash", async () => {
  await registry.register("gone");
  await trashModel(registry.ctx, { name: "gone" });
  await expect(updateModel(registry.ctx, { name: "gone", description: "x" })).rejects.toMatchObject(
    { code: "model_not_found" },
  );
});

it("takes a contributor who sees the model", async () => {
  await registry.register("theirs");
  await expectRefusals(registry, { least: "contributor", hidden: "theirs" }, (ctx, name) =>
    updateModel(ctx, { name, description: "x" }),
  );
});
