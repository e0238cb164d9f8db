import { expect, it } from "vitest";
import { inTransaction, type TransactionClient } from "#lib/db/transaction.ts";
import { userActor } from "../../tests/support/actors.ts";
import { modelRegistry } from "../../tests/support/model-registry.ts";
import { lockOrCreateModel } from "./lock-or-create-model.ts";
import type { Registration } from "./request-schema.ts";
import { trashModel } from "./trash-model.ts";

const registry = modelRegistry();
const ana = userActor("ana");
const lock = (registration: Registration, then = async (_: TransactionClient) => {}) =>
  inTransaction(registry.ctx.db, async (tx) => {
    const locked = await lockOrCreateModel(tx, registry.ctxFor(ana), registration);
    await then(tx);
    return locked;
  });

it("makes a model with the texts of its first registration", async () => {
  const fields = { description: "text", tags: { team: "a" } };
  const { model, isNew } = await lock({ name: "New", ...fields });
  expect(isNew).toBe(true);
  const row = await registry.ctx.db.model.findUniqueOrThrow({ where: { id: model.id } });
  expect(row).toMatchObject({
    name: "New",
    nameKey: "new",
    ...fields,
    owner: "ana",
    createdBy: "ana",
    createdById: ana.id,
    nextNumber: 1,
    versionCount: 0,
  });
});

it("finds a model by its name in any case, and changes nothing of it", async () => {
  const { model } = await lock({ name: "Known", description: "first" });
  const again = await lock({ name: "kNOWN", description: "second", tags: { a: "b" } });
  expect(again).toEqual({ model, isNew: false });
});

it("refuses the name of a model in the trash", async () => {
  await lock({ name: "Trashed" });
  await trashModel(registry.ctx, { name: "trashed" });
  await expect(lock({ name: "TRASHED" })).rejects.toMatchObject({
    code: "model_in_trash",
    problems: [{ pointer: "/name" }],
  });
});

it("holds the row until the transaction ends: the second of two waits, and finds the first one's", async () => {
  const order: string[] = [];
  const first = lock({ name: "raced" }, async (tx) => {
    await tx.$queryRaw`select 1 from pg_sleep(0.1)`;
    order.push("first");
  });
  // The first one is in its transaction by the time that the second begins.
  await expect.poll(() => waitingFor("pg_sleep")).toBe(1);
  const second = lock({ name: "raced" }, async () => void order.push("second"));
  const [one, two] = await Promise.all([first, second]);
  expect([one.isNew, two.isNew]).toEqual([true, false]);
  expect(order).toEqual(["first", "second"]);
});

it("makes the model again when the one that it waited for is deleted", async () => {
  const { model } = await lock({ name: "purged" });
  const purge = inTransaction(registry.ctx.db, async (tx) => {
    await tx.model.delete({ where: { id: model.id } });
    await tx.$queryRaw`select 1 from pg_sleep(0.1)`;
  });
  await expect.poll(() => waitingFor("pg_sleep")).toBe(1);
  const again = lock({ name: "Purged" });
  await purge;
  expect(await again).toMatchObject({ isNew: true, model: { name: "Purged" } });
});

async function waitingFor(text: string): Promise<number> {
  const [row] = await registry.ctx.db.$queryRaw<{ count: bigint }[]>`
    select count(*) from pg_stat_activity
    where query like ${`select 1 from ${text}%`} and state = 'active'`;
  return Number(row?.count ?? 0n);
}
