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
import { LANES } from "./lanes.ts";
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
  const { waiting, scheduled, running } = await countJobs(db);
  return waiting + scheduled + running === 0;
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

it("counts a job that is due later apart from those that wait for a worker", async () => {
  await addJob(db, "compress-blob", { sha256: A }, { key: "later", runAt: new Date(4e12) });
  expect(await countJobs(db)).toMatchObject({ waiting: 0, scheduled: 1 });
  await db.$executeRaw`select graphile_worker.remove_job('later')`;
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

it.each(["cpu", "io"] as const)(
  "runs a short job while all places of the %s lane are taken",
  async (lane) => {
    const long = { cpu: "compress-blob", io: "check-blob" } as const;
    const ends: string[] = [];
    const runner = await start({
      [long[lane]]: (_payload: unknown, signal: AbortSignal) =>
        new Promise<void>((resolve) => {
          ends.push("long begun");
          signal.addEventListener("abort", () => resolve());
        }),
      "compress-pending": async () => {
        ends.push("short done");
      },
    });
    const { concurrency } = LANES[lane];
    for (let count = 0; count <= concurrency; count += 1)
      await addJob(db, long[lane], { sha256: count.toString(16).padStart(64, "0") });
    await until(() => ends.length === concurrency);
    await addJob(db, "compress-pending", {});
    await until(() => ends.includes("short done"));
    expect(ends).toHaveLength(concurrency + 1);
    expect(await countJobs(db)).toMatchObject({ running: concurrency, waiting: 1 });
    expect(runner.loads).toEqual({ short: 0, [lane]: concurrency });
    await runner.close();
    await db.$executeRaw`truncate graphile_worker._private_jobs`;
  },
);

it("holds a lock for each lane, so that the jobs of all are released when the process dies", async () => {
  const running = new Set<string>();
  const wait = (name: string) => (_payload: unknown, signal: AbortSignal) =>
    new Promise<void>((resolve) => {
      running.add(name);
      signal.addEventListener("abort", () => resolve());
    });
  const runner = await start({
    "compress-blob": wait("compress-blob"),
    "check-blob": wait("check-blob"),
    "compress-pending": wait("compress-pending"),
  });
  await addJob(db, "compress-blob", { sha256: A });
  await addJob(db, "check-blob", { sha256: A });
  await addJob(db, "compress-pending", {});
  await until(() => running.size === 3);
  const [locks] = await db.$queryRaw<{ held: bigint; holders: bigint }[]>`
    select count(distinct locked_by) as holders, (
      select count(*) from pg_locks where locktype = 'advisory' and classid = 7203115 and objsubid = 2
        and database = (select oid from pg_database where datname = current_database())
    ) as held from graphile_worker.jobs where locked_by is not null`;
  expect(locks).toEqual({ held: 3n, holders: 3n });
  // A process that comes meanwhile leaves them alone.
  const beside = await start({ "check-blob": wait("beside") });
  expect(await countJobs(db)).toMatchObject({ running: 3 });
  await Promise.all([beside.close(), runner.close()]);
  await db.$executeRaw`truncate graphile_worker._private_jobs`;
});

const makeDue = () => db.$executeRaw`update graphile_worker._private_jobs set run_at = now()`;
