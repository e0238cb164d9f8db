/** Each alert that is measured, from its cause to its end. A sample is taken by hand, so that nothing waits for a clock. */
import { beforeEach, describe, expect, it } from "vitest";
import type { Ctx } from "#lib/context.ts";
import { addJob } from "#lib/operations/add-job.ts";
import { modelRegistry } from "../../tests/support/model-registry.ts";
import { sampleRegistry } from "./sample-registry.ts";

const registry = modelRegistry({
  MODEL_REGISTRY_ALERTS__MODEL_NOT_FOUND__REQUESTS: "10",
  MODEL_REGISTRY_ALERTS__CACHE_DEGRADED__REQUESTS: "10",
});
const run = (sql: string) => registry.ctx.db.$executeRawUnsafe(sql);

/** All samples become older; in two steps, so that none takes the place of another on the way. */
async function age(): Promise<void> {
  await run("update monitoring_sample set at = at - interval '100 years'");
  await run("update monitoring_sample set at = at + interval '100 years' - interval '10 s'");
}

/** Takes a sample as the next interval would, of a volume with so much room. */
async function sample(disk: { totalBytes: number; freeBytes: number } | null = null) {
  await age();
  const storage = Object.create(registry.ctx.storage, { capacity: { value: async () => disk } });
  await sampleRegistry({ ...registry.ctx, storage } as Ctx);
}

async function alerts(): Promise<string[]> {
  const rows = await registry.ctx.db.alert.findMany({ orderBy: { id: "asc" } });
  return rows.map(
    ({ kind, subject, resolvedAt }) => `${kind} ${subject}${resolvedAt ? " ended" : ""}`,
  );
}

beforeEach(async () => {
  await run("truncate monitoring_sample, monitoring_server, alert cascade");
  await run("delete from graphile_worker._private_jobs");
});

/** What a server measured in an interval of this age. */
const ofServer = (columns: string, values: string, age = "5 s") =>
  run(`insert into monitoring_sample (tier, at, server, ${columns})
    values (0, now() - interval '${age}' - random() * interval '1 s', 'a', ${values})`);

describe("a model that many ask for in vain", () => {
  it("is an alert after two samples, with the name and the client, and ends by itself", async () => {
    await ofServer("missing", `'{"model:ghost": 12, "client:ana": 12, "model:typo": 1}'`);
    await sample();
    expect(await alerts()).toEqual([]);
    await sample();
    expect((await alerts()).sort()).toEqual([
      "model_not_found client:ana",
      "model_not_found model:ghost",
    ]);
    await run("update monitoring_sample set missing = null");
    await sample();
    await sample();
    expect((await alerts()).every((one) => one.endsWith(" ended"))).toBe(true);
  });

  it("tells nobody the name of a private one", async () => {
    await run("insert into private_name (name_key) values ('secret')");
    await ofServer("missing", `'{"model:Secret": 100}'`);
    await sample();
    await sample();
    expect(await alerts()).toEqual([]);
    await run("delete from private_name");
  });
});

describe("a disk", () => {
  const of = (percent: number) => ({ totalBytes: 1000, freeBytes: percent * 10 });

  it("that is nearly full is an alert until there is clearly more room", async () => {
    for (const percent of [50, 9, 9]) await sample(of(percent));
    expect(await alerts()).toEqual(["disk_low storage"]);
    // About the bound nothing ends and nothing begins.
    for (const percent of [11, 9, 11, 11, 9]) await sample(of(percent));
    expect(await alerts()).toEqual(["disk_low storage"]);
    await sample(of(13));
    expect(await alerts()).toEqual(["disk_low storage"]);
    await sample(of(13));
    expect(await alerts()).toEqual(["disk_low storage ended"]);
  });

  it("whose room comes and goes never is one", async () => {
    for (const percent of [50, 9, 50, 9, 50, 9, 50]) await sample(of(percent));
    expect(await alerts()).toEqual([]);
  });

  it("that will be full in days at this rate is one, however much room there is", async () => {
    await run(`insert into monitoring_sample (tier, at, server, disk_bytes, disk_used)
      select 2, now() - n * interval '1 hour', '', 1000, 500 - 4 * n from generate_series(0, 48) as n`);
    await sample(of(50));
    await sample(of(50));
    const [row] = await registry.ctx.db.alert.findMany();
    expect(row).toMatchObject({ kind: "disk_filling", detail: { free_percent: 50 } });
    const { full_in_days: days } = (row?.detail ?? {}) as Record<string, number>;
    expect(days).toBeCloseTo(500 / 4 / 24, 1);
  });

  it("of which little is known is none", async () => {
    await run(`insert into monitoring_sample (tier, at, server, disk_bytes, disk_used)
      select 2, now() - n * interval '1 hour', '', 1000, 500 - 100 * n from generate_series(0, 3) as n`);
    for (let turn = 0; turn < 3; turn += 1) await sample(of(50));
    expect(await alerts()).toEqual([]);
  });
});

it("a cache that serves few of many readers is an alert, and one that few read is none", async () => {
  await ofServer("cache_hits, cache_misses", "1, 5");
  await sample();
  await sample();
  expect(await alerts()).toEqual([]);
  await ofServer("cache_hits, cache_misses", "0, 9");
  await sample();
  await sample();
  expect(await alerts()).toEqual(["cache_degraded cache"]);
  await ofServer("cache_hits, cache_misses", "50, 0");
  await sample();
  await sample();
  expect(await alerts()).toEqual(["cache_degraded cache ended"]);
});

it("a job that is due and does not begin is an alert until somebody takes it", async () => {
  await addJob(registry.ctx.db, "purge-trash", {}, { runAt: new Date(Date.now() - 2 * 3_600_000) });
  await addJob(registry.ctx.db, "expire-uploads", {}, { runAt: new Date(Date.now() - 60_000) });
  await sample();
  await sample();
  expect(await alerts()).toEqual(["job_stuck purge-trash"]);
  await run("delete from graphile_worker._private_jobs");
  await sample();
  await sample();
  expect(await alerts()).toEqual(["job_stuck purge-trash ended"]);
});

it("a server that stops without a goodbye is an alert until it is back, and one that said so is none", async () => {
  await run(`insert into monitoring_server (name, version, node, pid, started_at, last_seen_at, left_at) values
    ('lost', '1', '24', 1, now(), now() - interval '40 s', null),
    ('left', '1', '24', 1, now(), now() - interval '40 s', now()),
    ('here', '1', '24', 1, now(), now(), null),
    ('gone long ago', '1', '24', 1, now(), now() - interval '25 hours', null)`);
  await sample();
  await sample();
  expect(await alerts()).toEqual(["replica_lost lost"]);
  await run("update monitoring_server set last_seen_at = now() where name = 'lost'");
  await sample();
  await sample();
  expect(await alerts()).toEqual(["replica_lost lost ended"]);
});

it("a token that ends soon is an alert until it is revoked; one made for an hour is none", async () => {
  const { db } = registry.ctx;
  const account = "11111111-1111-4111-8111-111111111111";
  await run(`insert into account (id, kind, name, name_key, role, created_by, created_by_id)
    values ('${account}', 'service', 'trainer', 'trainer', 'contributor', 'x', 'x')`);
  const token = (id: number, created: string, expires: string) =>
    run(`insert into api_token (id, kind, account_id, name, created_at, created_by, expires_at) values
      ('00000000-0000-4000-8000-00000000000${id}', 'personal', '${account}', 't${id}', now() - interval '${created}', 'x', now() + interval '${expires}')`);
  await token(1, "85 days", "5 days");
  await token(2, "10 min", "50 min");
  await token(3, "1 day", "200 days");
  await sample();
  await sample();
  const [row, ...others] = await db.alert.findMany();
  expect(others).toEqual([]);
  expect(row).toMatchObject({
    kind: "token_expiring",
    detail: { token: "t1", account: "trainer" },
  });
  await run("update api_token set revoked_at = now()");
  await sample();
  await sample();
  expect((await alerts())[0]).toMatch(/ ended$/);
});

it("several servers take one sample of the registry for an interval, and raise an alert once", async () => {
  await ofServer("missing", `'{"model:ghost": 12}'`);
  for (let turn = 0; turn < 3; turn += 1) {
    await age();
    await Promise.all([1, 2, 3, 4].map(() => sampleRegistry(registry.ctx)));
  }
  expect(await registry.ctx.db.monitoringSample.count({ where: { server: "" } })).toBe(3);
  expect(await alerts()).toEqual(["model_not_found model:ghost"]);
});
