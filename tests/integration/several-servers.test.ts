/**
 * Two servers on one PostgreSQL and one bucket, with fifty clients, while one dies, one stands still for a minute, both are
 * replaced in turn, and PostgreSQL crashes.
 */
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { afterAll, beforeAll, expect, it } from "vitest";
import { Crowd } from "../support/crowd.ts";
import { type Follower, followModels } from "../support/follower.ts";
import { type OwnPostgres, startOwnPostgres } from "../support/own-postgres.ts";
import { RegistryClient, sha256 } from "../support/registry-client.ts";
import { S3_KEYS, type S3Server, startS3Server } from "../support/s3-server.ts";
import { type RunningServer, startServer } from "../support/server.ts";

const CLIENTS = 50;
const PAUSE_MS = 60_000;
/** The locks of a server that stands still are given back within this time, and then the others go on. */
const HELD_UP_MS = 30_000;

let store: S3Server;
let postgres: OwnPostgres;
let servers: [RunningServer, RunningServer];
let crowd: Crowd;
let followers: Follower[];

beforeAll(async () => {
  [store, postgres] = await Promise.all([startS3Server(), startOwnPostgres()]);
  const bucket = await store.createBucket();
  const start = (name: string) =>
    startServer({
      env: {
        // Which server holds a connection is what the log of the jobs tells.
        PGAPPNAME: name,
        MODEL_REGISTRY_DATABASE__URL: postgres.url,
        MODEL_REGISTRY_STORAGE__DRIVER: "s3",
        MODEL_REGISTRY_STORAGE__S3__ENDPOINT: store.endpoint,
        MODEL_REGISTRY_STORAGE__S3__BUCKET: bucket.bucket,
        MODEL_REGISTRY_STORAGE__S3__PREFIX: bucket.prefix,
        MODEL_REGISTRY_STORAGE__S3__ACCESS_KEY_ID: S3_KEYS.accessKeyId,
        MODEL_REGISTRY_STORAGE__S3__SECRET_ACCESS_KEY: S3_KEYS.secretAccessKey,
      },
    });
  const one = await start("one");
  servers = [one, await start("two")];
  await onDatabase(LOG_OF_JOBS);
  followers = servers.map(({ baseUrl }) => followModels(baseUrl));
  crowd = new Crowd(
    servers.map(({ baseUrl }) => baseUrl),
    CLIENTS,
  );
}, 240_000);
afterAll(async () => {
  await crowd?.end();
  for (const follower of followers ?? []) follower.end();
  await Promise.all((servers ?? []).map((server) => server.stop()));
  await Promise.all([store?.stop(), postgres?.stop()]);
}, 120_000);

/** Who has taken which job, in order. */
const LOG_OF_JOBS = `
  create table taken (at timestamptz default clock_timestamp(), job bigint, server text);
  create function note_job() returns trigger language plpgsql as $$
    begin insert into taken (job, server) values (new.id, current_setting('application_name')); return new; end $$;
  create trigger note_job after update of locked_by on graphile_worker._private_jobs
    for each row when (new.locked_by is not null) execute function note_job()`;

async function onDatabase<Row extends pg.QueryResultRow>(sql: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString: postgres.url });
  await client.connect();
  try {
    return (await client.query<Row>(sql)).rows;
  } finally {
    await client.end();
  }
}

const held = () =>
  onDatabase<{ id: string }>(`
    select jobs.id from graphile_worker._private_jobs as jobs where locked_by is not null and
      (select server from taken where job = jobs.id order by at desc limit 1) = 'two'`);

/** The second server stands still, in the middle of a job if it can be met in one. */
async function pauseInAJob(): Promise<string[]> {
  const { pid } = servers[1];
  for (let tries = 0; tries < 100; tries += 1) {
    process.kill(pid, "SIGSTOP");
    const jobs = (await held()).map(({ id }) => id);
    if (jobs.length > 0) return jobs;
    process.kill(pid, "SIGCONT");
    await sleep(20 + 10 * (tries % 7));
  }
  process.kill(pid, "SIGSTOP");
  return [];
}

it("loses nothing when one of them dies", async () => {
  await crowd.isBusy();
  await servers[0].kill9();
  await crowd.isBusy();
  await servers[0].restart();
  await crowd.isBusy();
});

it("goes on when one of them stands still, and runs none of its jobs again", async () => {
  const jobs = await pauseInAJob();
  const begun = Date.now();
  const [{ now }] = (await onDatabase<{ now: Date }>("select now()")) as [{ now: Date }];
  const acknowledged = crowd.acknowledged.size;
  await sleep(HELD_UP_MS);
  await crowd.isBusy();
  await sleep(PAUSE_MS - (Date.now() - begun));
  expect(crowd.acknowledged.size).toBeGreaterThan(acknowledged + CLIENTS);
  const taken = await onDatabase<{ job: string }>(
    `select job from taken where server = 'one' and at > '${now.toISOString()}'`,
  );
  process.kill(servers[1].pid, "SIGCONT");
  expect(taken.length).toBeGreaterThan(0);
  expect(taken.map(({ job }) => job).filter((job) => jobs.includes(job))).toEqual([]);
  await crowd.isBusy();
});

it("fails nothing that a client repeats once while both are replaced in turn", async () => {
  await crowd.isBusy();
  const before = crowd.failed.length;
  for (const server of servers) {
    expect(await server.terminate()).toBe(0);
    await server.restart();
    await crowd.isBusy();
  }
  expect(crowd.failed.slice(before)).toEqual([]);
});

it("goes on when PostgreSQL has crashed", async () => {
  postgres.crash();
  await sleep(1_000);
  await crowd.isBusy();
});

it("has every version that was acknowledged, once, and has told of it", async () => {
  await crowd.end();
  const [{ baseUrl }] = servers;
  const api = new RegistryClient(baseUrl);
  expect(crowd.acknowledged.size).toBeGreaterThan(5 * CLIENTS);
  for (const [name, digest] of crowd.acknowledged) {
    const file = await api.download(`/api/v1/models/${name}/versions/1.0.0/download`);
    expect(sha256(file.bytes), name).toBe(digest);
  }
  const rows = await onDatabase<{ name: string; records: number }>(`
    select model_name as name, count(*)::int as records from audit
    where action = 'version.registered' group by 1 having count(*) > 1`);
  expect(rows).toEqual([]);
  const names = [...crowd.acknowledged.keys()];
  for (const follower of followers)
    await expect
      .poll(() => names.filter((name) => !follower.known.has(name)), { timeout: 30_000 })
      .toEqual([]);
});
