import { setTimeout as sleep } from "node:timers/promises";
import { Client } from "pg";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createDatabase, type Database } from "#lib/db/client.ts";
import { inTransaction } from "#lib/db/transaction.ts";
import { createLogger } from "#lib/log.ts";
import { createTestDatabase, type TestDatabase } from "../../tests/support/postgres.ts";
import { addJob } from "./add-job.ts";
import { countJobs } from "./count-jobs.ts";
import { JobRunner } from "./job-runner.ts";
import type { JobHandlers } from "./tasks.ts";

const A = "a".repeat(64);
const log = createLogger("silent");
let database: TestDatabase;
let db: Database;
beforeAll(async () => {
  database = await createTestDatabase("migrated");
  db = createDatabase({ url: database.url, poolSize: 4 });
});
afterAll(async () => {
  await db.$disconnect();
  await database.drop();
});

const start = (handlers: JobHandlers) => JobRunner.start(database.url, handlers, log);
async function until(isTrue: () => boolean | Promise<boolean>): Promise<void> {
  for (let left = 1000; left > 0; left -= 1) {
    if (await isTrue()) return;
    await sleep(20);
  }
  throw new Error("It did not happen.");
}
const isEmpty = async () => {
  const { waiting, running } = await countJobs(db);
  return waiting + running === 0;
};

it("runs a job exactly when its transaction commits", async () => {
  const seen: unknown[] = [];
  const runner = await start({
    "compress-blob": async (payload) => {
      seen.push(payload);
    },
  });
  await expect(
    inTransaction(db, async (tx) => {
      await addJob(tx, "compress-blob", { sha256: "b".repeat(64) });
      throw new Error("rolled back");
    }),
  ).rejects.toThrow("rolled back");
  await inTransaction(db, (tx) => addJob(tx, "compress-blob", { sha256: A, standalone: true }));
  await until(isEmpty);
  await runner.close();
  expect(seen).toEqual([{ sha256: A, standalone: true }]);
});

it("keeps one waiting job of a key", async () => {
  for (let count = 0; count < 3; count += 1)
    await addJob(db, "compress-blob", { sha256: A }, { key: `compress-blob:${A}` });
  expect(await countJobs(db)).toMatchObject({ waiting: 1 });
  let runs = 0;
  const runner = await start({
    "compress-blob": async () => {
      runs += 1;
    },
  });
  await until(isEmpty);
  await runner.close();
  expect(runs).toBe(1);
});

it("stops a job that is told to, and runs it again", async () => {
  const ends: string[] = [];
  const slow: JobHandlers = {
    "compress-blob": (_payload, signal) =>
      new Promise((_resolve, reject) => {
        ends.push("begun");
        signal.addEventListener("abort", () => {
          ends.push("aborted");
          reject(new Error("stopped"));
        });
      }),
  };
  const first = await start(slow);
  await addJob(db, "compress-blob", { sha256: A });
  await until(() => ends.includes("begun"));
  await first.close();
  expect(ends).toEqual(["begun", "aborted"]);
  await makeDue();
  const second = await start({
    "compress-blob": async () => {
      ends.push("done");
    },
  });
  await until(isEmpty);
  await second.close();
  expect(ends.at(-1)).toBe("done");
});

it("runs the jobs of a worker that died, and leaves those of a living one alone", async () => {
  await addJob(db, "compress-blob", { sha256: A });
  await db.$executeRaw`
    update graphile_worker._private_jobs set locked_by = 'worker-of-a-dead-process', attempts = 1,
      locked_at = now()`;
  const living = new Client({ connectionString: database.url });
  await living.connect();
  await living.query("select pg_advisory_lock(7203115, hashtext('worker-of-a-dead-process'))");
  let runs = 0;
  const handlers: JobHandlers = {
    "compress-blob": async () => {
      runs += 1;
    },
  };
  const beside = await start(handlers);
  expect(await countJobs(db)).toMatchObject({ running: 1 });
  await beside.close();
  expect(runs).toBe(0);
  await living.end();
  const after = await start(handlers);
  await until(isEmpty);
  await after.close();
  expect(runs).toBe(1);
});

const makeDue = () => db.$executeRaw`update graphile_worker._private_jobs set run_at = now()`;
