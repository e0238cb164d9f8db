import { expect, it } from "vitest";
import { userActor } from "../../tests/support/actors.ts";
import { modelRegistry } from "../../tests/support/model-registry.ts";
import { expectRefusals } from "../../tests/support/refusals.ts";
import { listAliasHistory } from "./list-alias-history.ts";
import { moveAlias } from "./move-alias.ts";
import { purgeVersion } from "./purge-version.ts";
import { trashModel } from "./trash-model.ts";
import { trashVersion } from "./trash-version.ts";

const registry = modelRegistry();
const notFound = { code: "version_not_found" };
const rowOf = (name: string, version: string) =>
  registry.ctx.db.version.findFirstOrThrow({
    where: { model: { name }, version },
    include: { files: true, tensors: true, aliases: true },
  });

it("deletes files, tensors and aliases, and keeps the row", async () => {
  await registry.register("Net");
  await moveAlias(registry.ctx, { name: "net", alias: "champion", version: "1.0.0" });
  await trashVersion(registry.ctx, { name: "net", ref: "1.0.0" });
  const ctx = registry.ctxFor(userActor("ana", { role: "maintainer" }));
  const { audit, records } = await registry.observe("Net", () =>
    purgeVersion(ctx, { name: "NET", ref: "1.0.0" }),
  );
  expect(audit).toMatchObject([
    {
      action: "version.purged",
      version: "1.0.0",
      actor: "ana",
      detail: { aliases: ["champion"], trashed_at: expect.stringMatching(/^\d{4}-/) },
    },
  ]);
  expect(records).toEqual(["write Net 1.0.0"]);
  expect(await rowOf("Net", "1.0.0")).toMatchObject({
    files: [],
    tensors: [],
    aliases: [],
    purgedAt: expect.any(Date),
    sizeBytes: 0n,
    storedBytes: 0n,
    tensorCount: 0,
  });
  const history = await listAliasHistory(registry.ctx, { name: "net", alias: "champion" });
  expect(history).toMatchObject({ version: null });
  expect(history.items[0]).toMatchObject({ from_version: "1.0.0", to_version: null, actor: "ana" });
});

it("leaves neither the number nor the version free", async () => {
  await registry.register("used");
  await trashVersion(registry.ctx, { name: "used", ref: "1.0.0" });
  await purgeVersion(registry.ctx, { name: "used", ref: "1.0.0" });
  await expect(registry.register("used", undefined, { version: "1.0.0" })).rejects.toMatchObject({
    code: "version_purged",
  });
  expect((await registry.register("used")).version).toMatchObject({ version: "1.0.1", number: 2 });
});

it("purges only what is in the trash by itself, once, and is named by its version", async () => {
  await registry.register("picky");
  await registry.register("picky");
  const purge = (ref: string) => purgeVersion(registry.ctx, { name: "picky", ref });
  const { audit, records } = await registry.observe("picky", async () => {
    for (const ref of ["1.0.0", "9.9.9", "latest"])
      await expect(purge(ref)).rejects.toMatchObject(notFound);
  });
  expect([audit, records]).toEqual([[], []]);
  await trashVersion(registry.ctx, { name: "picky", ref: "1.0.1" });
  await purge("1.0.1");
  await expect(purge("1.0.1")).rejects.toMatchObject(notFound);
  await trashVersion(registry.ctx, { name: "picky", ref: "1.0.0" });
  await trashModel(registry.ctx, { name: "picky" });
  await expect(purge("1.0.0")).rejects.toMatchObject({ code: "model_not_found" });
});

it("leaves a version that has not been in the trash for long enough", async () => {
  await registry.register("young");
  await trashVersion(registry.ctx, { name: "young", ref: "1.0.0" });
  const purge = () =>
    purgeVersion(registry.ctx, { name: "young", ref: "1.0.0", trashedForMs: 60_000 });
  await expect(purge()).rejects.toMatchObject(notFound);
  await registry.ctx.db.$executeRaw`
    update version set deleted_at = deleted_at - interval '1 minute'
    where model_id = (select id from model where name = 'young')`;
  await purge();
  expect(await rowOf("young", "1.0.0")).toMatchObject({ purgedAt: expect.any(Date) });
});

it("takes a maintainer who sees the model", async () => {
  await registry.register("theirs");
  await trashVersion(registry.ctx, { name: "theirs", ref: "1.0.0" });
  await expectRefusals(registry, { least: "maintainer", hidden: "theirs" }, (ctx, name) =>
    purgeVersion(ctx, { name, ref: "1.0.0" }),
  );
});
