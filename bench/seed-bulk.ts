/**
 * Fills a database with models straight by SQL, for the benchmark of lists and for looking at a large
 * registry: `node bench/seed-bulk.ts <DATABASE_URL> [models]`. The database may be empty: its tables are
 * made. A second run adds more models. The versions have no bytes, so they can be listed and read, not downloaded.
 */
import { resolve } from "node:path";
import { Client } from "pg";
import { applyMigrations } from "../lib/db/migrate.ts";
import { RULES_VERSION } from "../lib/scan/rules-version.ts";

export const VERSIONS_PER_MODEL = 3;
const DEFAULT_MODELS = 100_000;

/** Adds models `from + 1` to `to`, each with three versions of one file; then analyses the tables. */
export async function seedBulk(url: string, from: number, to: number): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query("begin");
    // Pages count as visible to all only when their commit is on disk, and the plans depend on that.
    await client.query("set local synchronous_commit = on");
    await client.query(INSERT_MODELS, [from + 1, to]);
    await client.query(COUNT_DOWNLOADS);
    await client.query(INSERT_VERSIONS, [VERSIONS_PER_MODEL]);
    await client.query(INSERT_BLOBS);
    await client.query(INSERT_FILES);
    await client.query(COPY_LATEST);
    await client.query("commit");
    await client.query("vacuum (analyze) model");
    await client.query("vacuum (analyze) model_counter");
    await client.query("vacuum (analyze) version");
    await client.query("vacuum (analyze) file");
  } finally {
    await client.end();
  }
}

const element = (values: string[], index: string) =>
  `(array[${values.map((value) => `'${value}'`).join(",")}])[1 + (${index}) % ${values.length}]`;

const ADJECTIVES = ["quick", "deep", "sparse", "tiny", "robust", "neural", "fluent", "calm"];
const NOUNS = [
  "encoder",
  "classifier",
  "detector",
  "ranker",
  "translator",
  "segmenter",
  "embedder",
];
const FRAMEWORKS = ["pytorch", "tensorflow", "onnx", "safetensors"];
const FORMATS = ["torch-zip", "saved-model", "onnx", "safetensors"];
const OWNERS = Array.from({ length: 40 }, (_, index) => `team-${index}`);

/** The name of the nth model, from 1: the same as INSERT_MODELS makes. */
export function seededName(n: number): string {
  return `${ADJECTIVES[n % ADJECTIVES.length]}-${NOUNS[Math.floor(n / 8) % NOUNS.length]}-${n}`;
}

// Names, descriptions and facts differ as real ones do; everything follows from the number, so two runs
// give the same registry.
const INSERT_MODELS = `
  insert into model (name, name_key, description, owner, tags, created_at, created_by, updated_at, next_number)
  select name, name,
    'A ' || ${element(ADJECTIVES, "n / 3")} || ' model for ' || ${element(NOUNS, "n / 5")} || ' work number ' || md5(n::text),
    ${element(OWNERS, "n * 7")},
    jsonb_build_object('task', ${element(NOUNS, "n / 2")}, 'batch', (n % 500)::text),
    timestamptz '2026-01-01' + n * interval '3 minutes', 'seed',
    timestamptz '2026-01-01' + (n::bigint * 7919 % 100003) * interval '5 minutes', 4
  from (
    select n, ${element(ADJECTIVES, "n")} || '-' || ${element(NOUNS, "n / 8")} || '-' || n as name
    from generate_series($1::int, $2::int) as n
  ) as numbered`;

const COUNT_DOWNLOADS = `
  update model_counter set downloads = (id * 104729) % 50000
  from model where id = model_id and version_count = 0 and created_by = 'seed'`;

const INSERT_VERSIONS = `
  insert into version (model_id, number, version, precedence, is_prerelease, digest, framework, framework_version, format, stage,
    parameters, tensor_count, size_bytes, stored_bytes, verdict, rules_version, created_at, created_by, updated_at)
  select id, k, '1.' || (k - 1) || '.0',
    lpad('1', 16, '0') || lpad((k - 1)::text, 16, '0') || lpad('0', 16, '0') || '~', false,
    encode(sha256((id || '/' || k)::bytea), 'hex'),
    ${element(FRAMEWORKS, "id::int")}, case when id % 3 = 0 then (id % 4) || '.' || (id % 17) || '.0' end, ${element(FORMATS, "id::int")},
    case when k = 3 and id % 10 = 0 then 'production' when k = 3 and id % 10 = 1 then 'staging' else 'none' end,
    1000 + (id * 15485863) % 7000000000, 100, 4000 + (id * 32452843) % 28000000000,
    4000 + (id * 32452843) % 28000000000,
    case when id % 50 = 0 then 'suspicious' else 'clean' end, ${RULES_VERSION},
    created_at + k * interval '1 hour', 'seed', created_at + k * interval '1 hour'
  from model, generate_series(1, $1::int) as k
  where version_count = 0 and created_by = 'seed'`;

const INSERT_BLOBS = `
  insert into blob (digest, size_bytes, stored_bytes)
  select v.digest, v.size_bytes, v.stored_bytes from version v join model m on m.id = v.model_id
  where m.version_count = 0 and m.created_by = 'seed'`;

const INSERT_FILES = `
  insert into file (version_id, position, path, digest, size_bytes, media_type, format, verdict)
  select v.id, 0, 'model.bin', v.digest, v.size_bytes, 'application/octet-stream', v.format, v.verdict
  from version v join model m on m.id = v.model_id
  where m.version_count = 0 and m.created_by = 'seed'`;

const COPY_LATEST = `
  update model m set latest_id = v.id, latest_version = v.version, framework = v.framework, format = v.format,
    verdict = v.verdict, parameters = v.parameters, size_bytes = v.size_bytes, version_count = v.number,
    framework_release = coalesce(string_to_array(v.framework_version || '.0', '.')::int[], '{}'),
    stages = case when v.stage = 'none' then array[]::text[] else array[v.stage] end
  from version v
  where v.model_id = m.id and v.number = ${VERSIONS_PER_MODEL} and m.version_count = 0 and m.created_by = 'seed'`;

const USAGE = "node bench/seed-bulk.ts <DATABASE_URL> [models]";

/** Throws an Error whose message says what to do. */
async function seedFromCommandLine([
  url,
  models = String(DEFAULT_MODELS),
]: string[]): Promise<void> {
  if (!url?.startsWith("postgres")) throw new Error(`The database is missing: ${USAGE}`);
  const count = Number(models);
  if (!Number.isInteger(count) || count < 1)
    throw new Error(`${models} is no number of models: ${USAGE}`);
  const started = performance.now();
  await applyMigrations(url, resolve(import.meta.dirname, "..")).catch((cause: unknown) => {
    throw new Error(`PostgreSQL does not answer at this address: ${USAGE}`, { cause });
  });
  const there = await countSeeded(url);
  await seedBulk(url, there, there + count);
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(`${count} models, ${count * VERSIONS_PER_MODEL} versions in ${seconds} s`);
}

/** So that a second run adds to what the first one made. */
async function countSeeded(url: string): Promise<number> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query(
      "select count(*)::int as n from model where created_by = 'seed'",
    );
    return rows[0].n;
  } finally {
    await client.end();
  }
}

if (import.meta.main) {
  await seedFromCommandLine(process.argv.slice(2)).catch((error: Error) => {
    console.error(error.message);
    if (error.cause) console.error(error.cause);
    process.exitCode = 2;
  });
}
