import { beforeAll, expect, it } from "vitest";
import { userActor } from "../../tests/support/actors.ts";
import { modelRegistry } from "../../tests/support/model-registry.ts";
import { expectRefusals } from "../../tests/support/refusals.ts";
import { listActivity } from "./list-activity.ts";
import { setStage } from "./set-stage.ts";

const registry = modelRegistry();
const limit = 10;

beforeAll(async () => {
  await registry.register("Net");
  await registry.register("Net");
  await registry.register("other");
  await setStage(registry.ctx, { name: "net", ref: "1.0.0", stage: "staging" });
});

it("tells a reader what was changed of a model, or of a version, and no more", async () => {
  const ctx = registry.ctxFor(userActor("ana", { role: "reader" }));
  const of = async (version?: string) => {
    const { items, total } = await listActivity(ctx, {
      name: "NET",
      limit,
      ...(version && { version }),
    });
    expect(total).toBe(items.length);
    return items.map(({ action }) => action);
  };
  expect(await of()).toEqual([
    "version.staged",
    "version.registered",
    "version.registered",
    "model.created",
  ]);
  expect(await of("1.0.0")).toEqual(["version.staged", "version.registered"]);
  const [entry] = (await listActivity(ctx, { name: "net", limit })).items;
  expect(entry).toMatchObject({ address: null, request_id: null, token_id: null });
});

it("takes a reader who sees the model", async () => {
  await expectRefusals(registry, { least: "reader", hidden: "other" }, (ctx, name) =>
    listActivity(ctx, { name, limit }),
  );
});
