/** Two-way synchronisation with a counterpart over HTTP: what goes where, conflicts and deletions. */
import { beforeEach, describe, expect, it } from "vitest";
import { moveAlias } from "../../lib/models/move-alias.ts";
import { setStage } from "../../lib/models/set-stage.ts";
import { trashModel } from "../../lib/models/trash-model.ts";
import { trashVersion } from "../../lib/models/trash-version.ts";
import { updateModel } from "../../lib/models/update-model.ts";
import { updateVersion } from "../../lib/models/update-version.ts";
import {
  change,
  here,
  MLMODEL,
  name,
  registry,
  rule,
  run,
  there,
} from "../support/mlflow-sync-scene.ts";
import { tinyModel } from "../support/model-files.ts";

describe("from there to here", () => {
  it("models, versions with their bytes, texts, tags, aliases and stages come; the next run asks two questions and does nothing", async () => {
    const model = there.model(name, { description: "theirs", tags: new Map([["team", "ml"]]) });
    there.version(name, { MLmodel: MLMODEL, "data/model.safetensors": tinyModel() });
    const second = there.version(name, { MLmodel: MLMODEL });
    Object.assign(second, {
      stage: "Production",
      description: "second",
      tags: new Map([["k", ""]]),
    });
    model.aliases.set("champion", 1);
    const first = await run();
    expect(first).toMatchObject({ state: "done", error: null });
    expect(first.progress).toMatchObject({ pulled_versions: 2, pushed_versions: 0, conflicts: 0 });
    const found = await here();
    expect(found).toMatchObject({ description: "theirs", tags: { team: "ml" } });
    expect(found?.versions.map(({ stage, description }) => [stage, description])).toEqual([
      ["none", ""],
      ["production", "second"],
    ]);
    expect(found?.versions[0]?.files.map(({ path }) => path)).toEqual([
      "MLmodel",
      "data/model.safetensors",
    ]);
    expect(found?.aliases.map(({ alias, version }) => [alias, version.number])).toEqual([
      ["champion", 1],
    ]);
    expect(await registry.ctx.db.artifact.count()).toBe(0);
    there.seen.length = 0;
    const again = await run();
    expect(again).toMatchObject({ state: "done", told: [] });
    expect(there.seen).toEqual([
      "GET mlflow/registered-models/search",
      "GET mlflow/model-versions/search",
    ]);
  });

  it("a trial run tells the same and changes nothing", async () => {
    there.version(name, { MLmodel: MLMODEL });
    there.model(name).aliases.set("a", 1);
    const trial = await run({ isDryRun: true });
    expect(trial.told).toEqual([`change ${name} model pulled`, `change ${name} 1 version pulled`]);
    expect(await here()).toBeNull();
    expect(there.seen.filter((call) => !call.startsWith("GET"))).toEqual([]);
    expect(await registry.ctx.db.mlflowLink.count({ where: { syncId: rule } })).toBe(0);
  });
});

describe("from here to there", () => {
  it("the same goes the other way, and comes back as nothing new", async () => {
    await registry.register(
      name,
      { MLmodel: MLMODEL, "a/b c.safetensors": tinyModel() },
      { description: "v" },
    );
    await updateModel(registry.ctx, { name, description: "ours", setTags: { team: "ml" } });
    await setStage(registry.ctx, { name, ref: "1.0.0", stage: "staging" });
    await moveAlias(registry.ctx, { name, alias: "prod", version: "1.0.0" });
    const first = await run();
    expect(first).toMatchObject({ state: "done", error: null });
    expect(first.progress).toMatchObject({ pushed_versions: 1, pulled_versions: 0 });
    const model = there.models.get(name);
    expect(model).toMatchObject({ description: "ours", tags: new Map([["team", "ml"]]) });
    expect(model?.aliases).toEqual(new Map([["prod", 1]]));
    const version = model?.versions.get(1);
    expect(version).toMatchObject({ stage: "Staging", description: "v" });
    expect(version?.tags.get("registry.version")).toBe("1.0.0");
    expect([...there.files.keys()].map((path) => path.replace(/^.*\/model\//, ""))).toEqual([
      "MLmodel",
      "a/b c.safetensors",
    ]);
    expect([...there.files.values()][1]).toEqual(Buffer.from(tinyModel()));
    expect((await run()).told).toEqual([]);
    await change({ direction: "pull" });
    await updateModel(registry.ctx, { name, description: "ours alone" });
    await run();
    expect(there.models.get(name)?.description).toBe("ours");
  });

  it("what the scan withholds stays here, and the report says so", async () => {
    await registry.register(name, { "m.pkl": Buffer.from("cos\nsystem\n(S'true'\ntR.") });
    const result = await run();
    expect(result.told).toContain(`problem ${name} here 1 version left`);
    expect(there.models.get(name)?.versions.size).toBe(0);
    expect(there.files.size).toBe(0);
  });
});

describe("changed on both sides", () => {
  beforeEach(async () => {
    there.version(name, { MLmodel: MLMODEL });
    there.model(name, { description: "before" });
    await run();
  });

  const diverge = async () => {
    there.model(name).description = "theirs";
    await updateModel(registry.ctx, { name, description: "ours" });
  };
  const texts = async () => [(await here())?.description, there.models.get(name)?.description];

  it("different fields, and new versions on both sides, are no conflict", async () => {
    there.model(name).tags.set("theirs", "1");
    await updateModel(registry.ctx, { name, setTags: { ours: "1" } });
    there.version(name, { MLmodel: MLMODEL, more: "x" });
    await registry.register(name, { "other.safetensors": tinyModel() });
    const result = await run();
    expect(result.progress).toMatchObject({ conflicts: 0, pulled_versions: 1, pushed_versions: 1 });
    expect((await here())?.tags).toEqual({ ours: "1", theirs: "1" });
    expect(there.models.get(name)?.tags).toEqual(
      new Map([
        ["theirs", "1"],
        ["ours", "1"],
      ]),
    );
    expect((await here())?.versions).toHaveLength(3);
    expect(there.models.get(name)?.versions.size).toBe(3);
    expect((await run()).told).toEqual([]);
  });

  it.each([
    ["report", ["ours", "theirs"], "left"],
    ["ours", ["ours", "ours"], "pushed"],
    ["theirs", ["theirs", "theirs"], "pulled"],
  ] as const)(
    "the policy %s decides, and every conflict is listed",
    async (policy, after, outcome) => {
      await change({ policy });
      await diverge();
      const result = await run();
      expect(result.told).toEqual([`conflict ${name} description ${outcome}`]);
      expect(await texts()).toEqual(after);
      expect((await run()).told).toEqual(outcome === "left" ? result.told : []);
    },
  );

  it("the policy newest takes what was changed last", async () => {
    await change({ policy: "newest" });
    await diverge();
    there.model(name).updated = Date.now() + 60_000;
    await run();
    expect(await texts()).toEqual(["theirs", "theirs"]);
    await updateModel(registry.ctx, { name, description: "ours again" });
    Object.assign(there.model(name), { description: "theirs again", updated: Date.now() - 60_000 });
    await run();
    expect(await texts()).toEqual(["ours again", "ours again"]);
  });

  it("an alias that points elsewhere on each side, and a stage, are conflicts too", async () => {
    there.version(name, { MLmodel: MLMODEL, b: "b" });
    await run();
    there.model(name).aliases.set("prod", 1);
    await moveAlias(registry.ctx, { name, alias: "prod", version: "1.0.1" });
    await setStage(registry.ctx, { name, ref: "1.0.0", stage: "staging" });
    Object.assign(there.models.get(name)?.versions.get(1) ?? {}, { stage: "Archived" });
    const { told } = await run();
    expect(told).toEqual([`conflict ${name} 1 stage left`, `conflict ${name} alias:prod left`]);
  });
});

describe("deletions", () => {
  beforeEach(async () => {
    there.version(name, { MLmodel: MLMODEL });
    there.version(name, { MLmodel: MLMODEL, b: "b" });
    there.model(name).tags.set("t", "1");
    await run();
  });

  it("happen nowhere unless they are asked for, and what is gone does not come back", async () => {
    there.models.get(name)?.versions.delete(1);
    there.model(name).tags.delete("t");
    await trashVersion(registry.ctx, { name, ref: "1.0.1" });
    expect((await run()).told).toEqual([]);
    expect((await here())?.versions.map(({ number }) => number)).toEqual([1]);
    expect((await here())?.tags).toEqual({ t: "1" });
    expect([...(there.models.get(name)?.versions.keys() ?? [])]).toEqual([2]);
  });

  it("go both ways when they are asked for; here they lead to the trash", async () => {
    await change({ deletions: true });
    there.models.get(name)?.versions.delete(1);
    there.model(name).tags.delete("t");
    await trashVersion(registry.ctx, { name, ref: "1.0.1" });
    expect((await run()).told).toEqual([
      `change ${name} 1 deleted pulled`,
      `change ${name} 2 deleted pushed`,
      `change ${name} tag:t pulled`,
    ]);
    expect((await here())?.versions).toEqual([]);
    expect(there.models.get(name)?.versions.size).toBe(0);
    await trashModel(registry.ctx, { name });
    expect((await run()).told).toEqual([`change ${name} deleted pushed`]);
    expect(there.models.has(name)).toBe(false);
  });

  it("of what the other side has changed since are conflicts; a list that forgets something deletes nothing", async () => {
    await change({ deletions: true });
    there.models.get(name)?.versions.delete(1);
    await updateVersion(registry.ctx, { name, ref: "1.0.0", description: "still needed" });
    expect((await run()).told).toEqual([`conflict ${name} 1 deleted left`]);
    expect((await here())?.versions).toHaveLength(2);
    there.fault = (request, response) => {
      if (!/registered-models\/search|model-versions\/search/.test(request.url ?? "")) return false;
      response.writeHead(200).end("{}");
      return true;
    };
    expect((await run()).told).toEqual([]);
    expect((await here())?.versions).toHaveLength(2);
  });
});
