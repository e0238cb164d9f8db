import { beforeEach, expect, it } from "vitest";
import { SYSTEM } from "#lib/access/actor.ts";
import { RULES_VERSION } from "#lib/scan/rules-version.ts";
import { modelRegistry } from "../../../tests/support/model-registry.ts";
import { isLeftToNewerRules, scheduleRescan, startRescan } from "./start-rescan.ts";

const registry = modelRegistry();
beforeEach(() => registry.clear());

const schedule = () => scheduleRescan(registry.ctxFor(SYSTEM));
const forget = () => registry.ctx.db.$executeRaw`update version set rules_version = 0`;
const operations = () =>
  registry.ctx.db.operation.findMany({ where: { kind: "rescan" }, orderBy: { id: "asc" } });
const end = (state: string) =>
  registry.ctx.db.operation.updateMany({ where: { kind: "rescan" }, data: { state } });

it("begins once where verdicts are older than the rules, and not where none is", async () => {
  await registry.register("net");
  await schedule();
  expect(await operations()).toEqual([]);
  await forget();
  await Promise.all([schedule(), schedule(), schedule()]);
  expect(await operations()).toMatchObject([
    { subject: `rules:${RULES_VERSION}`, state: "queued", actor: "system" },
  ]);
  expect(await registry.jobsOf("rescan-versions")).toHaveLength(1);
});

it.each(["done", "failed", "cancelled"])(
  "does not begin again at once after one that is %s, but a day later",
  async (state) => {
    await registry.register("net");
    await forget();
    await schedule();
    await end(state);
    await schedule();
    expect(await operations()).toHaveLength(1);
    await registry.ctx.db
      .$executeRaw`update operation set created_at = now() - interval '25 hours'`;
    await schedule();
    expect(await operations()).toHaveLength(2);
  },
);

it("does not wait where the last one was by other rules", async () => {
  await registry.register("net");
  await forget();
  await schedule();
  await registry.ctx.db.operation.updateMany({ data: { state: "done", subject: "rules:0" } });
  await schedule();
  expect(await operations()).toHaveLength(2);
});

it("leaves alone what newer rules judged, what is deleted for good, and what is elsewhere", async () => {
  const { db } = registry.ctx;
  await registry.register("newer");
  await registry.register("gone");
  await registry.register("elsewhere");
  await db.$executeRaw`
    update version set rules_version = case model.name when 'newer' then ${RULES_VERSION + 1}::int else 0 end,
      purged_at = case model.name when 'gone' then now() end,
      location = case model.name when 'elsewhere' then 's3://x' end
    from model where model.id = version.model_id`;
  await schedule();
  expect(await operations()).toEqual([]);
});

it("is begun by an administrator at any time, one at a time", async () => {
  const asked = await startRescan(registry.ctx);
  expect(asked).toMatchObject({ kind: "rescan", subject: null, state: "queued" });
  await expect(startRescan(registry.ctx)).rejects.toMatchObject({ code: "run_in_progress" });
});

it("an operation for newer rules is left to a server that has them", async () => {
  const ctx = registry.ctxFor(SYSTEM);
  await registry.register("net");
  await forget();
  await schedule();
  const [row] = await operations();
  const id = String(row?.id);
  expect(await isLeftToNewerRules(ctx, id)).toBe(false);
  await registry.ctx.db.operation.updateMany({ data: { subject: `rules:${RULES_VERSION + 1}` } });
  expect(await isLeftToNewerRules(ctx, id)).toBe(true);
  const [job] = await registry.ctx.db.$queryRaw<{ waits: boolean }[]>`
    select run_at > now() + interval '50 seconds' as waits from graphile_worker.jobs
    where key = ${`operation:${id}`}`;
  expect(job?.waits).toBe(true);
  expect((await operations())[0]?.state).toBe("queued");
  await end("cancelled");
  expect(await isLeftToNewerRules(ctx, id)).toBe(false);
});
