import { expect, it } from "vitest";
import { modelRegistry } from "../../tests/support/model-registry.ts";
import { purgeModel } from "./purge-model.ts";
import { removePurged } from "./remove-purged.ts";
import { trashModel } from "./trash-model.ts";

const registry = modelRegistry();
const before = { models: 0, versions: 0 };
const run = (save = async () => {}, signal = new AbortController().signal) =>
  removePurged(registry.ctx, { signal, before, save });
const rows = async () => [
  await registry.ctx.db.model.count(),
  await registry.ctx.db.version.count(),
];

/** A model in the trash with versions that have no bytes. */
async function purgeOne(name: string, versions: number): Promise<void> {
  await registry.register(name);
  const { id } = await registry.ctx.db.model.findUniqueOrThrow({ where: { nameKey: name } });
  await registry.ctx.db.$executeRaw`
    insert into version (model_id, number, version, precedence, is_prerelease, digest, framework, format,
      size_bytes, stored_bytes, verdict, created_by)
    select ${id}, n, n || '.0.0', lpad(n::text, 8, '0'), false, md5(n::text) || md5('x'), 'other', 'unknown', 0, 0, 'clean', 'x'
    from generate_series(2, ${versions}::int) as n`;
  await trashModel(registry.ctx, { name });
  await purgeModel(registry.ctx, { name });
}

it("goes on where a run before it was cut, and leaves everything else", async () => {
  await registry.register("alive");
  await purgeOne("big", 45);
  const cut = new AbortController();
  const cutAfterOne = async () => cut.abort(new Error("cut"));
  await expect(run(cutAfterOne, cut.signal)).rejects.toThrow("cut");
  expect(await rows()).toEqual([2, 26]);
  expect(await run()).toEqual({ models: 1, versions: 25 });
  expect(await rows()).toEqual([1, 1]);
  expect(
    await registry.ctx.db.tensor.count({ where: { version: { model: { name: "big" } } } }),
  ).toBe(0);
});

it("removes what several purges left, also under one name", async () => {
  await purgeOne("again", 1);
  await purgeOne("again", 1);
  expect(await registry.jobsOf("remove-purged")).toHaveLength(1);
  expect(await run()).toEqual({ models: 2, versions: 2 });
});
