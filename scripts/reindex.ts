/**
 * `npm run reindex`: makes the rows of an empty database from the manifests and blobs alone. Set the same
 * configuration as for the server, which must not be running. An interrupted run goes on where it was.
 */
import { resolve } from "node:path";
import { SYSTEM } from "../lib/access/actor.ts";
import { composeServices } from "../lib/compose.ts";
import { ConfigError } from "../lib/config/config-error.ts";
import { loadConfig } from "../lib/config/load-config.ts";
import { DatabaseStartError } from "../lib/db/database-start-error.ts";
import { startEmbeddedPostgres } from "../lib/db/embedded.ts";
import { applyMigrations } from "../lib/db/migrate.ts";
import { isRegistryError } from "../lib/errors.ts";
import { DatabaseNotEmptyError, rebuildRegistry } from "../lib/models/rebuild-registry.ts";

const projectFolder = resolve(import.meta.dirname, "..");
const PROGRESS_MS = 2000;

async function reindex(): Promise<boolean> {
  const config = loadConfig();
  const postgres =
    config.database.url === null
      ? await startEmbeddedPostgres({ dataFolder: config.storage.basePath, log: console.log })
      : null;
  try {
    const url = config.database.url ?? postgres?.url ?? "";
    await applyMigrations(url, projectFolder);
    return await rebuild({ ...config, database: { ...config.database, url } });
  } finally {
    await postgres?.stop();
  }
}

async function rebuild(config: Parameters<typeof composeServices>[0]): Promise<boolean> {
  const services = await composeServices(config, { background: false });
  let shownAt = 0;
  try {
    const ctx = services.createContext({
      requestId: null,
      address: null,
      actor: SYSTEM,
    });
    const outcome = await rebuildRegistry(ctx, {
      report: ({ key, reason }) => console.error(`  Problem      ${key}: ${reason}`),
      onProgress: ({ models, versions }) => {
        if (Date.now() - shownAt < PROGRESS_MS) return;
        shownAt = Date.now();
        console.log(`  Rebuilding   ${models} models, ${versions} versions`);
      },
    });
    console.log(
      `  Rebuilt      ${outcome.models} models, ${outcome.versions} versions; ${outcome.problems} problems`,
    );
    return outcome.problems === 0;
  } finally {
    await services.close();
  }
}

try {
  // Problems are not a failure of the run, but a script that calls it should notice.
  if (!(await reindex())) process.exitCode = 2;
} catch (error) {
  const expected = [ConfigError, DatabaseStartError, DatabaseNotEmptyError];
  const isExpected = isRegistryError(error) || expected.some((kind) => error instanceof kind);
  console.error(isExpected ? `\n${(error as Error).message}` : error);
  process.exitCode = 1;
}
