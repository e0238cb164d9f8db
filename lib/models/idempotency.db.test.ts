import { expect, it } from "vitest";
import { OPEN, userActor } from "../../tests/support/actors.ts";
import { tinyModel } from "../../tests/support/model-files.ts";
import { modelRegistry } from "../../tests/support/model-registry.ts";
import { checkKey, forgetOldKeys } from "./idempotency.ts";
import { purgeModel } from "./purge-model.ts";
import { purgeVersion } from "./purge-version.ts";
import { registerVersion } from "./register-version.ts";
import type { Registration } from "./request-schema.ts";
import { trashModel } from "./trash-model.ts";
import { trashVersion } from "./trash-version.ts";

const registry = modelRegistry();

async function register(key: string, registration: Registration, { seed = 1, actor = OPEN } = {}) {
  return registerVersion(registry.ctxFor(actor), {
    registration,
    files: await registry.stage({ "model.safetensors": tinyModel(seed) }),
    idempotencyKey: key,
  });
}
const letPass = (hours: number) =>
  registry.ctx.db.$executeRaw`
    update idempotency_key set created_at = created_at - ${hours} * interval '1 hour'`;

it("the same registration sent twice makes one version", async () => {
  const first = await register("same", { name: "same" });
  const { answer, audit, records } = await registry.observe("same", () =>
    register("same", { name: "same" }),
  );
  expect(answer).toEqual({ created: false, version: first.version });
  expect([audit, records]).toEqual([[], []]);
});

it("it may spell the model's name in another case", async () => {
  const first = await register("spelled", { name: "Spelled" });
  expect(await register("spelled", { name: "sPELLED" })).toEqual({
    created: false,
    version: first.version,
  });
});

it("sent at once they make one version", async () => {
  const both = await Promise.all([1, 2].map(() => register("raced", { name: "raced" })));
  expect(both.map(({ created }) => created).sort()).toEqual([false, true]);
  expect(both[0]?.version).toEqual(both[1]?.version);
});

it("a key belongs to one registration of one actor", async () => {
  await register("mine", { name: "mine" });
  const conflict = { code: "idempotency_conflict" };
  await expect(register("mine", { name: "mine" }, { seed: 2 })).rejects.toMatchObject(conflict);
  await expect(register("mine", { name: "other" })).rejects.toMatchObject(conflict);
  await expect(register("mine", { name: "mine", bump: "major" })).rejects.toMatchObject(conflict);
  const other = await register("mine", { name: "mine" }, { actor: userActor("ana") });
  expect(other).toMatchObject({ created: true, version: { version: "1.0.1" } });
});

it("is checked before the body comes: whose model it is, and that nothing was deleted", async () => {
  await register("early", { name: "Early" });
  const check = (name?: string) => checkKey(registry.ctx, "early", name);
  await check();
  await check("eARLY");
  await checkKey(registry.ctx, null, "other");
  await checkKey(registry.ctx, "never used", "other");
  await checkKey(registry.ctxFor(userActor("ana")), "early", "other");
  await expect(check("other")).rejects.toMatchObject({ code: "idempotency_conflict" });
});

it.each<[string, (name: string) => Promise<void>]>([
  ["version_in_trash", (name) => trashVersion(registry.ctx, { name, ref: "1.0.0" })],
  [
    "version_purged",
    async (name) => {
      await trashVersion(registry.ctx, { name, ref: "1.0.0" });
      await purgeVersion(registry.ctx, { name, ref: "1.0.0" });
    },
  ],
  ["model_in_trash", (name) => trashModel(registry.ctx, { name })],
  [
    "version_purged",
    async (name) => {
      await trashModel(registry.ctx, { name });
      await purgeModel(registry.ctx, { name });
    },
  ],
])("a key whose version was deleted is refused with %s", async (code, remove) => {
  const name = `deleted-${remove}`.replace(/[^a-z-]/gi, "").slice(0, 60);
  await register(name, { name });
  await remove(name);
  await expect(checkKey(registry.ctx, name)).rejects.toMatchObject({ code });
  await expect(register(name, { name })).rejects.toMatchObject({ code });
});

it("a key is good for a day, and then for another registration", async () => {
  await register("day", { name: "day" });
  await letPass(23);
  expect(await register("day", { name: "day" })).toMatchObject({ created: false });
  await letPass(2);
  await checkKey(registry.ctx, "day", "other");
  expect(await register("day", { name: "day" }, { seed: 2 })).toMatchObject({
    created: true,
    version: { version: "1.0.1" },
  });
});

it("old keys are forgotten, young ones are not", async () => {
  await registry.ctx.db.idempotencyKey.deleteMany();
  await register("old", { name: "old" });
  await letPass(25);
  await register("young", { name: "young" });
  expect(await forgetOldKeys(registry.ctx)).toBe(1);
  expect(await registry.ctx.db.idempotencyKey.findMany()).toMatchObject([{ key: "young" }]);
});
