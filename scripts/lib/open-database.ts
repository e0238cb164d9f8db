import type { Config } from "../../lib/config/config.ts";
import { type EmbeddedPostgres, startEmbeddedPostgres } from "../../lib/db/embedded.ts";
import { prepareDatabase } from "../../lib/db/prepare-database.ts";
import { openStorage } from "../../lib/storage/open-storage.ts";
import { say, timed } from "./say.ts";

/** The URL that the server works with, of a database that has the newest form. `onStarted` gets what ends it. */
export async function openDatabase(
  config: Config,
  projectFolder: string,
  onStarted: (stop: () => Promise<void>) => void,
): Promise<string> {
  const ownerUrl = await findOwner(config, onStarted);
  const { url, auditRights } = await timed(
    "Migrations",
    () => prepareDatabase({ ownerUrl, serverUrl: config.database.url }, projectFolder),
    ({ applied }) => (applied.length === 0 ? "up to date" : `applied ${applied.join(", ")}`),
  );
  if (auditRights.length > 0)
    say(
      "Note",
      `the database role may ${auditRights.join(", ")} the audit log; docs/audit.md says how to confine it`,
    );
  return url;
}

/** The URL of the tables' owner. */
async function findOwner(
  { database, storage }: Config,
  onStarted: (stop: () => Promise<void>) => void,
): Promise<string> {
  if (database.url !== null) {
    say("Database", `PostgreSQL at ${new URL(database.url).host}`);
    return database.migrationUrl ?? database.url;
  }
  const postgres = await timed(
    "Database",
    () =>
      startEmbeddedPostgres({
        dataFolder: storage.basePath,
        log: (line) => say("Database", line),
      }),
    (server: EmbeddedPostgres) => `embedded PostgreSQL on port ${server.port}`,
  );
  onStarted(() => postgres.stop());
  return postgres.url;
}

/** Finds a wrong bucket or key at start, and not in the first request. */
export async function proveBucket({ storage: settings }: Config): Promise<void> {
  if (settings.driver !== "s3") return;
  await timed(
    "Storage",
    async () => (await openStorage(settings)).close(),
    () => `bucket ${settings.s3.bucket} of ${settings.s3.endpoint ?? "AWS S3"}`,
  );
}
