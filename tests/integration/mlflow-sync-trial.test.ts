/** Runs with values of their own, trial runs, and addresses: what must stay as it is, and what a trial run has to foresee. */
import { beforeEach, describe, expect, it } from "vitest";
import { getReport } from "../../lib/mlflow-sync/get-report.ts";
import { scheduleSyncs } from "../../lib/mlflow-sync/schedule-syncs.ts";
import { startSync } from "../../lib/mlflow-sync/start-sync.ts";
import { trashVersion } from "../../lib/models/trash-version.ts";
import { updateModel } from "../../lib/models/update-model.ts";
import {
  attempt,
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

/** All that a run could change here. */
async function everything() {
  const { db } = registry.ctx;
  return {
    rule: await db.mlflowSync.findUnique({ where: { id: rule } }),
    links: await db.mlflowLink.findMany({
      where: { syncId: rule },
      include: { versions: true },
      orderBy: { id: "asc" },
    }),
    models: await db.model.findMany({
      include: { versions: true, aliases: true },
      orderBy: { id: "asc" },
    }),
    audit: await db.auditEntry.count({ where: { action: { not: "sync.started" } } }),
  };
}
const elsewhere = () => `${there.url}/prefix`;
const diverge = async () => {
  there.model(name).description = "changed there";
  there.models.get(name)?.versions.delete(2);
};

describe("a run with values of its own", () => {
  beforeEach(async () => {
    there.version(name, { MLmodel: MLMODEL });
    there.version(name, { MLmodel: MLMODEL, b: "b" });
    await run();
  });

  it("leaves a rule as it is, also one with a schedule, and the next run does as the rule says", async () => {
    await change({ schedule: "0 3 * * *" });
    await diverge();
    const before = await everything();
    const override = { direction: "pull", policy: "ours", deletions: true, models: "*" } as const;
    const trial = await run({ isDryRun: true, override });
    expect(trial.told).toEqual([
      `change ${name} 2 deleted pulled`,
      `change ${name} description pulled`,
    ]);
    expect(await everything()).toEqual(before);
    expect((await run()).told).toEqual([`change ${name} description pulled`]);
    expect((await here())?.versions).toHaveLength(2);
    expect((await run({ override: { deletions: true } })).told).toEqual([
      `change ${name} 2 deleted pulled`,
    ]);
    expect((await everything()).rule).toEqual(before.rule);
  });

  it("of models that its pattern leaves out touches none, those included that an earlier run has linked", async () => {
    there.version(`${name}b`, { MLmodel: MLMODEL });
    await run();
    there.models.delete(name);
    const { told } = await run({ override: { deletions: true, models: `${name}b` } });
    expect(told).toEqual([]);
    expect(await here()).not.toBeNull();
  });

  it("tells what it was asked for, and uses a credential that it neither tells nor keeps", async () => {
    const seen: unknown[] = [];
    there.fault = ({ headers }) => {
      seen.push(headers.authorization);
      return false;
    };
    const override = { direction: "pull", secret: "s3cret-token" } as const;
    const started = await startSync(registry.ctx, { id: rule, isDryRun: true, override });
    await attempt(started.operation.id, new AbortController().signal);
    expect(new Set(seen)).toEqual(new Set(["Bearer s3cret-token"]));
    const report = await getReport(registry.ctx, { id: rule, run: started.operation.id, limit: 1 });
    expect(report.override).toEqual({ direction: "pull" });
    const kept = () =>
      registry.ctx.db.mlflowRunOverride.findMany({ where: { secret: { not: null } } });
    expect(await kept()).toHaveLength(1);
    await scheduleSyncs(registry.ctx);
    expect(await kept()).toEqual([]);
    expect((await everything()).rule?.secret).toBeNull();
    const audit = await registry.ctx.db.auditEntry.findMany({ where: { action: "sync.started" } });
    expect(
      JSON.stringify(audit, (_, value) => (typeof value === "bigint" ? `${value}` : value)),
    ).not.toContain("s3cret-token");
  });

  it("of another server does not take the rule's credential there", async () => {
    await change({ secret: "s3cret-token" });
    const seen: unknown[] = [];
    there.fault = ({ headers }) => {
      seen.push(headers.authorization);
      return false;
    };
    const tracking_uri = there.url.replace("127.0.0.1", "127.0.0.1.nip.invalid");
    await run({ isDryRun: true, override: { tracking_uri } });
    expect(seen).toEqual([]);
    await run({ isDryRun: true });
    expect(seen).toContain("Bearer s3cret-token");
  });
});

describe("an address that leads nowhere", () => {
  beforeEach(async () => {
    there.version(name, { MLmodel: MLMODEL });
    there.version(name, { MLmodel: MLMODEL, b: "b" });
    there.model(name).description = "before";
    await run();
  });

  it.each([
    ["in a trial run", () => run({ isDryRun: true, override: { tracking_uri: elsewhere() } })],
    ["in a run", () => run({ override: { tracking_uri: elsewhere() } })],
    [
      "in the rule, until somebody puts it right",
      async () => {
        await change({ tracking_uri: elsewhere() });
        const ended = await run();
        await change({ tracking_uri: there.url });
        return ended;
      },
    ],
  ])("forgets nothing of what both sides have agreed on: %s", async (_, fail) => {
    const { links } = await everything();
    expect((await fail()).state).toBe("failed");
    expect((await everything()).links).toEqual(links);
    await diverge();
    expect((await run({ override: { deletions: true } })).told).toEqual([
      `change ${name} 2 deleted pulled`,
      `change ${name} description pulled`,
    ]);
  });

  it("and another server there, which lists nothing, has links of its own: what it lacks was not deleted", async () => {
    const { links } = await everything();
    there.fault = ({ url }, response) => {
      const answer = { error_code: "RESOURCE_DOES_NOT_EXIST" };
      if (url?.includes("/search")) response.writeHead(200).end("{}");
      else response.writeHead(404).end(JSON.stringify(answer));
      return true;
    };
    const override = { tracking_uri: elsewhere(), deletions: true, direction: "pull" } as const;
    expect((await run({ override })).told).toEqual([]);
    expect((await everything()).links).toEqual(links);
    expect((await here())?.versions).toHaveLength(2);
  });
});

describe("a trial run", () => {
  it("writes nothing of what it finds: of versions gone on both sides, of fields that are alike, of its own versions", async () => {
    there.version(name, { MLmodel: MLMODEL });
    await registry.register(`${name}ours`);
    await run();
    there.models.get(name)?.versions.delete(1);
    await trashVersion(registry.ctx, { name, ref: "1.0.0" });
    await updateModel(registry.ctx, { name, description: "the same" });
    there.model(name).description = "the same";
    const link = { link: { syncId: rule, name: `${name}ours` } };
    await registry.ctx.db.mlflowVersionLink.deleteMany({ where: link });
    const before = await everything();
    const trial = await run({ isDryRun: true, override: { deletions: true } });
    expect(trial.told).toEqual([]);
    expect(await everything()).toEqual(before);
  });

  it("tells of the same problems as the run after it, and each again after that", async () => {
    there.version(`${name}s3`, { MLmodel: MLMODEL }).source = "s3://bucket/model";
    there.version(`${name}empty`, {});
    there.version(`${name}new\nline`, { MLmodel: MLMODEL });
    there.version(`${name}Net`, { MLmodel: MLMODEL });
    there.version(`${name}net`, { MLmodel: MLMODEL });
    there.version(`${name}with ü`, { MLmodel: MLMODEL });
    there.version(`${name}With ü`, { MLmodel: MLMODEL });
    there.model(`${name}tag`).tags.set(`k${"e".repeat(300)}y`, "v");
    there.version(`${name}short`, { MLmodel: MLMODEL, "m.bin": "m".repeat(100) });
    there.fault = (request, response) => {
      if (request.method !== "GET" || !request.url?.endsWith("/m.bin")) return false;
      response.writeHead(200).end("short");
      return true;
    };
    const problems = ({ told }: { told: string[] }) =>
      told.filter((item) => item.startsWith("problem")).sort();
    const trial = await run({ isDryRun: true });
    const real = await run();
    const short = `problem ${name}short 1 version left`;
    expect(problems(real)).toContain(short);
    expect([...problems(trial), short].sort()).toEqual(problems(real));
    expect(problems(real).length).toBeGreaterThanOrEqual(6);
    const again = await run({ isDryRun: true });
    expect(again.told.sort()).toEqual(problems(real));
  });

  it("foresees what a use case here refuses, such as an alias name that cannot be, and tries it without a trace", async () => {
    there.version(name, { MLmodel: MLMODEL });
    await run();
    there.model(name).aliases.set("with space", 1);
    there.model(name).aliases.set("good", 1);
    const before = await everything();
    const trial = await run({ isDryRun: true });
    expect(await everything()).toEqual(before);
    expect((await run()).told).toEqual(trial.told);
    expect(trial.told).toEqual([
      `change ${name} alias:good pulled`,
      `problem ${name} alias:with space left`,
    ]);
  });
});

it("a version whose bytes are elsewhere stays here, and the report of every run says so", async () => {
  await registry.register(name, { "m.safetensors": tinyModel() });
  await registry.ctx.db.version.updateMany({
    where: { model: { name } },
    data: { location: "s3://bucket/model" },
  });
  for (const isDryRun of [true, false]) {
    const result = await run({ isDryRun });
    expect(result.told).toContain(`problem ${name} here 1 version left`);
    expect(result.progress).toMatchObject({ pushed_versions: 0 });
  }
  expect(there.models.get(name)?.versions.size).toBe(0);
});
