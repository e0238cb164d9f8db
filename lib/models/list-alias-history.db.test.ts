import { beforeAll, expect, it } from "vitest";
import { userActor } from "../../tests/support/actors.ts";
import { modelRegistry } from "../../tests/support/model-registry.ts";
import { expectRefusals } from "../../tests/support/refusals.ts";
import { listAliasHistory } from "./list-alias-history.ts";
import { moveAlias, removeAlias } from "./move-alias.ts";
import { trashModel } from "./trash-model.ts";

const registry = modelRegistry();
const list = (asked: { at?: Date; alias?: string } = {}) =>
  listAliasHistory(registry.ctx, { name: "net", alias: "champion", ...asked });
const DAYS = ["2026-01-01", "2026-01-02", "2026-01-03"].map((day) => new Date(day));
const [FIRST, SECOND, LAST] = DAYS as [Date, Date, Date];
const shifted = (at: Date, ms: number) => new Date(at.getTime() + ms);

beforeAll(async () => {
  await registry.register("Net");
  await registry.register("Net");
  const on = (at: Date) => ({ ...registry.ctxFor(userActor("ana")), now: () => at });
  const champion = { name: "net", alias: "champion" };
  await moveAlias(on(FIRST), { ...champion, version: "1.0.0" });
  await moveAlias(on(SECOND), { ...champion, version: "1.0.1" });
  await removeAlias(on(LAST), champion);
});

it("gives all moves, the newest first", async () => {
  const move = (from: string | null, to: string | null, at: Date) => ({
    alias: "champion",
    from_version: from,
    to_version: to,
    at: at.toISOString(),
    actor: "ana",
  });
  expect(await listAliasHistory(registry.ctx, { name: "NET", alias: "champion" })).toEqual({
    alias: "champion",
    version: null,
    items: [move("1.0.1", null, LAST), move("1.0.0", "1.0.1", SECOND), move(null, "1.0.0", FIRST)],
  });
});

it.each<[Date, string | null, number]>([
  [shifted(FIRST, -1), null, 0],
  [FIRST, "1.0.0", 1],
  [shifted(SECOND, -1), "1.0.0", 1],
  [SECOND, "1.0.1", 2],
  [LAST, null, 3],
])("tells what the alias named at %s", async (at, version, moves) => {
  const history = await list({ at });
  expect(history.version).toBe(version);
  expect(history.items).toHaveLength(moves);
});

it("tells the version of an alias whose moves are not known, as after a rebuild", async () => {
  await registry.register("rebuilt");
  await moveAlias(registry.ctx, { name: "rebuilt", alias: "prod", version: "1.0.0" });
  await registry.ctx.db.aliasEvent.deleteMany({ where: { alias: "prod" } });
  const asked = { name: "rebuilt", alias: "prod" };
  expect(await listAliasHistory(registry.ctx, asked)).toMatchObject({
    version: "1.0.0",
    items: [],
  });
});

it("knows no alias that never was", async () => {
  const notFound = { code: "alias_not_found" };
  await expect(list({ alias: "never" })).rejects.toMatchObject(notFound);
  await expect(list({ alias: "never", at: LAST })).rejects.toMatchObject(notFound);
});

it("gives none of a model in the trash", async () => {
  await registry.register("gone");
  await trashModel(registry.ctx, { name: "gone" });
  await expect(
    listAliasHistory(registry.ctx, { name: "gone", alias: "champion" }),
  ).rejects.toMatchObject({ code: "model_not_found" });
});

it("takes a reader who sees the model", async () => {
  await expectRefusals(registry, { least: "reader", hidden: "Net" }, (ctx, name) =>
    listAliasHistory(ctx, { name, alias: "champion" }),
  );
});
