import { expect, it } from "vitest";
import { modelRegistry } from "../../tests/support/model-registry.ts";
import { assertNotLost, LostDatabaseError } from "./assert-not-lost.ts";
import { purgeModel } from "./purge-model.ts";
import { REBUILD_KIND } from "./rebuild-registry.ts";
import { trashModel } from "./trash-model.ts";

const registry = modelRegistry();
const RECORD = "metadata/net/1.0.0.json";

it("lets a new registry begin", async () => {
  await assertNotLost(registry.ctx);
});

it("refuses an empty database beside records, and says what brings them back", async () => {
  await registry.ctx.storage.putDocument(RECORD, Buffer.from("{}"));
  const refused = assertNotLost(registry.ctx);
  await expect(refused).rejects.toThrow(LostDatabaseError);
  await expect(refused).rejects.toThrow(/metadata\/net\/1\.0\.0\.json.*npm run reindex/);
});

it("refuses a database that is rebuilt by half, until the rebuild has ended", async () => {
  await registry.register("half");
  const { id } = await registry.ctx.db.operation.create({
    data: { kind: REBUILD_KIND, state: "running", actor: "system", actorId: "system" },
  });
  await expect(assertNotLost(registry.ctx)).rejects.toThrow(/npm run reindex again/);
  await registry.ctx.db.operation.update({ where: { id }, data: { state: "done" } });
  await assertNotLost(registry.ctx);
});

it("lets a registry go on whose models are all purged", async () => {
  await trashModel(registry.ctx, { name: "half" });
  await purgeModel(registry.ctx, { name: "half" });
  await assertNotLost(registry.ctx);
});
