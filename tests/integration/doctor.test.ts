/** `npm run doctor` beside a server that is well, and in front of each thing that keeps one from starting. */
import { execFile } from "node:child_process";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import pg from "pg";
import { afterAll, beforeAll, expect, it } from "vitest";
import { findRunningPostgres } from "../../lib/db/embedded-running.ts";
import { createTestDatabase, type TestDatabase } from "../support/postgres.ts";
import { type RunningServer, startServer } from "../support/server.ts";

let server: RunningServer;
let empty: TestDatabase;
let folder: string;
beforeAll(async () => {
  server = await startServer();
  empty = await createTestDatabase("empty");
  folder = await mkdtemp(join(tmpdir(), "doctor-test-"));
});
afterAll(async () => {
  await server?.stop();
  await empty?.drop();
  await rm(folder, { recursive: true, force: true });
});

type Answer = { code: number; lines: string[] };
function doctor(env: Record<string, string> = {}): Promise<Answer> {
  const environment = {
    ...process.env,
    MODEL_REGISTRY_STORAGE__BASE_PATH: server.dataFolder,
    MODEL_REGISTRY_API__PORT: new URL(server.baseUrl).port,
    MODEL_REGISTRY_API__HOST: "127.0.0.1",
    MODEL_REGISTRY_STORAGE__MIN_FREE_SPACE: "1MB",
    ...env,
  };
  return new Promise((done) => {
    const command = [resolve("scripts/doctor.ts")];
    const child = execFile(process.execPath, command, { env: environment }, (_, out, err) =>
      done({ code: child.exitCode ?? -1, lines: `${out}\n${err}`.split("\n") }),
    );
  });
}

const badOnes = ({ lines }: Answer) => lines.filter((line) => line.startsWith("  BAD "));

it("finds a running registry well", async () => {
  const answer = await doctor();
  expect(badOnes(answer)).toEqual([]);
  expect(answer.code).toBe(0);
  const text = answer.lines.join("\n");
  for (const line of [
    /ok {4}Data folder +\S+, written as/,
    /ok {4}Port +\d+: the server answers/,
    /ok {4}Database +127\.0\.0\.1/,
    /ok {4}PostgreSQL +18/,
    /ok {4}Extension +pg_trgm/,
    /ok {4}Clock +agrees/,
    /ok {4}Migrations +all \d+ are applied/,
    /ok {4}Queue +0 jobs wait, 0 failed/,
    /look {2}Backup +There is none yet: npm run backup/,
    /look {2}Scrub /,
    /ok {4}Alerts +none is open/,
  ])
    expect(text).toMatch(line);
});

it("names an alert, a job that failed, and a migration of a later release", async () => {
  const client = new pg.Client({
    connectionString: (await findRunningPostgres(server.dataFolder)) ?? "",
  });
  await client.connect();
  try {
    await client.query(
      "insert into alert (kind, severity, subject) values ('blob_damaged', 'critical', 'sha256:0')",
    );
    const told = (await doctor()).lines.join("\n");
    expect(told).toMatch(/look {2}Alerts +Open: blob_damaged \(1\)/);
    await client.query(
      `insert into _prisma_migrations (id, checksum, migration_name, finished_at, started_at, applied_steps_count)
       values ('x', 'x', '29990101000000_later', now(), now(), 1)`,
    );
    const answer = await doctor();
    expect(badOnes(answer).join()).toMatch(/newer than this release: it has 29990101000000_later/);
    expect(answer.code).toBe(1);
  } finally {
    await client.query("delete from _prisma_migrations where id = 'x'");
    await client.query("delete from alert");
    await client.end();
  }
});

it("lists every problem of the configuration, and looks no further", async () => {
  const answer = await doctor({
    MODEL_REGISTRY_API__PORT: "99999",
    MODEL_REGISTRY_STORAGE__DRIVER: "tape",
  });
  expect(badOnes(answer).join("\n")).toMatch(
    /api\.port[\s\S]*storage\.driver|storage\.driver[\s\S]*api\.port/,
  );
  expect(answer.code).toBe(1);
});

it("finds a port that another program has, and a database that is not there", async () => {
  const other = createServer((_, response) => response.end("something else"));
  await new Promise<void>((listening) => other.listen(0, "127.0.0.1", listening));
  const { port } = other.address() as AddressInfo;
  try {
    const answer = await doctor({
      MODEL_REGISTRY_API__PORT: String(port),
      DATABASE_URL: "postgresql://nobody:top-secret@127.0.0.1:1/none",
    });
    const text = answer.lines.join("\n");
    expect(text).toMatch(new RegExp(`BAD {3}Port +Another program has port ${port}`));
    expect(text).toMatch(/BAD {3}Database +.*ECONNREFUSED.*Check database\.url/);
    expect(text).not.toContain("top-secret");
  } finally {
    other.close();
  }
});

it("says what an empty database and a first start need", async () => {
  const answer = await doctor({
    DATABASE_URL: empty.url,
    MODEL_REGISTRY_STORAGE__BASE_PATH: join(folder, "new"),
  });
  const text = answer.lines.join("\n");
  expect(text).toMatch(/look {2}Data folder +\S+ is not there yet; npm start makes it/);
  expect(text).toMatch(/look {2}Migrations +The database is empty; npm start makes its tables/);
  expect(answer.code).toBe(0);
});

it("finds a data folder that is a file, and a bucket that is not there", async () => {
  const file = join(folder, "file");
  await writeFile(file, "");
  await chmod(file, 0o600);
  const answer = await doctor({
    MODEL_REGISTRY_STORAGE__BASE_PATH: file,
    DATABASE_URL: empty.url,
    MODEL_REGISTRY_STORAGE__DRIVER: "s3",
    MODEL_REGISTRY_STORAGE__S3__BUCKET: "models",
    MODEL_REGISTRY_STORAGE__S3__ENDPOINT: "http://127.0.0.1:1",
    MODEL_REGISTRY_STORAGE__S3__ACCESS_KEY_ID: "key",
    MODEL_REGISTRY_STORAGE__S3__SECRET_ACCESS_KEY: "top-secret",
  });
  const text = badOnes(answer).join("\n");
  expect(text).toMatch(/Data folder +\S+ is no folder/);
  expect(text).toMatch(/Bucket +/);
  expect(answer.lines.join("\n")).not.toContain("top-secret");
});
