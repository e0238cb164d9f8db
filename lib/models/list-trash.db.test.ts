import { beforeAll, expect, it } from "vitest";
import { anonymous } from "#lib/access/actor.ts";
import { CONFINED, READER, userActor } from "../../tests/support/actors.ts";
import { modelRegistry } from "../../tests/support/model-registry.ts";
import { listTrashedModels, listTrashedVersions } from "./list-trash.ts";
import { moveAlias } from "./move-alias.ts";
import { purgeVersion } from "./purge-version.ts";
import { trashModel } from "./trash-model.ts";
import { trashVersion } from "./trash-version.ts";

const registry = modelRegistry();
const ana = userActor("ana", { role: "maintainer" });
type Asked = { limit: number; cursor?: string };
const models = async (asked: Asked, ctx = registry.ctx) => {
  const { items, ...page } = await listTrashedModels(ctx, asked);
  return { ...page, names: items.map(({ name }) => name) };
};
const versions = async (asked: Asked, ctx = registry.ctx) => {
  const { items, ...page } = await listTrashedVersions(ctx, asked);
  return { ...page, names: items.map(({ model, version }) => `${model} ${version}`) };
};

/** The last trashed first. */
const MODELS = ["mine-b", "Second", "first"];
const VERSIONS = ["mine-c 1.0.0", "live 1.0.2", "live 1.0.0"];

beforeAll(async () => {
  for (const name of ["first", "Second", "mine-b"]) {
    await registry.register(name);
    await trashModel(registry.ctxFor(ana), { name });
  }
  for (let made = 0; made < 4; made += 1) await registry.register("live");
  await moveAlias(registry.ctx, { name: "live", alias: "champion", version: "1.0.2" });
  for (const ref of ["1.0.3", "1.0.0", "1.0.2"])
    await trashVersion(registry.ctxFor(ana), { name: "live", ref });
  await purgeVersion(registry.ctx, { name: "live", ref: "1.0.3" });
  await registry.register("mine-c");
  await trashVersion(registry.ctx, { name: "mine-c", ref: "1.0.0" });
});

it("gives the models, with who threw them away and when", async () => {
  expect(await models({ limit: 10 })).toEqual({ names: MODELS, total: 3, next_cursor: null });
  const { items } = await listTrashedModels(registry.ctx, { limit: 1 });
  expect(items[0]).toMatchObject({ name: "mine-b", deleted_by: "ana", version_count: 1 });
  expect(Date.parse(items[0]?.deleted_at ?? "")).toBeLessThanOrEqual(Date.now() + 1000);
});

it("gives the versions that were thrown away by themselves and are not gone for good", async () => {
  expect(await versions({ limit: 10 })).toEqual({ names: VERSIONS, total: 3, next_cursor: null });
  const { items } = await listTrashedVersions(registry.ctx, { limit: 2 });
  expect(items[1]).toMatchObject({ version: "1.0.2", aliases: ["champion"], deleted_by: "ana" });
});

it.each([
  ["models", models, MODELS],
  ["versions", versions, VERSIONS],
] as const)("gives all %s in pages, also those of one moment", async (table, list, names) => {
  const pageAll = async () => {
    const seen: string[] = [];
    for (let cursor: string | undefined; ; ) {
      const page = await list({ limit: 1, ...(cursor ? { cursor } : {}) });
      expect(page.total).toBe(3);
      seen.push(...page.names);
      if (page.next_cursor === null) return seen;
      cursor = page.next_cursor;
    }
  };
  expect(await pageAll()).toEqual(names);
  const at = new Date();
  const rows = { where: { deletedAt: { not: null } }, data: { deletedAt: at } };
  if (table === "models") await registry.ctx.db.model.updateMany(rows);
  else await registry.ctx.db.version.updateMany(rows);
  expect(await pageAll()).toEqual(names);
});

it("refuses a cursor of the other list", async () => {
  const { next_cursor } = await models({ limit: 1 });
  await expect(versions({ limit: 1, cursor: next_cursor ?? "" })).rejects.toMatchObject({
    code: "invalid_cursor",
  });
});

it("gives and counts only what the actor may see", async () => {
  const confined = registry.ctxFor(CONFINED);
  expect(await models({ limit: 10 }, confined)).toMatchObject({ names: ["mine-b"], total: 1 });
  expect(await versions({ limit: 10 }, confined)).toMatchObject({
    names: ["mine-c 1.0.0"],
    total: 1,
  });
});

it("takes a reader", async () => {
  for (const list of [models, versions]) {
    expect(await list({ limit: 10 }, registry.ctxFor(READER))).toMatchObject({ total: 3 });
    await expect(list({ limit: 10 }, registry.ctxFor(anonymous(true)))).rejects.toMatchObject({
      code: "unauthenticated",
    });
  }
});
