/**
 * What monitoring costs: the processor time of the server and of PostgreSQL, with 90 days of samples, while nobody asks for
 * anything but the monitoring page. The baseline is one core.
 */
import { readdir, readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Client } from "pg";
import { startEmbeddedPostgres } from "../lib/db/embedded.ts";
import { applyMigrations } from "../lib/db/migrate.ts";
import { type Product, startProduct } from "./support/product.ts";
import { median, type Row, roundsOr } from "./support/statistics.ts";

/** Of one core, for sampling, rolling up and a page that is open. */
const BUDGET_SHARE = 0.02;
const USUAL_INTERVAL_SECONDS = 10;
/** The rollup runs every minute. */
const WATCHED_MS = 60_000;
/** The server compiles what it has just loaded, and looks after its new store. */
const SETTLE_MS = 20_000;
/** As often as the page asks for the last hour. */
const PAGE_MS = 10_000;
const TICKS_PER_SECOND = 100;
const RANGES = ["1h", "6h", "24h", "7d", "30d", "90d"];
/** A chart that is changed by hand is there before one wonders. */
const BUDGET_MS = 1_000;

export async function benchMonitoring(folder: string): Promise<Row[]> {
  const postgres = await startEmbeddedPostgres({ dataFolder: folder, log: () => {} });
  try {
    await applyMigrations(postgres.url, resolve(import.meta.dirname, ".."));
    await seed(postgres.url);
    const pids = (product: Product) => [product.pid, postgres.pid() ?? 0];
    // As seldom and as often as it can be, so that what else the server does is left out.
    const [seldom, often] = [15, 1];
    const idle: number[] = [];
    for (const interval of [seldom, often])
      idle.push(
        await withProduct(folder, postgres.url, interval, (product) =>
          share(pids(product), async () => undefined),
        ),
      );
    const [atSeldom = 0, atOften = 0] = idle;
    const perSample = (atOften - atSeldom) / (1 / often - 1 / seldom);
    const sampling = perSample / USUAL_INTERVAL_SECONDS;
    return await withProduct(folder, postgres.url, USUAL_INTERVAL_SECONDS, async (product) => {
      const quiet = await share(pids(product), async () => undefined);
      const open = await share(pids(product), () => ask(product.url, "1h"));
      const page = Math.max(0, open - quiet);
      const rows = [
        costRow("samples, every 10 s", sampling, null),
        costRow("a page of the last hour that is open", page, null),
        costRow("both together", sampling + page, BUDGET_SHARE),
        costRow("all that an idle server and its PostgreSQL do, with that page", open, null),
      ];
      for (const range of RANGES) rows.push(await timeRow(product.url, range));
      return rows;
    });
  } finally {
    await postgres.stop();
  }
}

async function withProduct<T>(
  folder: string,
  url: string,
  interval: number,
  work: (product: Product) => Promise<T>,
): Promise<T> {
  const product = await startProduct(folder, {
    DATABASE_URL: url,
    MODEL_REGISTRY_API__WORKERS: "1",
    MODEL_REGISTRY_MONITORING__SAMPLE_INTERVAL: `${interval}s`,
  });
  try {
    await ask(product.url, "1h");
    await sleep(SETTLE_MS);
    return await work(product);
  } finally {
    await product.stop();
  }
}

/** Two servers of a registry that is used: ten operations in every sample. */
async function seed(url: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  const tally = `(select jsonb_object_agg('operation_' || k, '{"n": 100, "s": 3, "1": 40, "2": 40, "4": 15, "6": 5}'::jsonb) from generate_series(1, 10) as k)`;
  for (const [tier, step, count] of [
    [0, "10 s", 8_640],
    [1, "5 min", 25_920],
    [2, "1 hour", 2_160],
  ] as const) {
    await client.query(`
      insert into monitoring_sample (tier, at, server, seconds, requests, rss_bytes, loop_delay, cpu_seconds, operations)
      select ${tier}, date_bin('${step}', now(), 'epoch') - n * interval '${step}', server,
        extract(epoch from interval '${step}'), 1000, 3e8, 0.01, 1, ${tally}
      from generate_series(2, ${count}) as n, unnest(array['a', 'b']) as server`);
    await client.query(`
      insert into monitoring_sample (tier, at, server, jobs_waiting, disk_bytes, disk_used)
      select ${tier}, date_bin('${step}', now(), 'epoch') - n * interval '${step}', '', 1, 1e12, 5e11
      from generate_series(2, ${count}) as n`);
  }
  await client.query("analyze monitoring_sample");
  await client.end();
}

async function ask(url: string, range: string): Promise<void> {
  const answer = await fetch(`${url}/api/v1/monitoring?range=${range}`);
  await answer.arrayBuffer();
  if (!answer.ok) throw new Error(`${range} answered ${answer.status}`);
}

/** Processor seconds per second of these processes and their children, while `work` is done every now and then. */
async function share(pids: readonly number[], work: () => Promise<void>): Promise<number> {
  const begun = performance.now();
  const before = await cpuSeconds(pids);
  while (performance.now() - begun < WATCHED_MS) {
    await work();
    await sleep(PAGE_MS);
  }
  const seconds = (performance.now() - begun) / 1000;
  return ((await cpuSeconds(pids)) - before) / seconds;
}

/** Those of children that have ended are in their parent's sums. */
async function cpuSeconds(roots: readonly number[]): Promise<number> {
  const stats = new Map<number, { parent: number; ticks: number }>();
  for (const name of await readdir("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const text = await readFile(`/proc/${name}/stat`, "utf8").catch(() => "");
    // The name in brackets may have spaces.
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
    stats.set(Number(name), { parent: Number(fields[1]), ticks });
  }
  const isBelow = (pid: number): boolean => {
    if (roots.includes(pid)) return true;
    const parent = stats.get(pid)?.parent ?? 0;
    return parent > 1 && isBelow(parent);
  };
  let sum = 0;
  for (const [pid, { ticks }] of stats) if (isBelow(pid)) sum += ticks;
  return sum / TICKS_PER_SECOND;
}

function costRow(work: string, measured: number, budget: number | null): Row {
  return {
    work,
    measured: `${(measured * 100).toFixed(2)} %`,
    baseline: "one core",
    ratio: measured.toFixed(4),
    budget: budget === null ? "" : `<= ${budget}`,
    isKept: budget === null ? null : measured <= budget,
  };
}

async function timeRow(url: string, range: string): Promise<Row> {
  const times: number[] = [];
  for (let round = 0; round < roundsOr(5); round += 1) {
    // Longer than an answer is kept.
    await sleep(2_500);
    const begun = performance.now();
    await ask(url, range);
    times.push(performance.now() - begun);
  }
  const ms = median(times);
  return {
    work: `charts of ${range}`,
    measured: `${ms.toFixed(0)} ms`,
    baseline: "",
    ratio: "",
    budget: `<= ${BUDGET_MS} ms`,
    isKept: ms <= BUDGET_MS,
  };
}
