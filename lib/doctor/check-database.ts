/** The database: whether it can be reached, is new enough, has what the registry needs, and agrees on the time. */
import pg from "pg";
import { readMigrations } from "#lib/db/migrate.ts";
import { findAuditRights } from "#lib/db/server-role.ts";
import { bad, examine, type Finding, good, warning } from "./finding.ts";

const OLDEST_MAJOR = 15;
const EXTENSION = "pg_trgm";
/** Expiries are the database's, signatures and logs the server's. */
const SKEW_MAX_MS = 5_000;
const CONNECT_TIMEOUT_MS = 10_000;

type Facts = {
  version: string;
  major: number;
  has_extension: boolean;
  can_have_extension: boolean;
  now: Date;
  connections: number;
  max_connections: number;
  has_migrations: boolean;
};

/** `url` is the server's own, with the rights of its role; of the embedded database it is the owner's. */
export async function checkDatabase(
  url: string,
  { projectFolder, isEmbedded }: { projectFolder: string; isEmbedded: boolean },
): Promise<Finding[]> {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    statement_timeout: CONNECT_TIMEOUT_MS,
    application_name: "model-registry-doctor",
  });
  // A connection that is lost later is told by the query that needed it.
  client.on("error", () => undefined);
  const reached = await examine("Database", async () => {
    await client.connect();
    return good("Database", new URL(url).host);
  });
  if (reached.state === "bad") {
    const detail = `${reached.detail}. Check database.url, and that PostgreSQL runs and lets this machine in.`;
    return [{ ...reached, detail }];
  }
  try {
    const askedAt = Date.now();
    const facts = await readFacts(client);
    const tookMs = Date.now() - askedAt;
    return [
      reached,
      ...judge(facts, Math.abs(askedAt + tookMs / 2 - facts.now.getTime()) - tookMs / 2),
      await examine("Migrations", () => checkMigrations(client, facts, projectFolder)),
      // The server makes a role with fewer rights in its embedded database.
      ...(isEmbedded ? [] : [await examine("Audit log", () => checkAuditRights(url, facts))]),
    ];
  } finally {
    await client.end();
  }
}

async function readFacts(client: pg.Client): Promise<Facts> {
  const { rows } = await client.query<Facts>(
    `select current_setting('server_version') as version,
       current_setting('server_version_num')::int / 10000 as major,
       exists (select from pg_extension where extname = $1) as has_extension,
       exists (select from pg_available_extensions where name = $1) as can_have_extension,
       clock_timestamp() as now,
       (select count(*)::int from pg_stat_activity where backend_type = 'client backend') as connections,
       current_setting('max_connections')::int as max_connections,
       to_regclass('_prisma_migrations') is not null as has_migrations`,
    [EXTENSION],
  );
  const [facts] = rows;
  if (!facts) throw new Error("The database gives no answer.");
  return facts;
}

function judge(facts: Facts, skewMs: number): Finding[] {
  const { version, major, connections, max_connections: most } = facts;
  const used = `${connections} of ${most} connections`;
  return [
    major >= OLDEST_MAJOR
      ? good("PostgreSQL", version)
      : bad(
          "PostgreSQL",
          `${version} is too old: ${OLDEST_MAJOR} is the oldest that is supported.`,
        ),
    facts.has_extension
      ? good("Extension", EXTENSION)
      : facts.can_have_extension
        ? warning(
            "Extension",
            `${EXTENSION} is made by the first start, whose role must be allowed to.`,
          )
        : bad(
            "Extension",
            `${EXTENSION} is not installed: add PostgreSQL's package of extensions (contrib).`,
          ),
    connections < most * 0.9
      ? good("Connections", used)
      : warning("Connections", `${used}: raise max_connections, or lower database.pool_size.`),
    skewMs <= SKEW_MAX_MS
      ? good("Clock", "agrees with the database's")
      : bad(
          "Clock",
          `This machine's clock is ${Math.round(skewMs / 1000)} s off the database's: let NTP set both.`,
        ),
  ];
}

async function checkMigrations(
  client: pg.Client,
  { has_migrations: isMade }: Facts,
  projectFolder: string,
): Promise<Finding> {
  const check = "Migrations";
  if (!isMade) return warning(check, "The database is empty; npm start makes its tables.");
  const { rows } = await client.query<{ name: string; is_done: boolean }>(
    `select migration_name as name, finished_at is not null as is_done
     from _prisma_migrations where rolled_back_at is null`,
  );
  const { migrationDirectories } = await readMigrations(projectFolder);
  const known = new Set(migrationDirectories.map(({ path }) => path));
  const unknown = rows.find(({ name }) => !known.has(name));
  if (unknown)
    return bad(
      check,
      `The database is newer than this release: it has ${unknown.name}. Start the release that it was last used with, or a later one.`,
    );
  const broken = rows.find((row) => !row.is_done);
  if (broken)
    return bad(
      check,
      `${broken.name} has not ended. The next start goes on, or says why it cannot.`,
    );
  const missing = known.size - rows.length;
  if (missing > 0) return warning(check, `${missing} are applied by the next start.`);
  return good(check, `all ${known.size} are applied`);
}

async function checkAuditRights(url: string, { has_migrations: isMade }: Facts): Promise<Finding> {
  const check = "Audit log";
  if (!isMade) return warning(check, "There is none yet.");
  const rights = await findAuditRights(url);
  if (rights.length === 0) return good(check, "the server's role can only add to it");
  return warning(
    check,
    `The database role may ${rights.join(", ")} the audit log; docs/audit.md says how to confine it.`,
  );
}
