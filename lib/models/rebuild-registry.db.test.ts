import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, expect, it, vi } from "vitest";
import { tinyModel } from "../../tests/support/model-files.ts";
import { modelRegistry } from "../../tests/support/model-registry.ts";
import { getModel } from "./get-model.ts";
import { getVersion } from "./get-version.ts";
import { moveAlias } from "./move-alias.ts";
import { purgeVersion } from "./purge-version.ts";
import type { StoredProblem } from "./read-stored-models.ts";
import { DatabaseNotEmptyError, rebuildRegistry } from "./rebuild-registry.ts";
import { setStage } from "./set-stage.ts";
import { restoreVersion, trashVersion } from "./trash-version.ts";

const registry = modelRegistry();
const files = (seed: number) => ({ "model.safetensors": tinyModel(seed) });
const record = (path: string) => join(registry.folder, "metadata", path);

async function rebuild() {
  const problems: StoredProblem[] = [];
  const onProgress = vi.fn();
  const report = (problem: StoredProblem) => void problems.push(problem);
  const counts = await rebuildRegistry(registry.ctx, { report, onProgress });
  return { counts, problems, onProgress };
}

beforeEach(() => registry.clear());

/** The database is lost; the storage stays. */
async function loseDatabase(): Promise<void> {
  await registry.writeRecords();
  await registry.loseDatabase();
}

it("fills an empty database with what the storage tells", async () => {
  const signature = { inputs: [{ name: "x", dtype: "F32", shape: [null, "n", 3] }], outputs: [] };
  await registry.register("Net", files(1), { description: "text", tags: { a: "b" }, signature });
  await registry.register("net", files(2));
  await registry.register("other", {
    ...files(1),
    MLmodel: 'flavors:\n  pytorch:\n    pytorch_version: "2.1"\n',
  });
  await setStage(registry.ctx, { name: "net", ref: "1.0.0", stage: "production" });
  await moveAlias(registry.ctx, { name: "net", alias: "champion", version: "1.0.0" });
  const read = async () => [
    await getModel(registry.ctx, { name: "net" }),
    await getVersion(registry.ctx, { name: "net", ref: "@champion" }),
    await getModel(registry.ctx, { name: "other" }),
  ];
  const before = await read();
  expect(before[1]).toMatchObject({ signature, signature_given: true });
  await loseDatabase();
  const { counts, problems, onProgress } = await rebuild();
  expect(counts).toEqual({ models: 2, versions: 3, problems: 0 });
  expect(problems).toEqual([]);
  expect(onProgress).toHaveBeenLastCalledWith({ models: 2, versions: 3 });
  const scannedAgain = ([net, version, other]: Awaited<ReturnType<typeof read>>) => [
    net,
    { ...version, scan: null },
    other,
  ];
  expect(scannedAgain(await read())).toEqual(scannedAgain(before));
  expect(await registry.auditOf("Net")).toMatchObject([
    { action: "model.rebuilt", detail: { versions: 2 } },
  ]);
});

it("brings back the trash, and neither number nor version of what is gone for good", async () => {
  for (const seed of [1, 2, 3]) await registry.register("net", files(seed));
  for (const ref of ["1.0.1", "1.0.2"]) await trashVersion(registry.ctx, { name: "net", ref });
  await purgeVersion(registry.ctx, { name: "net", ref: "1.0.2" });
  await loseDatabase();
  await rebuild();
  const purged = registry.register("net", files(3), { version: "1.0.2" });
  await expect(purged).rejects.toMatchObject({ code: "version_purged" });
  expect(await restoreVersion(registry.ctx, { name: "net", ref: "1.0.1" })).toMatchObject({
    number: 2,
  });
  expect((await registry.register("net", files(4))).version).toMatchObject({
    version: "1.0.3",
    number: 4,
  });
});

it("goes on beyond a record that cannot be believed, and tells of it", async () => {
  await registry.register("net", files(1));
  await registry.register("net", files(2));
  await registry.register("other", files(3));
  await loseDatabase();
  const text = await readFile(record("net/1.0.1.json"), "utf8");
  await writeFile(record("net/1.0.1.json"), text.replace('"size_bytes": ', '"size_bytes": 1'));
  await writeFile(record("net/9.9.9.json"), await readFile(record("net/1.0.0.json")));
  await writeFile(record("other/model.json"), "{");
  const { counts, problems } = await rebuild();
  expect(problems.map(({ key }) => key).sort()).toEqual([
    "metadata/net/1.0.1.json",
    "metadata/net/9.9.9.json",
    "metadata/other/model.json",
  ]);
  expect(counts).toEqual({ models: 2, versions: 2, problems: 3 });
});

it("keeps the place of a version whose bytes are gone, and serves none of it", async () => {
  const { version } = await registry.register("net", files(1));
  await loseDatabase();
  await rm(join(registry.folder, "blobs"), { recursive: true });
  const { problems } = await rebuild();
  expect(problems).toMatchObject([{ key: "net 1.0.0, model.safetensors" }]);
  const rebuilt = await getVersion(registry.ctx, { name: "net", ref: "1.0.0" });
  expect(rebuilt).toMatchObject({ digest: version.digest, scan: { verdict: "pending" } });
  expect(rebuilt.withheld).toMatchObject([{ path: "model.safetensors" }]);
});

it("refuses a database that holds models, unless its own interrupted run made them", async () => {
  await registry.register("net", files(1));
  await registry.writeRecords();
  await expect(rebuild()).rejects.toThrow(DatabaseNotEmptyError);
  await registry.loseDatabase();
  await rebuild();
  await expect(rebuild()).rejects.toThrow(DatabaseNotEmptyError);
  await registry.ctx.db.operation.updateMany({ data: { state: "running" } });
  expect((await rebuild()).counts).toEqual({ models: 1, versions: 1, problems: 0 });
  expect(await registry.ctx.db.operation.findMany()).toMatchObject([
    { kind: "reindex", state: "done", progress: { models: 1, versions: 1, problems: 0 } },
  ]);
});
