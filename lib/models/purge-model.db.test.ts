import { expect, it } from "vitest";
import { userActor } from "../../tests/support/actors.ts";
import { modelRegistry } from "../../tests/support/model-registry.ts";
import { expectRefusals } from "../../tests/support/refusals.ts";
import { purgeModel } from "./purge-model.ts";
import { restoreModel, trashModel } from "./trash-model.ts";

const registry = modelRegistry();
const notFound = { code: "model_not_found" };

it("deletes a model of the trash with its versions, and says so in the audit", async () => {
  await registry.register("Gone");
  await registry.register("gone");
  await trashModel(registry.ctx, { name: "gone" });
  const ctx = registry.ctxFor(userActor("ana", { role: "maintainer" }));
  const { audit, records } = await registry.observe("Gone", () =>
    purgeModel(ctx, { name: "GONE" }),
  );
  expect(audit).toMatchObject([
    {
      action: "model.purged",
      version: null,
      actor: "ana",
      detail: { versions: 2, trashed_at: expect.stringMatching(/^\d{4}-/) },
    },
  ]);
  expect(records).toEqual(["remove Gone"]);
  expect(await registry.ctx.db.version.count({ where: { model: { nameKey: "gone" } } })).toBe(0);
  await expect(restoreModel(registry.ctx, { name: "gone" })).rejects.toMatchObject(notFound);
});

it("makes the name free for another model, which begins at the first version", async () => {
  await registry.register("again");
  await trashModel(registry.ctx, { name: "again" });
  await purgeModel(registry.ctx, { name: "again" });
  const { version } = await registry.register("AGAIN");
  expect(version).toMatchObject({ model: "AGAIN", version: "1.0.0", number: 1 });
});

it("leaves a model that is not in the trash", async () => {
  await registry.register("alive");
  const { audit, records } = await registry.observe("alive", () =>
    expect(purgeModel(registry.ctx, { name: "alive" })).rejects.toMatchObject(notFound),
  );
  expect([audit, records]).toEqual([[], []]);
});

it("leaves a model that has not been in the trash for long enough", async () => {
  await registry.register("young");
  await trashModel(registry.ctx, { name: "young" });
  const purge = (trashedForMs: number) => purgeModel(registry.ctx, { name: "young", trashedForMs });
  await expect(purge(60_000)).rejects.toMatchObject(notFound);
  await registry.ctx.db.$executeRaw`
    update model set deleted_at = deleted_at - interval '1 minute' where name = 'young'`;
  await purge(60_000);
  expect(await registry.ctx.db.model.count({ where: { nameKey: "young" } })).toBe(0);
});

it("takes a maintainer who sees the model", async () => {
  await registry.register("theirs");
  await trashModel(registry.ctx, { name: "theirs" });
  await expectRefusals(registry, { least: "maintainer", hidden: "theirs" }, (ctx, name) =>
    purgeModel(ctx, { name }),
  );
});
