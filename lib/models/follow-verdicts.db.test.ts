import { expect, it } from "vitest";
import { modelRegistry } from "../../tests/support/model-registry.ts";
import { restoreModel, trashModel } from "./trash-model.ts";
import { restoreVersion, trashVersion } from "./trash-version.ts";

const registry = modelRegistry();
/** A pickle of protocol 0 that would call os.system('true'). */
const EXECUTOR = "cos\nsystem\n(S'true'\ntR.";

it("a version that does harm is an alert until it is in the trash, and again when it comes back", async () => {
  const { ctx } = registry;
  const open = async () =>
    (await ctx.db.alert.findMany({ where: { kind: "scan_finding", resolvedAt: null } })).map(
      ({ subject, modelName, severity }) => ({ subject, modelName, severity }),
    );
  await registry.register("harmless");
  expect(await open()).toEqual([]);
  await registry.register("harmful", { "model.pkl": EXECUTOR });
  const alert = { subject: "harmful/1.0.0", modelName: "harmful", severity: "critical" };
  expect(await open()).toEqual([alert]);
  const [row] = await ctx.db.alert.findMany();
  expect(row?.detail).toMatchObject({ verdict: "malicious", findings: [expect.any(String)] });
  await trashVersion(ctx, { name: "harmful", ref: "1.0.0" });
  expect(await open()).toEqual([]);
  await restoreVersion(ctx, { name: "harmful", ref: "1.0.0" });
  expect(await open()).toEqual([alert]);
  await trashModel(ctx, { name: "harmful" });
  expect(await open()).toEqual([]);
  await restoreModel(ctx, { name: "harmful" });
  expect(await open()).toEqual([alert]);
});
