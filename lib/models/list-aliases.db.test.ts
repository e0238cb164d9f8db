import { beforeAll, expect, it } from "vitest";
import { modelRegistry } from "../../tests/support/model-registry.ts";
import { expectRefusals } from "../../tests/support/refusals.ts";
import { type ListAliasesInput, listAliases } from "./list-aliases.ts";
import { moveAlias } from "./move-alias.ts";
import { trashModel } from "./trash-model.ts";
import { restoreVersion, trashVersion } from "./trash-version.ts";

const registry = modelRegistry();
const list = (asked: Partial<ListAliasesInput> = {}) =>
  listAliases(registry.ctx, { name: "net", page: 1, limit: 10, ...asked });
const namesOf = async (asked: Partial<ListAliasesInput>) =>
  (await list(asked)).items.map(({ alias }) => alias);

beforeAll(async () => {
  for (let made = 0; made < 3; made += 1) await registry.register("Net");
  for (const [alias, version] of [
    ["d", "1.0.0"],
    ["a", "1.0.1"],
    ["c", "1.0.0"],
    ["b", "1.0.2"],
  ] as const)
    await moveAlias(registry.ctx, { name: "net", alias, version });
});

it("gives a model's aliases by their names", async () => {
  const { items, total, page } = await list({ name: "NET" });
  expect([total, page]).toEqual([4, 1]);
  expect(items).toMatchObject([
    { alias: "a", version: "1.0.1", updated_by: "anonymous" },
    { alias: "b", version: "1.0.2" },
    { alias: "c", version: "1.0.0" },
    { alias: "d", version: "1.0.0" },
  ]);
});

it("gives those of one version, or those of all others", async () => {
  expect(await namesOf({ version: "1.0.0" })).toEqual(["c", "d"]);
  expect(await namesOf({ otherThan: "1.0.0" })).toEqual(["a", "b"]);
  expect(await namesOf({ version: "9.9.9" })).toEqual([]);
});

it("gives a page, and the last one beyond it", async () => {
  expect(await namesOf({ limit: 3, page: 1 })).toEqual(["a", "b", "c"]);
  expect(await namesOf({ limit: 3, page: 2 })).toEqual(["d"]);
  for (const page of [3, 1000]) expect(await list({ limit: 3, page })).toMatchObject({ page: 2 });
  expect(await list({ version: "9.9.9", page: 5 })).toEqual({ items: [], total: 0, page: 1 });
});

it("leaves out aliases of a version while it is in the trash", async () => {
  const version = { name: "net", ref: "1.0.2" };
  await trashVersion(registry.ctx, version);
  expect(await namesOf({})).toEqual(["a", "c", "d"]);
  expect(await list()).toMatchObject({ total: 3 });
  await restoreVersion(registry.ctx, version);
  expect(await list()).toMatchObject({ total: 4 });
});

it("gives none of a model in the trash", async () => {
  await registry.register("gone");
  await trashModel(registry.ctx, { name: "gone" });
  await expect(list({ name: "gone" })).rejects.toMatchObject({ code: "model_not_found" });
});

it("takes a reader who sees the model", async () => {
  await expectRefusals(registry, { least: "reader", hidden: "Net" }, (ctx, name) =>
    listAliases(ctx, { name, page: 1, limit: 1 }),
  );
});
