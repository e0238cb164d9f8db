import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createTestDatabase, type TestDatabase } from "../../tests/support/postgres.ts";
import { createDatabase, type Database } from "./client.ts";
import { inTransaction } from "./transaction.ts";

let postgres: TestDatabase;
let db: Database;
beforeAll(async () => {
  postgres = await createTestDatabase("migrated");
  db = createDatabase({ url: postgres.url, poolSize: 2 });
  await db.model.create({ data: { name: "m", nameKey: "m", owner: "o", createdBy: "o" } });
});
afterAll(async () => {
  await db.$disconnect();
  await postgres.drop();
});

const withRelations = { versions: true, aliases: true, aliasEvents: true } as const;

it("a transaction that reads several relations at once sends one query at a time", async () => {
  const warnings: string[] = [];
  const note = ({ message }: Error) => warnings.push(message);
  process.on("warning", note);
  const [model] = await inTransaction(db, (tx) => tx.model.findMany({ include: withRelations }));
  expect(model).toMatchObject({ name: "m", versions: [], aliases: [], aliasEvents: [] });
  await inTransaction(db, (tx) => Promise.all([tx.model.count(), tx.version.count()]));
  // Node tells of a warning with the next tick.
  await sleep(10);
  process.off("warning", note);
  expect(warnings).toEqual([]);
});

it("a query that fails is followed by the rollback, and the connection is free again", async () => {
  const failing = inTransaction(db, async (tx) => {
    await tx.model.updateMany({ data: { owner: "somebody" } });
    await Promise.all([tx.$queryRaw`select 1 / 0`, tx.model.count()]);
  });
  await expect(failing).rejects.toThrow("division by zero");
  expect(await db.model.findMany({ select: { owner: true } })).toEqual([{ owner: "o" }]);
});
