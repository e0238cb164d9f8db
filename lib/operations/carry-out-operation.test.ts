import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import type { Ctx } from "#lib/context.ts";
import { createDatabase, type Database } from "#lib/db/client.ts";
import { RegistryError } from "#lib/errors.ts";
import { createLogger } from "#lib/log.ts";
import { OPEN } from "../../tests/support/actors.ts";
import { createTestDatabase, type TestDatabase } from "../../tests/support/postgres.ts";
import { tamper } from "../../tests/support/tamper.ts";
import { cancelOperation } from "./cancel-operation.ts";
import { ATTEMPTS_MAX, carryOutOperation, type Work } from "./carry-out-operation.ts";
import { getOperation } from "./get-operation.ts";
import { JobRunner } from "./job-runner.ts";
import { resumeOperations } from "./resume-operations.ts";
import { retryOperation } from "./retry-operation.ts";
import { startOperation } from "./start-operation.ts";

const log = createLogger("silent");
let database: TestDatabase;
let db: Database;
let ctx: Ctx;
let runner: JobRunner | null = null;
beforeAll(async () => {
  database = await createTestDatabase("migrated");
  db = createDatabase({ url: database.url, poolSize: 6 });
  const now = () => new Date();
  ctx = { actor: OPEN, db, log, now, requestId: null, address: null } as unknown as Ctx;
});
afterAll(async () => {
  await db.$disconnect();
  await database.drop();
});
afterEach(async () => {
  await runner?.close();
  runner = null;
  await db.$executeRaw`truncate operation, graphile_worker._private_jobs cascade`;
  await tamper(database.url, "truncate audit, audit_unchained");
});

/** The queue of one process, whose collections do `work`. */
async function run(work: Work): Promise<void> {
  runner = await JobRunner.start(
    database.url,
    { "collect-blobs": (job, signal) => carryOutOperation(ctx, job.operation_id, signal, work) },
    log,
  );
}

/** The process ends as at a shutdown. */
async function stop(): Promise<void> {
  await runner?.close();
  runner = null;
}

async function begin(): Promise<string> {
  const row = await startOperation(ctx, { kind: "collection", subject: null });
  return row.id.toString();
}

const get = (id: string) => getOperation(ctx, { id });
const state = async (id: string) => (await get(id)).state;
const reaches = (id: string, wanted: string) =>
  expect.poll(() => state(id), { timeout: 30_000, interval: 20 }).toBe(wanted);
const makeDue = () =>
  db.$executeRaw`update graphile_worker._private_jobs set run_at = now() where locked_at is null`;
const jobs = () =>
  db.$queryRaw<{ key: string; is_due: boolean }[]>`
    select key, run_at <= now() as is_due from graphile_worker.jobs`;

const untilAborted: Work = (_row, { signal }) =>
  new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason)));

it("tries again after a failure, which it keeps until an attempt succeeds", async () => {
  let attempts = 0;
  await run(async (row, { save }) => {
    attempts += 1;
    await save({
      freed_blobs: Number((row.progress as { freed_blobs?: number }).freed_blobs ?? 0) + 1,
    });
    if (attempts < 3) throw new Error(`the disk is away (${attempts})`);
    return { progress: { freed_bytes: 7 } };
  });
  const id = await begin();
  for (const failed of [1, 2]) {
    await expect.poll(async () => (await get(id)).attempts, { timeout: 30_000 }).toBe(failed);
    const error = `the disk is away (${failed})`;
    expect(await get(id)).toMatchObject({ state: "queued", error, finished_at: null });
    await expect.poll(jobs).toEqual([{ key: `operation:${id}`, is_due: false }]);
    await makeDue();
  }
  await reaches(id, "done");
  expect(await get(id)).toMatchObject({
    attempts: 2,
    error: null,
    progress: { freed_blobs: 3, freed_bytes: 7 },
  });
});

it("waits for the queue's next attempt without anybody's help", async () => {
  let attempts = 0;
  await run(async () => {
    attempts += 1;
    if (attempts === 1) throw new Error("once");
    return { progress: {} };
  });
  const id = await begin();
  await reaches(id, "done");
  expect(attempts).toBe(2);
});

it("has failed after the last attempt, and goes on from its progress when it is retried by hand", async () => {
  let isBroken = true;
  await run(async (row, { save }) => {
    await save({ freed_blobs: 5 });
    if (isBroken) throw new Error("broken");
    return { progress: row.progress as Record<string, number> };
  });
  const id = await begin();
  for (let failed = 1; failed < ATTEMPTS_MAX; failed += 1) {
    await expect.poll(async () => (await get(id)).attempts, { timeout: 30_000 }).toBe(failed);
    expect(await state(id)).toBe("queued");
    await expect.poll(async () => (await jobs())[0]?.is_due).toBe(false);
    await makeDue();
  }
  await reaches(id, "failed");
  const failed = await get(id);
  expect(failed).toMatchObject({ attempts: ATTEMPTS_MAX, error: "broken" });
  expect(failed.finished_at).not.toBeNull();
  await expect.poll(jobs).toEqual([]);

  isBroken = false;
  expect(await retryOperation(ctx, { id })).toMatchObject({
    state: "queued",
    attempts: 0,
    error: null,
    finished_at: null,
  });
  await reaches(id, "done");
  expect(await get(id)).toMatchObject({ progress: { freed_blobs: 5 }, attempts: 0 });
  const actions = await db.auditEntry.findMany({ select: { action: true } });
  expect(actions).toEqual([{ action: "operation.retried" }]);
  await expect(retryOperation(ctx, { id })).rejects.toMatchObject({
    code: "operation_not_retryable",
  });
});

it("fails at once where another attempt would end the same way", async () => {
  await run(async () => {
    throw new RegistryError("model_not_found", "There is no model named x.");
  });
  const id = await begin();
  await reaches(id, "failed");
  expect(await get(id)).toMatchObject({ attempts: 1, error: "There is no model named x." });
  await expect.poll(jobs).toEqual([]);
});

it("cancels one that waits at once, and its job does nothing", async () => {
  const id = await begin();
  expect(await cancelOperation(ctx, { id })).toMatchObject({
    state: "cancelled",
    started_at: null,
  });
  let runs = 0;
  await run(async () => {
    runs += 1;
    return { progress: {} };
  });
  await expect.poll(jobs).toEqual([]);
  expect(runs).toBe(0);
  await expect(cancelOperation(ctx, { id })).rejects.toMatchObject({
    code: "operation_not_cancellable",
  });
  await retryOperation(ctx, { id });
  await reaches(id, "done");
  expect(runs).toBe(1);
});

it("ends one that runs in another process within two seconds", async () => {
  await run(untilAborted);
  const id = await begin();
  await reaches(id, "running");
  const asked = performance.now();
  const answer = await cancelOperation(ctx, { id });
  expect(answer).toMatchObject({ state: "running" });
  expect(answer.cancel_requested_at).not.toBeNull();
  // Asking again is no error while it ends.
  expect(await cancelOperation(ctx, { id })).toEqual(answer);
  await reaches(id, "cancelled");
  expect(performance.now() - asked).toBeLessThan(2_500);
  expect(await get(id)).toMatchObject({ attempts: 0, error: null });
  await expect.poll(jobs).toEqual([]);
});

it("is cancelled, not failed, when its work ends in an error meanwhile", async () => {
  await run(async (_row, { signal }) => {
    while (!signal.aborted) await sleep(10);
    throw new Error("the thread is gone");
  });
  const id = await begin();
  await reaches(id, "running");
  await cancelOperation(ctx, { id });
  await reaches(id, "cancelled");
  expect(await get(id)).toMatchObject({ attempts: 0, error: null });
});

it("stays running over a shutdown, and is taken up again at once", async () => {
  await run(untilAborted);
  const id = await begin();
  await reaches(id, "running");
  await stop();
  expect(await get(id)).toMatchObject({ state: "running", attempts: 0, error: null });
  await run(async () => ({ progress: {} }));
  // Its job waits for the queue's next attempt, seconds away; the clock of the queue does not wait.
  expect(await jobs()).toEqual([{ key: `operation:${id}`, is_due: false }]);
  await resumeOperations(ctx);
  await reaches(id, "done");
});

it("ends as cancelled after a shutdown when that was asked for meanwhile", async () => {
  await run(untilAborted);
  const id = await begin();
  await reaches(id, "running");
  await stop();
  await cancelOperation(ctx, { id });
  expect(await state(id)).toBe("running");
  await run(async () => ({ progress: {} }));
  await resumeOperations(ctx);
  await reaches(id, "cancelled");
});

it("leaves the pause between two attempts alone, and queues one again that has lost its job", async () => {
  await run(async () => {
    throw new Error("broken");
  });
  const id = await begin();
  await expect.poll(async () => (await get(id)).attempts, { timeout: 30_000 }).toBe(1);
  await expect.poll(async () => (await jobs())[0]?.is_due).toBe(false);
  await stop();
  await resumeOperations(ctx);
  expect(await jobs()).toEqual([{ key: `operation:${id}`, is_due: false }]);
  await db.$executeRaw`truncate graphile_worker._private_jobs`;
  await resumeOperations(ctx);
  expect(await jobs()).toEqual([{ key: `operation:${id}`, is_due: true }]);
});

it("runs one collection at a time, by whatever way the second one comes", async () => {
  const first = await begin();
  await expect(begin()).rejects.toMatchObject({ code: "run_in_progress" });
  await cancelOperation(ctx, { id: first });
  await begin();
  await expect(retryOperation(ctx, { id: first })).rejects.toMatchObject({
    code: "run_in_progress",
  });
  expect(await state(first)).toBe("cancelled");
});

it("says what an operation had to leave out that is done all the same", async () => {
  await run(async () => ({ progress: {}, error: "1 blob could not be read" }));
  const id = await begin();
  await reaches(id, "done");
  expect((await get(id)).error).toBe("1 blob could not be read");
});
