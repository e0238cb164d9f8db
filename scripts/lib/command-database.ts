import type { Config } from "../../lib/config/config.ts";
import { startEmbeddedPostgres } from "../../lib/db/embedded.ts";
import { hasCluster } from "../../lib/db/embedded-location.ts";
import { findRunningPostgres } from "../../lib/db/embedded-running.ts";
import { CommandError } from "./command-error.ts";
import { say } from "./say.ts";

type Opened = {
  config: Config;
  /** Of the tables' owner. */
  ownerUrl: string;
  close: () => Promise<void>;
};

/** `isShared`: that of a running server does as well. `isMade`: an embedded one that is not there yet is made. */
type Wanted = { isShared: boolean; isMade: boolean };

/**
 * The configuration with the URL of the database, which is started for the time of the command where no server has it. Throws
 * CommandError where there is none: a mistyped path must not become a registry.
 */
export async function openCommandDatabase(
  config: Config,
  { isShared, isMade }: Wanted,
): Promise<Opened> {
  const { url, migrationUrl } = config.database;
  const nothing = async () => undefined;
  if (url !== null) return { config, ownerUrl: migrationUrl ?? url, close: nothing };
  const dataFolder = config.storage.basePath;
  if (!isMade && !(await hasCluster(dataFolder)))
    throw new CommandError(
      `There is no registry in ${dataFolder}: it has no database. Set the same configuration as for the server ` +
        "(MODEL_REGISTRY_STORAGE__BASE_PATH, or DATABASE_URL).",
    );
  const running = isShared ? await findRunningPostgres(dataFolder) : null;
  if (running !== null)
    return { config: withUrl(config, running), ownerUrl: running, close: nothing };
  const log = (line: string) => say("Database", line);
  const postgres = await startEmbeddedPostgres({ dataFolder, log });
  return {
    config: withUrl(config, postgres.url),
    ownerUrl: postgres.url,
    close: () => postgres.stop(),
  };
}

const withUrl = (config: Config, url: string): Config => ({
  ...config,
  database: { ...config.database, url },
});
