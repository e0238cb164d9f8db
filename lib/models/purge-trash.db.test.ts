import { beforeEach, expect, it } from "vitest";
import { SYSTEM } from "#lib/access/actor.ts";
import { modelRegistry } from "../../tests/support/model-registry.ts";
import { purgeTrash } from "./purge-trash.ts";
import { trashModel } from "./trash-model.ts";
import { trashVersion } from "./trash-version.ts";

const registry = modelRegistry({ MODEL_REGISTRY_STORAGE__TRASH_RETENTION: "30d" });
const purge = (signal = new AbortController().signal) =>
  purgeTrash(registry.ctxFor(SYSTEM), signal);
/** What is in the trash has been there for so many days more. */
async function letPass(days: number): Promise<void> {
  await registry.ctx.db.$executeRaw`
    update model set deleted_at = deleted_at - ${days} * interval '1 day'`;
  await registry.ctx.db.$executeRaw`
    update version set deleted_at = deleted_at - ${days} * interval '1 day'`;
}
const left = async () =>
  (
    await registry.ctx.db.model.findMany({ where: { purgedAt: null }, orderBy: { name: "asc" } })
  ).map(({ name }) => name);

beforeEach(async () => {
  await registry.ctx.db.$executeRaw`truncate model cascade`;
});

it("deletes what has been in the trash for longer than the retention, and nothing else", async () => {
  await registry.register("alive");
  await registry.register("old");
  await registry.register("half");
  await registry.register("half");
  await trashModel(registry.ctx, { name: "old" });
  await trashVersion(registry.ctx, { name: "half", ref: "1.0.0" });
  await letPass(31);
  await registry.register("young");
  await trashModel(registry.ctx, { name: "young" });
  await trashVersion(registry.ctx, { name: "half", ref: "1.0.1" });
  expect(await purge()).toEqual({ models: 1, versions: 1 });
  expect(await left()).toEqual(["alive", "half", "young"]);
  const kept = await registry.ctx.db.version.findMany({
    where: { model: { name: "half" }, purgedAt: null },
  });
  expect(kept.map(({ version }) => version)).toEqual(["1.0.1"]);
  expect((await registry.auditOf("old")).at(-1)).toMatchObject({
    action: "model.purged",
    actor: "system",
  });
});

it("goes by the time in the trash to the day", async () => {
  await registry.register("old");
  await trashModel(registry.ctx, { name: "old" });
  await letPass(29.9);
  expect(await purge()).toEqual({ models: 0, versions: 0 });
  await letPass(0.2);
  expect(await purge()).toEqual({ models: 1, versions: 0 });
});

it("counts the versions of a trashed model with their model only, and nothing twice", async () => {
  await registry.register("both");
  await trashVersion(registry.ctx, { name: "both", ref: "1.0.0" });
  await trashModel(registry.ctx, { name: "both" });
  await letPass(31);
  expect(await purge()).toEqual({ models: 1, versions: 0 });
  expect(await purge()).toEqual({ models: 0, versions: 0 });
});

it("goes on beyond one batch", async () => {
  await registry.ctx.db.$executeRaw`
    insert into model (name, name_key, owner, created_by, deleted_at, deleted_by)
    select 'm' || i, 'm' || i, 'o', 'o', now(), 'o' from generate_series(1, 101) as i`;
  await letPass(31);
  expect(await purge()).toEqual({ models: 101, versions: 0 });
});

it("stops where it is told to, and the next run does the rest", async () => {
  await registry.register("old");
  await trashModel(registry.ctx, { name: "old" });
  await letPass(31);
  await expect(purge(AbortSignal.abort(new Error("stop")))).rejects.toThrow("stop");
  expect(await left()).toEqual(["old"]);
  expect(await purge()).toEqual({ models: 1, versions: 0 });
});
