/** List, filter and search over HTTP with 100,000 models and 300,000 versions, against 1,000 models. */
import { resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Client } from "pg";
import { startEmbeddedPostgres } from "../lib/db/embedded.ts";
import { applyMigrations } from "../lib/db/migrate.ts";
import { seedBulk, seededName } from "./seed-bulk.ts";
import { startProduct } from "./support/product.ts";
import { percentile, type Row, roundsOr } from "./support/statistics.ts";

const FEW = 1_000;
const MANY = 100_000;
const ROUNDS = roundsOr(200);
const BUDGET_RATIO = 3;
/** Below this a ratio says more about the clock than about the query. */
const NOISE_MS = 2;

/** `{n}` is another number in each round, so that nothing is answered from a cache of answers. */
const REQUESTS: Record<string, string> = {
  "first page": "/models",
  "by name": "/models?sort=name&limit=200",
  "largest first": "/models?sort=-size_bytes",
  "most used first": "/models?sort=-downloads",
  "search, rare": "/models?query=encoder-{n}",
  "search, common": "/models?query=detector&limit={k}",
  "search, two letters": "/models?query=qu&limit={k}",
  framework: "/models?framework=onnx&limit={k}",
  "owner and stage": "/models?owner=team-{t}&stage=production",
  tag: "/models?tag=batch:{n}",
  parameters: "/models?min_parameters=6999000000&sort=-parameters&limit={k}",
  "filter and search": "/models?framework=pytorch&query=tiny&limit={k}",
  "a model": "/models/{name}",
  "its versions": "/models/{name}/versions",
};

/** Counts over all models, so PostgreSQL rightly reads them all, once between two changes. */
const FACETS: Record<string, string> = { facets: "/models?facets=true&limit={k}" };

export async function benchLists(folder: string): Promise<Row[]> {
  const projectFolder = resolve(import.meta.dirname, "..");
  const postgres = await startEmbeddedPostgres({ dataFolder: folder, log: () => {} });
  try {
    await applyMigrations(postgres.url, projectFolder);
    await seedBulk(postgres.url, 0, FEW);
    const product = await startProduct(folder, { DATABASE_URL: postgres.url });
    try {
      await measureAll(product.url, FEW);
      const few = await measureAll(product.url, FEW);
      const fewFacets = await measureAll(product.url, FEW, FACETS);
      await seedBulk(postgres.url, FEW, MANY);
      await changeOne(product.url);
      await measureAll(product.url, MANY);
      const before = await sequentialScans(postgres.url);
      const many = await measureAll(product.url, MANY);
      const after = await sequentialScans(postgres.url);
      const manyFacets = await measureAll(product.url, MANY, FACETS);
      return [
        ...Object.keys(REQUESTS).map((name) => row(name, few, many)),
        scans(before, after),
        row("facets", fewFacets, manyFacets),
      ];
    } finally {
      await product.stop();
    }
  } finally {
    await postgres.stop();
  }
}

/** Rows that came by SQL are not announced; a change makes the product count anew, as it does after each of its own. */
async function changeOne(url: string): Promise<void> {
  const response = await fetch(`${url}/api/v1/models/${seededName(1)}`, {
    method: "PATCH",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ description: "changed" }),
  });
  if (!response.ok) throw new Error(`the change answered ${response.status}`);
}

async function measureAll(
  url: string,
  models: number,
  requests = REQUESTS,
): Promise<Map<string, number>> {
  const p95 = new Map<string, number>();
  for (const [name, template] of Object.entries(requests)) {
    const latencies: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      const n = 1 + ((round * 7919) % models);
      const path = fill(template, n, round);
      const begun = performance.now();
      const response = await fetch(`${url}/api/v1${path}`);
      const text = await response.text();
      latencies.push(performance.now() - begun);
      if (!response.ok) throw new Error(`${path} answered ${response.status}: ${text}`);
    }
    p95.set(name, percentile(latencies, 0.95));
  }
  return p95;
}

function fill(template: string, n: number, round: number): string {
  return template
    .replace("{n}", String(n % 500))
    .replace("{t}", String(n % 40))
    .replace("{k}", String(50 + (round % 150)))
    .replace("{name}", seededName(n));
}

function row(name: string, few: Map<string, number>, many: Map<string, number>): Row {
  const [small = 0, large = 0] = [few.get(name), many.get(name)];
  const ratio = large / Math.max(small, NOISE_MS);
  return {
    work: `list: ${name}`,
    measured: `p95 ${large.toFixed(1)} ms at ${MANY} models`,
    baseline: `${small.toFixed(1)} ms at ${FEW}`,
    ratio: ratio.toFixed(2),
    budget: `<= ${BUDGET_RATIO}`,
    isKept: ratio <= BUDGET_RATIO,
  };
}

/**
 * PostgreSQL's own count of sequential scans by the queries that really ran: stricter than the plans of
 * copies of them, which a prepared statement may not share.
 */
async function sequentialScans(url: string): Promise<Map<string, number>> {
  // Backends report their counts when they have been idle for a second.
  await sleep(2500);
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query(
      "select relname, seq_scan from pg_stat_user_tables where relname in ('model', 'version', 'file', 'alias')",
    );
    return new Map(rows.map(({ relname, seq_scan }) => [String(relname), Number(seq_scan)]));
  } finally {
    await client.end();
  }
}

function scans(before: Map<string, number>, after: Map<string, number>): Row {
  const grown = [...after].map(([table, count]) => ({
    table,
    count: count - (before.get(table) ?? 0),
  }));
  const sum = grown.reduce((total, { count }) => total + count, 0);
  const named = grown
    .filter(({ count }) => count > 0)
    .map(({ table, count }) => `${table} ${count}`);
  return {
    work: "sequential scans by all of these",
    measured: named.join(", ") || "0",
    baseline: "",
    ratio: "",
    budget: "0",
    isKept: sum === 0,
  };
}
