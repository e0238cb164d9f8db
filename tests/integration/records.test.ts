/** Records in the storage follow the database, whatever happens beside them. */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import type { AppCtx } from "../../lib/app-context.ts";
import { composeServices, type Services } from "../../lib/compose.ts";
import { loadConfig } from "../../lib/config/load-config.ts";
import { moveAlias } from "../../lib/models/move-alias.ts";
import { purgeModel } from "../../lib/models/purge-model.ts";
import { purgeVersion } from "../../lib/models/purge-version.ts";
import { registerVersion } from "../../lib/models/register-version.ts";
import { setStage } from "../../lib/models/set-stage.ts";
import { restoreModel, trashModel } from "../../lib/models/trash-model.ts";
import { trashVersion } from "../../lib/models/trash-version.ts";
import { removeRecords, writeRecords } from "../../lib/models/write-records.ts";
import { createTestDatabase, type TestDatabase } from "../support/postgres.ts";

let database: TestDatabase;
let folder: string;
let services: Services;
let ctx: AppCtx;

beforeAll(async () => {
  database = await createTestDatabase("migrated");
});
afterAll(() => database.drop());
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "records-"));
  const config = loadConfig({
    DATABASE_URL: database.url,
    MODEL_REGISTRY_STORAGE__BASE_PATH: folder,
    MODEL_REGISTRY_LOG__LEVEL: "silent",
  });
  services = await composeServices(config, { background: false });
  ctx = services.createContext({ requestId: null, address: null });
  await ctx.db.$executeRaw`truncate model, blob cascade`;
  await ctx.db.$executeRaw`delete from graphile_worker._private_jobs`;
});
afterEach(async () => {
  await services.close();
  await rm(folder, { recursive: true, force: true });
});

const signal = new AbortController().signal;
type Job = { task: string; payload: never };
async function takeJobs(): Promise<Job[]> {
  const jobs = await ctx.db.$queryRaw<Job[]>`
    with taken as (delete from graphile_worker._private_jobs returning *)
    select tasks.identifier as task, taken.payload from taken
    join graphile_worker._private_tasks as tasks on tasks.id = taken.task_id
    where tasks.identifier in ('write-records', 'remove-records') order by taken.id`;
  return jobs;
}
const run = ({ task, payload }: Job) =>
  task === "write-records" ? writeRecords(ctx, payload) : removeRecords(ctx, payload, signal);
async function runAll(): Promise<void> {
  for (let jobs = await takeJobs(); jobs.length > 0; jobs = await takeJobs())
    for (const job of jobs) await run(job);
}

async function register(name: string, text: string, version?: string): Promise<void> {
  const writer = await ctx.storage.createWriter();
  await writer.write(new TextEncoder().encode(text));
  const { sha256, sizeBytes } = await writer.finish();
  await registerVersion(ctx, {
    registration: { name, ...(version ? { version } : {}) },
    files: [{ path: "notes.txt", sha256, sizeBytes, writer }],
    idempotencyKey: null,
  });
}
const read = async (path: string) =>
  JSON.parse(await readFile(join(folder, "metadata", path), "utf8"));
async function keys(): Promise<string[]> {
  const found: string[] = [];
  for await (const key of ctx.storage.list("metadata/")) found.push(key.slice("metadata/".length));
  return found.sort();
}

it("say what is registered, staged, named and thrown away, a version and a model apart", async () => {
  await register("Net", "one");
  await register("net", "two");
  expect(await keys()).toEqual([]);
  await runAll();
  expect(await keys()).toEqual(["net/1.0.0.json", "net/1.0.1.json", "net/model.json"]);
  await setStage(ctx, { name: "net", ref: "1.0.0", stage: "production" });
  const [job] = await takeJobs();
  expect(job?.payload).toMatchObject({ version_id: expect.stringMatching(/^\d+$/) });
  if (job) await run(job);
  expect(await read("net/1.0.0.json")).toMatchObject({ stage: "production", trashed: null });
  expect(await read("net/1.0.1.json")).toMatchObject({ stage: "none", number: 2 });
  await moveAlias(ctx, { name: "net", alias: "champion", version: "1.0.0" });
  await trashVersion(ctx, { name: "net", ref: "1.0.1" });
  await runAll();
  expect(await read("net/1.0.1.json")).toMatchObject({ trashed: { by: "anonymous" } });
  expect(await read("net/model.json")).toMatchObject({
    name: "Net",
    next_number: 3,
    aliases: [{ alias: "champion", version: "1.0.0" }],
  });
});

it("stay where they are when a model goes to the trash and comes back", async () => {
  await register("thrown", "x");
  await trashModel(ctx, { name: "thrown" });
  await runAll();
  expect(await keys()).toEqual(["thrown/1.0.0.json", "thrown/model.json"]);
  expect(await read("thrown/model.json")).toMatchObject({ trashed: { by: "anonymous" } });
  await restoreModel(ctx, { name: "thrown" });
  await runAll();
  expect(await read("thrown/model.json")).toMatchObject({ trashed: null });
});

it("of a version that is gone for good say just that", async () => {
  await register("kept", "x");
  await register("kept", "y");
  await trashVersion(ctx, { name: "kept", ref: "1.0.1" });
  await purgeVersion(ctx, { name: "kept", ref: "1.0.1" });
  await runAll();
  expect(Object.keys(await read("kept/1.0.1.json"))).toEqual([
    "record",
    "model",
    "version",
    "number",
    "purged_at",
  ]);
});

it("go with their model, also when one was being written meanwhile", async () => {
  await register("gone", "x");
  const late = await takeJobs();
  await trashModel(ctx, { name: "gone" });
  await purgeModel(ctx, { name: "gone" });
  await runAll();
  const put = ctx.storage.putDocument.bind(ctx.storage);
  await put("metadata/gone/1.0.0.json", Buffer.from("{}"));
  // What a writer does that had read the rows before the purge: it writes, and then finds nothing.
  for (const job of late) await run(job);
  await removeRecords(ctx, { name: "gone" }, signal);
  expect(await keys()).toEqual([]);
});

it("of a new model under the same name survive the removal of the old one's", async () => {
  await register("again", "x");
  await runAll();
  await trashModel(ctx, { name: "again" });
  await purgeModel(ctx, { name: "again" });
  const removal = await takeJobs();
  await register("again", "y", "2.0.0");
  await runAll();
  for (const job of removal) await run(job);
  await runAll();
  expect(await keys()).toEqual(["again/2.0.0.json", "again/model.json"]);
});

it("end as the database has them, however two writers meet", async () => {
  await register("raced", "x");
  const [job] = await takeJobs();
  if (!job) throw new Error("there is no job");
  const put = ctx.storage.putDocument.bind(ctx.storage);
  let isFirst = true;
  const slow: AppCtx = {
    ...ctx,
    storage: new Proxy(ctx.storage, {
      get(target, key) {
        const value = Reflect.get(target, key);
        if (key !== "putDocument") return typeof value === "function" ? value.bind(target) : value;
        return async (name: string, bytes: Uint8Array) => {
          if (isFirst && name.endsWith("1.0.0.json")) {
            isFirst = false;
            // A newer state is written while this older one is on its way.
            await setStage(ctx, { name: "raced", ref: "1.0.0", stage: "staging" });
            await runAll();
          }
          await put(name, bytes);
        };
      },
    }),
  };
  await writeRecords(slow, job.payload);
  expect(await read("raced/1.0.0.json")).toMatchObject({ stage: "staging" });
});

it("are not waited for: a storage that cannot write them holds nothing up", async () => {
  await register("quick", "x");
  await runAll();
  const failing = new Proxy(ctx.storage, {
    get(target, key) {
      const value = Reflect.get(target, key);
      if (key === "putDocument") return () => Promise.reject(new Error("read-only"));
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
  await setStage({ ...ctx, storage: failing }, { name: "quick", ref: "latest", stage: "staging" });
  const [job] = await takeJobs();
  await expect(writeRecords({ ...ctx, storage: failing }, job?.payload as never)).rejects.toThrow(
    "read-only",
  );
  if (job) await run(job);
  expect(await read("quick/1.0.0.json")).toMatchObject({ stage: "staging" });
});
