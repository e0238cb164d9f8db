import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createTestDatabase, type TestDatabase } from "../../tests/support/postgres.ts";
import { createDatabase, type Database } from "./client.ts";
import { databaseTrouble, isSerializationConflict, isUniqueViolation } from "./database-errors.ts";
import { inTransaction } from "./transaction.ts";

let testDatabase: TestDatabase;
let db: Database;
beforeAll(async () => {
  testDatabase = await createTestDatabase("empty");
  db = createDatabase({ url: testDatabase.url, poolSize: 4 });
  await db.$executeRaw`CREATE TABLE account (id int PRIMARY KEY, balance int, email text)`;
  await db.$executeRaw`CREATE UNIQUE INDEX account_email ON account (lower(email))`;
});
afterAll(async () => {
  await db.$disconnect();
  await testDatabase.drop();
});
beforeEach(async () => {
  await db.$executeRaw`TRUNCATE account`;
  await db.$executeRaw`INSERT INTO account VALUES (1, 0, 'a@x'), (2, 0, 'b@x')`;
});

const balances = async () => {
  const rows = await db.$queryRaw<{ balance: number }[]>`SELECT balance FROM account ORDER BY id`;
  return rows.map((row) => row.balance);
};

describe("inTransaction", () => {
  it("rolls everything back when the work throws, and throws the same error", async () => {
    const failure = new Error("no");
    const work = inTransaction(db, async (tx) => {
      await tx.$executeRaw`UPDATE account SET balance = 5`;
      throw failure;
    });
    await expect(work).rejects.toBe(failure);
    expect(await balances()).toEqual([0, 0]);
  });

  it("runs a transaction again that lost against a concurrent one", async () => {
    let runs = 0;
    const increment = () =>
      inTransaction(
        db,
        async (tx) => {
          runs += 1;
          const [row] = await tx.$queryRaw<{ balance: number }[]>`
            SELECT balance FROM account WHERE id = 1`;
          await new Promise((resolve) => setTimeout(resolve, 20));
          const next = (row?.balance ?? 0) + 1;
          await tx.$executeRaw`UPDATE account SET balance = ${next} WHERE id = 1`;
        },
        { isolationLevel: "Serializable" },
      );
    await Promise.all([increment(), increment(), increment()]);
    expect((await balances())[0]).toBe(3);
    expect(runs).toBeGreaterThan(3);
  });

  it("runs the victim of a deadlock again", async () => {
    let runs = 0;
    let waiting = 0;
    const bothHoldOne = async () => {
      waiting += 1;
      for (let turn = 0; waiting < 2 && turn < 500; turn += 1) {
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    };
    const add = (first: number, second: number) =>
      inTransaction(db, async (tx) => {
        runs += 1;
        await tx.$executeRaw`UPDATE account SET balance = balance + 1 WHERE id = ${first}`;
        await bothHoldOne();
        await tx.$executeRaw`UPDATE account SET balance = balance + 1 WHERE id = ${second}`;
      });
    await Promise.all([add(1, 2), add(2, 1)]);
    expect(await balances()).toEqual([2, 2]);
    expect(runs).toBe(3);
  });

  it("gives up after a bounded number of conflicts", async () => {
    let runs = 0;
    const work = inTransaction(db, async (tx) => {
      runs += 1;
      await tx.$executeRawUnsafe(
        "DO $$ BEGIN RAISE EXCEPTION 'again' USING ERRCODE = '40001'; END $$",
      );
    });
    await expect(work).rejects.toSatisfy(isSerializationConflict);
    expect(runs).toBe(8);
  });

  it("does not repeat what failed for another reason", async () => {
    let runs = 0;
    const work = inTransaction(db, async (tx) => {
      runs += 1;
      await tx.$executeRaw`INSERT INTO account VALUES (1, 0, 'c@x')`;
    });
    await expect(work).rejects.toSatisfy((error) => isUniqueViolation(error));
    expect(runs).toBe(1);
  });
});

describe("errors of the database", () => {
  it("tells a unique violation by its constraint's name", async () => {
    const error = await db.$executeRaw`INSERT INTO account VALUES (3, 0, 'A@X')`.catch(
      (thrown: unknown) => thrown,
    );
    expect(isUniqueViolation(error)).toBe(true);
    expect(isUniqueViolation(error, "account_email")).toBe(true);
    expect(isUniqueViolation(error, "account_pkey")).toBe(false);
    expect(isSerializationConflict(error)).toBe(false);
    expect(databaseTrouble(error)).toBeNull();
  });

  it("does not believe a message that only looks like a violation", () => {
    const error = new Error('duplicate key value violates unique constraint "account_email" 23505');
    expect(isUniqueViolation(error)).toBe(false);
  });

  it("tells a database that is not there or cuts the connection", async () => {
    const nowhere = createDatabase({ url: "postgresql://u:p@127.0.0.1:1/x", poolSize: 1 });
    const refused = await nowhere.$queryRaw`SELECT 1`.catch((thrown: unknown) => thrown);
    expect(databaseTrouble(refused)).toBe("silent");
    const cut = await db.$queryRaw`SELECT pg_terminate_backend(pg_backend_pid())`.catch(
      (thrown: unknown) => thrown,
    );
    expect(databaseTrouble(cut)).toBe("silent");
    expect(await balances()).toEqual([0, 0]);
  });
});
