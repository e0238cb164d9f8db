import pg from "pg";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createTestDatabase, type TestDatabase } from "../../tests/support/postgres.ts";
import { findAuditRights, grantServerRole, openServerRole } from "./server-role.ts";

let database: TestDatabase;
let serverUrl: string;
beforeAll(async () => {
  database = await createTestDatabase("migrated");
  serverUrl = await openServerRole(database.url);
});
afterAll(() => database.drop());

async function run(url: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

it("may add to the audit log, and neither change it nor switch its triggers off", async () => {
  await run(serverUrl, "insert into audit (actor, action) values ('a', 'model.created')");
  expect(await run(serverUrl, "select actor from audit")).toEqual([{ actor: "a" }]);
  expect(await run(serverUrl, "select count(*)::int from audit_unchained")).toEqual([{ count: 1 }]);
  for (const sql of [
    "update audit set actor = 'b'",
    "delete from audit",
    "truncate audit",
    "delete from audit_link",
    "update audit_checkpoint set seq = 2",
    "delete from audit_key",
    "alter table audit disable trigger all",
    "drop table audit",
    "set session_replication_role = replica",
    "delete from _prisma_migrations",
    "create role x superuser",
  ])
    await expect(run(serverUrl, sql), sql).rejects.toMatchObject({ code: "42501" });
  expect(await findAuditRights(serverUrl)).toEqual([]);
});

it("may do everything else that the server does, the queue included", async () => {
  await run(serverUrl, "select graphile_worker.add_job('check-blob', '{}')");
  expect(await run(serverUrl, "select task_identifier from graphile_worker.jobs")).toHaveLength(1);
  expect(
    await run(serverUrl, "delete from graphile_worker._private_jobs returning id"),
  ).toHaveLength(1);
  await run(serverUrl, "update model set owner = 'x'");
});

it("gets another password each time, and keeps no old one", async () => {
  const next = await openServerRole(database.url);
  expect(next).not.toBe(serverUrl);
  await expect(run(serverUrl, "select 1")).rejects.toMatchObject({ code: "28P01" });
  serverUrl = next;
});

it("says what a role could do that owns the tables, and what one of the operator's own may", async () => {
  expect(await findAuditRights(database.url)).toEqual(["UPDATE", "DELETE", "TRUNCATE", "ALTER"]);
  const role = `own_${Date.now()}`;
  await run(
    database.url,
    `create role ${role} login password 'p'; grant update on audit to ${role}`,
  );
  const url = new URL(database.url);
  Object.assign(url, { username: role, password: "p" });
  expect(await findAuditRights(url.href)).toEqual(["UPDATE"]);
  await grantServerRole(database.url, url.href);
  expect(await findAuditRights(url.href)).toEqual([]);
  await run(url.href, "insert into audit (actor, action) values ('a', 'b')");
  await run(database.url, `drop owned by ${role}; drop role ${role}`);
});
