/** With `find-next-version.ts`, which registrations use as well. */
import { expect, it } from "vitest";
import { modelRegistry } from "../../tests/support/model-registry.ts";
import { expectRefusals } from "../../tests/support/refusals.ts";
import { findNextVersion } from "./find-next-version.ts";
import { proposeVersion } from "./propose-version.ts";
import { purgeVersion } from "./purge-version.ts";
import { trashModel } from "./trash-model.ts";
import { trashVersion } from "./trash-version.ts";

const registry = modelRegistry();
const propose = (name: string) => proposeVersion(registry.ctx, { name });
const register = (name: string, version: string) =>
  registry.register(name, { m: "text" }, { version });

it("proposes what may follow the latest version", async () => {
  await register("Net", "1.2.3");
  expect(await propose("NET")).toEqual({
    current: "1.2.3",
    patch: "1.2.4",
    minor: "1.3.0",
    major: "2.0.0",
  });
});

it("proposes the release after its pre-release, and never a lower one than the latest", async () => {
  await register("pre", "2.0.0-rc.1");
  expect(await propose("pre")).toMatchObject({ current: "2.0.0-rc.1", patch: "2.0.0" });
  await register("pre", "1.0.0");
  expect(await propose("pre")).toMatchObject({ current: "1.0.0", patch: "1.0.1", major: "2.0.0" });
});

it("passes over versions that were deleted, however many follow each other", async () => {
  await register("holes", "1.0.0");
  await register("holes", "1.0.1");
  await register("holes", "1.1.0");
  for (const ref of ["1.0.1", "1.1.0"]) await trashVersion(registry.ctx, { name: "holes", ref });
  await purgeVersion(registry.ctx, { name: "holes", ref: "1.1.0" });
  expect(await propose("holes")).toMatchObject({
    current: "1.0.0",
    patch: "1.0.2",
    minor: "1.2.0",
    major: "2.0.0",
  });
  const { id } = await registry.ctx.db.model.findUniqueOrThrow({ where: { nameKey: "holes" } });
  await registry.ctx.db.$executeRaw`
    insert into version (model_id, number, version, precedence, is_prerelease, digest, framework, format, size_bytes,
      stored_bytes, verdict, created_by, deleted_at)
    select ${id}, 10 + i, '1.0.' || i, 'x', false, repeat('0', 64), 'other', 'unknown', 0, 0, 'clean', 'o', now()
    from generate_series(2, 40) as i`;
  const model = { id, latestVersion: "1.0.0" };
  expect(await findNextVersion(registry.ctx.db, model, "patch")).toBe("1.0.41");
});

it("begins again where the only version was deleted, without its name", async () => {
  await register("empty", "1.0.0");
  await trashVersion(registry.ctx, { name: "empty", ref: "1.0.0" });
  expect(await propose("empty")).toMatchObject({ current: null, patch: "1.0.1", major: "2.0.0" });
});

it("proposes nothing for a model in the trash", async () => {
  await register("gone", "1.0.0");
  await trashModel(registry.ctx, { name: "gone" });
  await expect(propose("gone")).rejects.toMatchObject({ code: "model_not_found" });
});

it("takes a reader who sees the model", async () => {
  await register("theirs", "1.0.0");
  await expectRefusals(registry, { least: "reader", hidden: "theirs" }, (ctx, name) =>
    proposeVersion(ctx, { name }),
  );
});
