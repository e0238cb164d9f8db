import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { modelRegistry } from "../../tests/support/model-registry.ts";
import { BucketMemory } from "./read-buckets.ts";
import { readCharts, spanOf } from "./read-charts.ts";
import { rollUpSamples } from "./roll-up-samples.ts";
import type { MonitoringQuery } from "./schema.ts";

const registry = modelRegistry();
const read = ({ range = "1h", server, until }: Partial<MonitoringQuery> = {}) =>
  readCharts(
    registry.ctx,
    range,
    spanOf(range, until === undefined ? new Date() : new Date(until), server ?? null),
  );
const run = (sql: string) => registry.ctx.db.$executeRawUnsafe(sql);

/** Samples every 10 s of the last so many minutes, of these servers, as `writeSample` writes them. */
async function seed(minutes: number, servers: string[], figures = "requests = 20") {
  const assigned = figures.split(",").map((one) => one.trim().split(/\s*=\s*/));
  const columns = assigned.map(([name]) => name).join(", ");
  const values = assigned.map(([, value]) => value).join(", ");
  for (const server of servers)
    await run(`insert into monitoring_sample (tier, at, server, seconds, operations, ${columns})
      select 0, date_bin('10 s', now(), 'epoch') - n * interval '10 s', '${server}', 10,
        '{"get_model": {"n": 15, "s": 0.3, "2": 15}, "list_models": {"n": 5, "s": 1, "f": 1, "5": 5}}', ${values}
      from generate_series(0, ${minutes * 6 - 1}) as n on conflict do nothing`);
}

const known = (values: (number | null)[]) => values.filter((value) => value !== null);

describe("the figures of servers", () => {
  beforeEach(() => run("truncate monitoring_sample, monitoring_server"));

  it("are a gap in every chart where nothing was measured, and never zero", async () => {
    await seed(20, ["a"]);
    await run(
      "delete from monitoring_sample where at between now() - interval '15 min' and now() - interval '10 min'",
    );
    const { series, times } = await read();
    expect(times).toHaveLength(120);
    const { requests } = series;
    expect(requests.slice(0, 70).every((value) => value === null)).toBe(true);
    const seen = requests.slice(80);
    const gap = seen.indexOf(null);
    expect(gap).toBeGreaterThan(5);
    expect(known(seen.slice(gap)).length).toBeGreaterThan(15);
    expect(new Set(known(requests))).toEqual(new Set([2]));
    expect(series.loop_delay[gap]).toBeNull();
  });

  it("add up over servers, and are told for one of them", async () => {
    await seed(
      10,
      ["a", "b"],
      "requests = 20, rss_bytes = 100, loop_delay = 0.2, cache_hits = 3, cache_misses = 1",
    );
    const together = await read();
    expect(new Set(known(together.series.requests))).toEqual(new Set([4]));
    expect(new Set(known(together.series.rss_bytes))).toEqual(new Set([200]));
    expect(new Set(known(together.series.loop_delay))).toEqual(new Set([0.2]));
    expect(together.totals).toMatchObject({ requests: 2 * 60 * 20, cache_hit_rate: 0.75 });
    const one = await read({ server: "b" });
    expect(new Set(known(one.series.requests))).toEqual(new Set([2]));
    expect(one.totals.requests).toBe(60 * 20);
    expect((await read({ server: "nobody" })).totals.requests).toBe(0);
  });

  it("tell durations and errors by operation", async () => {
    await seed(10, ["a"]);
    const { operations, series } = await read();
    expect(operations.map(({ operation }) => operation)).toEqual(["get_model", "list_models"]);
    expect(operations[1]).toMatchObject({ requests: 300, server_errors: 60, client_errors: 0 });
    expect(operations[0]?.p95).toBeGreaterThan(0.01);
    expect(operations[0]?.p95).toBeLessThanOrEqual(0.025);
    for (const p95 of known(series.duration_p95)) expect(p95).toBeGreaterThan(0.1);
  });

  it("name the most frequent operations and put all others together", async () => {
    const many = Object.fromEntries(
      Array.from({ length: 30 }, (_, n) => [`op_${n}`, { n: 100 - n, s: 1, 0: 100 - n }]),
    );
    await seed(1, ["a"]);
    await registry.ctx.db.monitoringSample.updateMany({ data: { operations: many } });
    const { operations } = await read();
    expect(operations).toHaveLength(8);
    expect(operations.at(-1)?.operation).toBe("other");
    const all = 6 * Array.from({ length: 30 }, (_, n) => 100 - n).reduce((a, b) => a + b);
    expect(operations.reduce((sum, { requests }) => sum + requests, 0)).toBe(all);
  });

  it("are told of a moment that is past", async () => {
    await seed(60, ["a"]);
    const until = new Date(Date.now() - 30 * 60_000).toISOString();
    const { to, series } = await read({ until });
    expect(Math.abs(Date.parse(to) - Date.parse(until))).toBeLessThanOrEqual(60_000);
    expect(series.requests.at(-1)).not.toBeNull();
    expect(series.requests[0]).toBeNull();
  });
});

describe("a page that stays open", () => {
  beforeEach(() => run("truncate monitoring_sample, monitoring_server"));

  it("is told what a page that is opened anew is told, after each sample", async () => {
    const memory = new BucketMemory();
    const again = (at: Date) =>
      readCharts(registry.ctx, "1h", spanOf("1h", at, null), (...asked) => memory.read(...asked));
    await seed(20, ["a", "b"]);
    const start = Date.now();
    for (const seconds of [0, 10, 20, 40, 70, 100, 160]) {
      const at = new Date(start + seconds * 1000);
      await run(`insert into monitoring_sample (tier, at, server, seconds, requests, operations)
        select 0, to_timestamp(${at.getTime() / 1000}), server, 10, ${seconds}, '{"get_model": {"n": ${seconds}, "1": 5}}'
        from unnest(array['a', 'b']) as server on conflict do nothing`);
      const fresh = await readCharts(registry.ctx, "1h", spanOf("1h", at, null));
      // The disk is another one with every moment.
      expect({ ...(await again(at)), disk: null }).toEqual({ ...fresh, disk: null });
    }
  });

  it("forgets what it knew when the samples are others", async () => {
    const memory = new BucketMemory();
    const span = spanOf("1h", new Date(), null);
    const again = () => readCharts(registry.ctx, "1h", span, (...asked) => memory.read(...asked));
    await seed(20, ["a"]);
    await again();
    await run("truncate monitoring_sample");
    await seed(5, ["a"]);
    expect((await again()).totals.requests).toBe(600);
  });
});

describe("samples that are rolled up", () => {
  beforeEach(() => run("truncate monitoring_sample, monitoring_server"));

  it("tell the same as before, and keep their peaks", async () => {
    await seed(180, ["a", "b"], "requests = 20, loop_delay = 0.01");
    await run(`update monitoring_sample set loop_delay = 3 where server = 'a' and at = (
      select max(at) from monitoring_sample where at < now() - interval '100 min')`);
    const before = (await read({ range: "24h" })).totals.requests;
    await rollUpSamples(registry.ctx);
    const after = await read({ range: "24h" });
    expect(after.totals.requests).toBe(before);
    expect(Math.max(...known(after.series.loop_delay))).toBe(3);
    const [{ rows }] = await registry.ctx.db.$queryRaw<[{ rows: bigint }]>`
      select count(*) as rows from monitoring_sample where tier = 1`;
    expect(Number(rows)).toBeGreaterThan(2 * 34);
    // A second time nothing is added.
    await rollUpSamples(registry.ctx);
    expect((await read({ range: "24h" })).totals.requests).toBe(before);
    expect((await read({ range: "90d" })).totals.requests).toBe(before);
  });

  it("are kept for as long as promised and no longer", async () => {
    const at = (tier: number, age: string) =>
      run(
        `insert into monitoring_sample (tier, at, server, requests) values (${tier}, now() - interval '${age}', 'a', 1)`,
      );
    await at(0, "23 hours");
    await at(0, "25 hours");
    await at(1, "89 days");
    await at(1, "91 days");
    await at(2, "91 days");
    await rollUpSamples(registry.ctx);
    const rows = await registry.ctx.db.monitoringSample.findMany({
      where: { at: { lt: new Date(Date.now() - 24 * 3_600_000 - 600_000) } },
    });
    expect(rows.filter(({ tier }) => tier === 0)).toEqual([]);
    expect(rows.filter(({ at }) => at.getTime() < Date.now() - 90.1 * 86_400_000)).toEqual([]);
    expect(
      rows.some(({ tier, at }) => tier === 1 && at.getTime() < Date.now() - 88 * 86_400_000),
    ).toBe(true);
  });
});

describe("ninety days of two servers", () => {
  beforeAll(async () => {
    await run("truncate monitoring_sample");
    await run(`insert into monitoring_sample (tier, at, server, seconds, requests, rss_bytes, loop_delay, operations)
      select 1, date_bin('5 min', now(), 'epoch') - n * interval '5 min', server, 300, 100, 1e8, 0.01,
        (select jsonb_object_agg('op_' || k, '{"n": 10, "s": 1, "1": 4, "2": 3, "3": 3}'::jsonb) from generate_series(1, 5) as k)
      from generate_series(2, 90 * 288) as n, unnest(array['a', 'b']) as server`);
    await rollUpSamples(registry.ctx);
    await run("analyze monitoring_sample");
  });

  it.each(["24h", "7d", "30d", "90d"] as const)(
    "are at most 360 points of %s, read from few rows",
    async (range) => {
      const { times, series, totals } = await read({ range });
      expect(times.length).toBeLessThanOrEqual(360);
      expect(known(series.requests).length).toBeGreaterThan(times.length - 4);
      expect(totals.requests).toBeGreaterThan(0);
      const plan = await registry.ctx.db.$queryRawUnsafe<{ "QUERY PLAN": string }[]>(
        "explain select * from monitoring_sample where tier = 2 and at >= now() - interval '90 days' and at < now() and server <> ''",
      );
      expect(plan.map((line) => line["QUERY PLAN"]).join("\n")).not.toContain("Seq Scan");
    },
  );
});
