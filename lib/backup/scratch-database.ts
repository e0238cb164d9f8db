/** A database beside the registry's own that lives as long as a trial. */
import { randomBytes } from "node:crypto";
import pg from "pg";
import { RegistryError } from "#lib/errors.ts";
import { quoted } from "./tables.ts";

const INSUFFICIENT_PRIVILEGE = "42501";

/**
 * Runs `work` with the URL of an empty database on the same server. Those that killed trials of this registry have left are
 * removed first. Throws `precondition_failed` where the user may make none.
 */
export async function withScratchDatabase<T>(
  url: string,
  work: (scratchUrl: string) => Promise<T>,
): Promise<T> {
  const client = new pg.Client({ connectionString: url, application_name: "model-registry-drill" });
  client.on("error", () => undefined);
  await client.connect();
  try {
    const { rows } = await client.query<{ name: string }>("select current_database() as name");
    // PostgreSQL cuts names at 63 bytes.
    const prefix = `${(rows[0]?.name ?? "").slice(0, 40)}_drill_`;
    await dropLeftovers(client, prefix);
    const name = prefix + randomBytes(6).toString("hex");
    await client.query(`create database ${quoted(name)} template template0`).catch((cause) => {
      if (cause?.code !== INSUFFICIENT_PRIVILEGE) throw cause;
      throw new RegistryError(
        "precondition_failed",
        "The database user may not make the database that a trial restore needs. Give it the right " +
          "(ALTER ROLE ... CREATEDB), or set backup.drill_schedule to off.",
        { cause },
      );
    });
    try {
      const scratchUrl = new URL(url);
      scratchUrl.pathname = `/${encodeURIComponent(name)}`;
      return await work(scratchUrl.href);
    } finally {
      await drop(client, name);
    }
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function dropLeftovers(client: pg.Client, prefix: string): Promise<void> {
  const { rows } = await client.query<{ name: string }>(
    "select datname as name from pg_database where datname ^@ $1",
    [prefix],
  );
  for (const { name } of rows) await drop(client, name);
}

/** Cuts the connections that a dead process may have left. */
async function drop(client: pg.Client, name: string): Promise<void> {
  await client.query(`drop database if exists ${quoted(name)} with (force)`);
}
