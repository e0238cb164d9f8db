/**
 * The rights of the role that the server works as. The tables belong to another role, which applies the migrations: so
 * the server can add to the audit log, and can neither change it nor switch its triggers off.
 */
import { randomBytes } from "node:crypto";
import pg from "pg";

/** Of the embedded PostgreSQL. */
const SERVER_ROLE = "registry_server";
/** Tables that the server only reads and adds to. */
const APPEND_ONLY = ["audit", "audit_link", "audit_checkpoint", "audit_key"];
const QUEUE_SCHEMA = "graphile_worker";

/**
 * Makes the role of the embedded PostgreSQL if there is none, gives it a new password and its rights, and returns the URL for the
 * server. `ownerUrl` is that of the superuser. After the migrations, each time: they may have made tables.
 */
export async function openServerRole(ownerUrl: string): Promise<string> {
  const password = randomBytes(24).toString("base64url");
  await withClient(ownerUrl, async (client) => {
    const found = await client.query("select 1 from pg_roles where rolname = $1", [SERVER_ROLE]);
    const verb = found.rowCount === 0 ? "create" : "alter";
    // Backups are restored on trial into a database of the role's own; a copy of this one it cannot make.
    await client.query(`${verb} role ${SERVER_ROLE} login createdb password '${password}'`);
    await grantTo(client, SERVER_ROLE);
  });
  const url = new URL(ownerUrl);
  url.username = SERVER_ROLE;
  url.password = password;
  return url.href;
}

/** Gives the role of `serverUrl` its rights, for a database of the operator's own. `ownerUrl` is that of the tables' owner. */
export async function grantServerRole(ownerUrl: string, serverUrl: string): Promise<void> {
  const role = await withClient(serverUrl, async (client) => {
    const { rows } = await client.query<{ role: string }>("select current_user as role");
    return rows[0]?.role ?? "";
  });
  await withClient(ownerUrl, (client) => grantTo(client, client.escapeIdentifier(role)));
}

/** What the role of the server could do to the audit log that it should not; empty when it is confined. */
export async function findAuditRights(serverUrl: string): Promise<string[]> {
  return withClient(serverUrl, async (client) => {
    const { rows } = await client.query<{ right: string }>(
      `select "right" from (values ('UPDATE'), ('DELETE'), ('TRUNCATE')) as asked("right")
       where exists (select from unnest($1::text[]) as name where has_table_privilege(name, "right"))
       union all
       select 'ALTER' where exists (
         select from pg_class where oid = any($1::regclass[]) and pg_has_role(relowner, 'USAGE'))`,
      [APPEND_ONLY],
    );
    return rows.map(({ right }) => right);
  });
}

async function grantTo(client: pg.Client, role: string): Promise<void> {
  const { rows } = await client.query<{ name: string }>(
    `select format('%I.%I', nspname, relname) as name from pg_class
     join pg_namespace on pg_namespace.oid = relnamespace where nspname = $1 and relrowsecurity`,
    [QUEUE_SCHEMA],
  );
  await client.query("begin");
  for (const schema of ["public", QUEUE_SCHEMA])
    await client.query(`
      grant usage on schema ${schema} to ${role};
      grant select, insert, update, delete on all tables in schema ${schema} to ${role};
      grant usage, select, update on all sequences in schema ${schema} to ${role};
      grant execute on all functions in schema ${schema} to ${role}`);
  // Which migrations were applied is for their owner to say.
  await client.query(`revoke insert, update, delete on _prisma_migrations from ${role}`);
  await client.query(`revoke update, delete, truncate on ${APPEND_ONLY.join(", ")} from ${role}`);
  // The queue's tables let nobody but their owner see a row, unless a policy does.
  for (const { name } of rows)
    await client.query(`
      drop policy if exists registry_server on ${name};
      create policy registry_server on ${name} to ${role} using (true) with check (true)`);
  await client.query("commit");
}

async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({
    connectionString: url,
    application_name: "model-registry-migrate",
  });
  // Without a listener a lost connection would end the process; the query reports it anyway.
  client.on("error", () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end().catch(() => undefined);
  }
}
