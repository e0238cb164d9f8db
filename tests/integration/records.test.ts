/** Records in the storage follow the database, whatever happens beside them. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, expect, it } from "vitest";
import { getVersion } from "../../lib/models/get-version.ts";
import type { ModelCtx } from "../../lib/models/model-context.ts";
import { moveAlias } from "../../lib/models/move-alias.ts";
import { purgeModel } from "../../lib/models/purge-model.ts";
import { purgeVersion } from "../../lib/models/purge-version.ts";
import { setStage } from "../../lib/models/set-stage.ts";
import { restoreModel, trashModel } from "../../lib/models/trash-model.ts";
import { trashVersion } from "../../lib/models/trash-version.ts";
import { writeRecords } from "../../lib/models/write-records.ts";
import { modelRegistry } from "../support/model-registry.ts";

const registry = modelRegistry();
let ctx: ModelCtx;
beforeEach(async () => {
  ctx = registry.ctx;
  await registry.clear();
});

const register = (name: string, text: string, version?: string) =>
  registry.register(name, { "notes.txt": text }, version ? { version } : {});
const read = async (path: string) =>
  JSON.parse(await readFile(join(registry.folder, "metadata", path), "utf8"));
async function keys(): Promise<string[]> {
  const found: string[] = [];
  for await (const key of ctx.storage.list("metadata/")) found.push(key.slice("metadata/".length));
  return found.sort();
}

/** Does something once, when the first record at this place is about to be written. */
function beforePut(place: string, happen: () => Promise<void>): ModelCtx {
  let isFirst = true;
  const storage = new Proxy(ctx.storage, {
    get(target, key) {
      const value = Reflect.get(target, key);
      if (key !== "putDocument") return typeof value === "function" ? value.bind(target) : value;
      return async (name: string, bytes: Uint8Array) => {
        if (isFirst && name.endsWith(place)) {
          isFirst = false;
          await happen();
        }
        await target.putDocument(name, bytes);
      };
    },
  });
  return { ...ctx, storage };
}

it("say what is registered, staged, named and thrown away, a version and a model apart", async () => {
  await register("Net", "one");
  await register("net", "two");
  expect(await keys()).toEqual([]);
  await registry.writeRecords();
  expect(await keys()).toEqual(["net/1.0.0.json", "net/1.0.1.json", "net/model.json"]);
  await setStage(ctx, { name: "net", ref: "1.0.0", stage: "production" });
  const [job] = await registry.takeRecordJobs();
  expect(job?.payload).toMatchObject({ version_id: expect.stringMatching(/^\d+$/) });
  if (job) await registry.runRecordJob(job);
  expect(await read("net/1.0.0.json")).toMatchObject({ stage: "production", trashed: null });
  expect(await read("net/1.0.1.json")).toMatchObject({ stage: "none", number: 2 });
  await moveAlias(ctx, { name: "net", alias: "champion", version: "1.0.0" });
  await trashVersion(ctx, { name: "net", ref: "1.0.1" });
  await registry.writeRecords();
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
  await registry.writeRecords();
  expect(await keys()).toEqual(["thrown/1.0.0.json", "thrown/model.json"]);
  expect(await read("thrown/model.json")).toMatchObject({ trashed: { by: "anonymous" } });
  await restoreModel(ctx, { name: "thrown" });
  await registry.writeRecords();
  expect(await read("thrown/model.json")).toMatchObject({ trashed: null });
});

it("of a version that is gone for good say just that", async () => {
  await register("kept", "x");
  await register("kept", "y");
  await trashVersion(ctx, { name: "kept", ref: "1.0.1" });
  await purgeVersion(ctx, { name: "kept", ref: "1.0.1" });
  await registry.writeRecords();
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
  const late = await registry.takeRecordJobs();
  await trashModel(ctx, { name: "gone" });
  await purgeModel(ctx, { name: "gone" });
  await registry.writeRecords();
  const put = ctx.storage.putDocument.bind(ctx.storage);
  await put("metadata/gone/1.0.0.json", Buffer.from("{}"));
  // A writer that had read the rows before the purge has written, and died before its second look: the job is run again.
  for (const job of late) await registry.runRecordJob(job);
  await registry.writeRecords();
  expect(await keys()).toEqual([]);
});

it("of a new model replace what a slow writer puts there of the old one under the same name", async () => {
  await register("reused", "old");
  const [job] = await registry.takeRecordJobs();
  const slow = beforePut("reused/1.0.0.json", async () => {
    await trashModel(ctx, { name: "reused" });
    await purgeModel(ctx, { name: "reused" });
    await register("reused", "new");
    await registry.writeRecords();
  });
  await writeRecords(slow, job?.payload as never);
  await registry.writeRecords();
  const { digest } = await getVersion(ctx, { name: "reused", ref: "1.0.0" });
  expect(await read("reused/1.0.0.json")).toMatchObject({ digest });
});

it("of a new model under the same name survive the removal of the old one's", async () => {
  await register("again", "x");
  await registry.writeRecords();
  await trashModel(ctx, { name: "again" });
  await purgeModel(ctx, { name: "again" });
  const removal = await registry.takeRecordJobs();
  await register("again", "y", "2.0.0");
  await registry.writeRecords();
  for (const job of removal) await registry.runRecordJob(job);
  await registry.writeRecords();
  expect(await keys()).toEqual(["again/2.0.0.json", "again/model.json"]);
});

it("end as the database has them, however two writers meet", async () => {
  await register("raced", "x");
  const [job] = await registry.takeRecordJobs();
  if (!job) throw new Error("there is no job");
  // A newer state is written while this older one is on its way.
  const slow = beforePut("raced/1.0.0.json", async () => {
    await setStage(ctx, { name: "raced", ref: "1.0.0", stage: "staging" });
    await registry.writeRecords();
  });
  await writeRecords(slow, job.payload as never);
  expect(await read("raced/1.0.0.json")).toMatchObject({ stage: "staging" });
});

it("are not waited for: a storage that cannot write them holds nothing up", async () => {
  await register("quick", "x");
  await registry.writeRecords();
  const failing = new Proxy(ctx.storage, {
    get(target, key) {
      const value = Reflect.get(target, key);
      if (key === "putDocument") return () => Promise.reject(new Error("read-only"));
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
  await setStage({ ...ctx, storage: failing }, { name: "quick", ref: "latest", stage: "staging" });
  const [job] = await registry.takeRecordJobs();
  await expect(writeRecords({ ...ctx, storage: failing }, job?.payload as never)).rejects.toThrow(
    "read-only",
  );
  if (job) await registry.runRecordJob(job);
  expect(await read("quick/1.0.0.json")).toMatchObject({ stage: "staging" });
});
