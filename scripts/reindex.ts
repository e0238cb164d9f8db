/**
 * `npm run reindex`: makes the rows of an empty database from the manifests and blobs alone. Set the same
 * configuration as for the server, which must not be running. An interrupted run goes on where it was.
 */
import { resolve } from "node:path";
import { SYSTEM } from "../lib/access/actor.ts";
import { composeServices } from "../lib/compose.ts";
import type { Config } from "../lib/config/config.ts";
import { loadConfig } from "../lib/config/load-config.ts";
import { prepareDatabase } from "../lib/db/prepare-database.ts";
import { type RebuildProgress, rebuildRegistry } from "../lib/models/rebuild-registry.ts";
import { openCommandDatabase } from "./lib/command-database.ts";
import { runCommand } from "./lib/run-command.ts";
import { counted, say } from "./lib/say.ts";

const projectFolder = resolve(import.meta.dirname, "..");
const PROGRESS_MS = 2000;

async function reindex(configured: Config, signal: AbortSignal): Promise<number> {
  const database = await openCommandDatabase(configured, { isShared: false, isMade: true });
  try {
    const { config, ownerUrl } = database;
    const serverUrl = configured.database.url;
    const { url } = await prepareDatabase({ ownerUrl, serverUrl }, projectFolder);
    return await rebuild({ ...config, database: { ...config.database, url } }, signal);
  } finally {
    await database.close();
  }
}

async function rebuild(config: Config, signal: AbortSignal): Promise<number> {
  const services = await composeServices(config, { background: false });
  let shownAt = 0;
  try {
    const ctx = services.createContext({
      requestId: null,
      address: null,
      actor: SYSTEM,
    });
    const { models, versions, problems } = await rebuildRegistry(ctx, {
      report: ({ key, reason }) => console.error(`  Problem      ${key}: ${reason}`),
      onProgress: (progress) => {
        signal.throwIfAborted();
        if (Date.now() - shownAt < PROGRESS_MS) return;
        shownAt = Date.now();
        say("Rebuilding", told(progress));
      },
    });
    say("Rebuilt", `${told({ models, versions })}; ${counted(problems, "problem")}`);
    // Problems are not a failure of the run, but a script that calls it should notice.
    return problems === 0 ? 0 : 2;
  } finally {
    await services.close();
  }
}

const told = ({ models, versions }: RebuildProgress) =>
  `${counted(models, "model")}, ${counted(versions, "version")}`;

const usage = `npm run reindex

Makes the rows of an empty database from the manifests and blobs of the storage alone. It takes no arguments: set the
same configuration as for the server, which must not be running. An interrupted run goes on where it was.

Ends with 0 when everything is back, 2 when something could not be read, 1 when it was not done.`;

await runCommand({ usage, options: {}, words: { most: 0 } }, (_given, signal) =>
  reindex(loadConfig(), signal),
);
