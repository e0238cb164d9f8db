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
  const held = Promise.withResolvers<void>();
  const first = lock({ name: "raced" }, async () => {
    held.resolve();
    await somebodyWaits();
    order.push("first");
  });
  await held.promise;
  const second = lock({ name: "RACED" }, async () => void order.push("second"));
  expect((await first).isNew).toBe(true);
  expect((await second).isNew).toBe(false);
  expect(order).toEqual(["first", "second"]);
});

it("makes the model again when the one that it waited for is deleted", async () => {
  const { model } = await lock({ name: "purged" });
  const held = Promise.withResolvers<void>();
  const purge = inTransaction(registry.ctx.db, async (tx) => {
    await tx.model.delete({ where: { id: model.id } });
    held.resolve();
    await somebodyWaits();
  });
  await held.promise;
  const again = lock({ name: "Purged" });
  await purge;
  expect(await again).toMatchObject({ isNew: true, model: { name: "Purged" } });
});

/** Until a query waits for a row that another transaction holds. */
async function somebodyWaits(): Promise<void> {
  const count = async () => {
    const [row] = await registry.ctx.db.$queryRaw<{ count: bigint }[]>`
      select count(*) from pg_stat_activity
      where datname = current_database() and wait_event_type = 'Lock'`;
    return row?.count;
  };
  await expect.poll(count, { timeout: 20_000, interval: 10 }).toBe(1n);
}
