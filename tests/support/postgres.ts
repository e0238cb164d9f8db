/** A fresh database for a test file, on the real PostgreSQL of the run (postgres-setup.ts). */
import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { inject } from "vitest";

export type TestDatabase = { url: string; drop(): Promise<void> };

/** A copy of the migrated template, or an empty database. */
export async function createTestDatabase(content: "migrated" | "empty"): Promise<TestDatabase> {
  const template = new URL(inject("templateDatabaseUrl"));
  const name = `test_${randomBytes(6).toString("hex")}`;
  const source = content === "migrated" ? template.pathname.slice(1) : "template0";
  await runOnServer(template, `CREATE DATABASE ${name} TEMPLATE ${source}`);
  const url = new URL(template);
  url.pathname = `/${name}`;
  return {
    url: url.href,
    drop: () => drop(template, name),
  };
}

/** A client that has been ended may be connected for a moment; cut by force, it would report an error to nobody. */
const ENDING_MS = 2_000;

async function drop(template: URL, name: string): Promise<void> {
  const others = `SELECT pid FROM pg_stat_activity WHERE datname = '${name}'`;
  const until = Date.now() + ENDING_MS;
  while (Date.now() < until && (await runOnServer(template, others)).length > 0) await sleep(20);
  await runOnServer(template, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
}

async function runOnServer(template: URL, sql: string): Promise<unknown[]> {
  const maintenance = new URL(template);
  maintenance.pathname = "/postgres";
  const client = new pg.Client({ connectionString: maintenance.href });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}
