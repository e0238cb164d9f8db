/** What ran before operations had their table is still there, and what waited goes on. */
import { cp, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { afterAll, beforeAll, expect, it } from "vitest";
import { applyMigrations } from "../../lib/db/migrate.ts";
import { createTestDatabase, type TestDatabase } from "../support/postgres.ts";

const projectFolder = join(import.meta.dirname, "..", "..");
const MIGRATION = /_operations$/;
let before: string;
let database: TestDatabase;
let client: pg.Client;
beforeAll(async () => {
  before = await mkdtemp(join(tmpdir(), "registry-migration-"));
  await cp(join(projectFolder, "prisma"), join(before, "prisma"), { recursive: true });
  const migrations = join(before, "prisma", "migrations");
  const names = (await readdir(migrations)).filter((name) => /^\d/.test(name)).sort();
  const first = names.findIndex((name) => MIGRATION.test(name));
  for (const name of names.slice(first)) await rm(join(migrations, name), { recursive: true });
  database = await createTestDatabase("empty");
  await applyMigrations(database.url, before);
  client = new pg.Client({ connectionString: database.url });
  await client.connect();
});
afterAll(async () => {
  await client.end();
  await database.drop();
  await rm(before, { recursive: true, force: true });
});

it("keeps the runs, with their target and error in columns, and frees their jobs' keys", async () => {
  await client.query(`
    insert into maintenance_run (kind, state, actor, progress) values
      ('scrub', 'done', 'anonymous', '{"blobs": 3, "target": "model:m", "error": null}'),
      ('scrub', 'failed', 'system', '{"blobs": 1, "target": null, "error": "the disk is away"}'),
      ('scrub', 'running', 'system', '{"blobs": 7, "total_blobs": 9, "target": null, "error": null}'),
      ('collection', 'queued', 'anonymous', '{}')`);
  await client.query(
    `select graphile_worker.add_job('scrub-blobs', '{"run_id": "3"}', job_key := 'run:3'),
      graphile_worker.add_job('check-blob', '{}', job_key := 'check-blob:x')`,
  );
  await applyMigrations(database.url, projectFolder);
  const { rows } = await client.query(
    `select id::int, kind, subject, state, progress, actor, actor_id, error, attempts,
      cancel_requested_at from operation order by id`,
  );
  const rest = { attempts: 0, error: null, subject: null, cancel_requested_at: null };
  expect(rows).toEqual([
    {
      ...rest,
      id: 1,
      kind: "scrub",
      state: "done",
      ...by("anonymous"),
      subject: "model:m",
      progress: { blobs: 3 },
    },
    {
      ...rest,
      id: 2,
      kind: "scrub",
      state: "failed",
      ...by("system"),
      error: "the disk is away",
      attempts: 1,
      progress: { blobs: 1 },
    },
    {
      ...rest,
      id: 3,
      kind: "scrub",
      state: "running",
      ...by("system"),
      progress: { blobs: 7, total_blobs: 9 },
    },
    { ...rest, id: 4, kind: "collection", state: "queued", ...by("anonymous"), progress: {} },
  ]);
  const jobs = await client.query("select key from graphile_worker.jobs");
  expect(jobs.rows).toEqual([{ key: "check-blob:x" }]);
  await client.query("insert into operation (kind, actor, actor_id) values ('reindex', 'a', 'a')");
  await expect(
    client.query("insert into operation (kind, actor, actor_id) values ('scrub', 'a', 'a')"),
  ).rejects.toMatchObject({ code: "23505", constraint: "operation_active" });
});

const by = (actor: string) => ({ actor, actor_id: actor });
