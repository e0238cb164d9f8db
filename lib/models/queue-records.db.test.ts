import { beforeEach, expect, it } from "vitest";
import { inTransaction } from "#lib/db/transaction.ts";
import { modelRegistry } from "../../tests/support/model-registry.ts";
import { queueRecords, queueRemoval } from "./queue-records.ts";

const registry = modelRegistry();
const MODEL = { id: 1n, name: "Net" };
beforeEach(() => registry.takeRecordJobs());

it("queues the record of a model, and that of the version that was changed", async () => {
  await queueRecords(registry.ctx.db, MODEL);
  await queueRecords(registry.ctx.db, MODEL, 2n);
  expect(await registry.jobsOf("write-records")).toEqual([
    { name: "Net", model_id: "1", version_id: null },
    { name: "Net", model_id: "1", version_id: "2" },
  ]);
});

it("queues one job for many changes of the same that none has written yet", async () => {
  for (const versionId of [2n, 3n, 2n, 2n]) await queueRecords(registry.ctx.db, MODEL, versionId);
  const versions = (await registry.jobsOf("write-records")).map(({ version_id }) => version_id);
  expect(versions.sort()).toEqual(["2", "3"]);
});

it("queues nothing when the change is rolled back", async () => {
  const failing = inTransaction(registry.ctx.db, async (tx) => {
    await queueRecords(tx, MODEL);
    await queueRemoval(tx, "net");
    throw new Error("rolled back");
  });
  await expect(failing).rejects.toThrow("rolled back");
  expect(await registry.takeRecordJobs()).toEqual([]);
});

it("queues the removal by the name, since the row is gone", async () => {
  await queueRemoval(registry.ctx.db, "net");
  expect(await registry.jobsOf("remove-records")).toEqual([{ name: "net" }]);
});
