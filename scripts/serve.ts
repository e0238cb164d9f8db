/**
 * The server process: configuration, database, migrations, services, then routes and Next's pages on a plain Node HTTP server.
 * Started by start.mjs, which has installed and built what is needed.
 */
import { hostname } from "node:os";
import { resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { routeTables } from "../app/route-tables.ts";
import { composeServices, type Services } from "../lib/compose.ts";
import { ConfigError } from "../lib/config/config-error.ts";
import { type Config, loadConfig } from "../lib/config/load-config.ts";
import { DatabaseStartError } from "../lib/db/database-start-error.ts";
import { type EmbeddedPostgres, startEmbeddedPostgres } from "../lib/db/embedded.ts";
import { applyMigrations } from "../lib/db/migrate.ts";
import { isRegistryError } from "../lib/errors.ts";
import { AllowedHosts } from "../lib/http/allowed-hosts.ts";
import { RouteServer } from "../lib/http/serve-routes.ts";
import { provideServices } from "../lib/server.ts";
import { openStorage } from "../lib/storage/open-storage.ts";
import { HttpServer, ListenError } from "./lib/http-server.ts";
import { openNext } from "./lib/next-app.ts";
import { PagePaths } from "./lib/page-paths.ts";
import { Screen } from "./lib/screen-request.ts";

// An upload's bytes come in buffers outside the heap. By default V8 marks the whole heap after each 64 MB of them,
// which cost half of an upload's processor time; counted with the heap, a cheap minor collection frees them
// (docs/performance.md).
setFlagsFromString("--external-memory-accounted-in-global-limit");

const projectFolder = resolve(import.meta.dirname, "..");
const isDevelopment = process.argv.includes("--dev");
/**
 * A database that does not answer never releases the work that waits for it, so closing is cut after this time;
 * acknowledged changes are durable, as after a kill. With the time for requests in flight it fits the 30 s that
 * Kubernetes gives a container.
 */
const CLOSE_TIMEOUT_MS = 8_000;

/** The parts that have been started; they end in the opposite order. */
const started: { end: () => Promise<void> }[] = [];
let stopping = false;

function say(topic: string, text: string): void {
  console.log(`  ${topic.padEnd(12)} ${text}`);
}

async function timed<T>(topic: string, work: () => Promise<T>, tell: (result: T) => string) {
  const begun = performance.now();
  const result = await work();
  say(topic, `${tell(result)} (${((performance.now() - begun) / 1000).toFixed(1)} s)`);
  return result;
}

async function start(): Promise<void> {
  process.chdir(projectFolder);
  const config = loadConfig();
  for (const warning of config.warnings) say("Note", warning);
  // The port comes first: when it is taken, nothing else needs to be started.
  const hosts = new AllowedHosts({
    configured: config.api.allowedHosts,
    boundTo: config.api.host.toLowerCase(),
    machine: hostname().toLowerCase(),
  });
  const routes = new RouteServer(routeTables);
  const http = new HttpServer({
    idleTimeoutMs: config.uploads.idleTimeoutMs,
    screen: new Screen(hosts, routes, new PagePaths(resolve(projectFolder, "app"))),
    upgradePath: isDevelopment ? "/_next/" : null,
  });
  const address = await http.listen(config.api.host, config.api.port);

  if (config.storage.driver === "s3") await timed("Storage", () => proveBucket(config), String);
  const url = await openDatabase(config);
  await timed(
    "Migrations",
    () => applyMigrations(url, projectFolder),
    (names) => (names.length === 0 ? "up to date" : `applied ${names.join(", ")}`),
  );
  const services = await composeServices({ ...config, database: { ...config.database, url } });
  provideServices(services);
  started.push({ end: () => closeServices(services) });
  // Last, so that it ends first: requests in flight still need the services and the database.
  started.push({ end: () => http.drain() });
  const next = await timed(
    "Server",
    () => openNext(projectFolder, isDevelopment, http.server),
    () => `Node ${process.versions.node}, process ${process.pid}`,
  );
  if (stopping) return;
  http.serve({ routes: isDevelopment ? null : routes, pages: next });
  say("Data", config.storage.basePath);
  say("Names", `${["localhost", ...hosts.names()].join(", ")}; more: api.allowed_hosts`);
  console.log(`\nReady: ${address}  (Ctrl-C stops it)\n`);
}

/** Finds a wrong bucket or key at start, and not in the first request. */
async function proveBucket({ storage: settings }: Config): Promise<string> {
  const storage = await openStorage(settings);
  await storage.close();
  return `bucket ${settings.s3.bucket} of ${settings.s3.endpoint ?? "AWS S3"}`;
}

async function openDatabase(config: Config): Promise<string> {
  if (config.database.url !== null) {
    say("Database", `PostgreSQL at ${new URL(config.database.url).host}`);
    return config.database.url;
  }
  const postgres = await timed(
    "Database",
    () =>
      startEmbeddedPostgres({
        dataFolder: config.storage.basePath,
        log: (line) => say("Database", line),
      }),
    (server: EmbeddedPostgres) => `embedded PostgreSQL on port ${server.port}`,
  );
  started.push({ end: () => postgres.stop() });
  return postgres.url;
}

class CloseTimeout extends Error {}

async function closeServices(services: Services): Promise<void> {
  const timeout = sleep(CLOSE_TIMEOUT_MS).then(() => {
    const waited = `${CLOSE_TIMEOUT_MS / 1000} s`;
    throw new CloseTimeout(
      `Does the database answer? What works with it has not ended within ${waited}.`,
    );
  });
  await Promise.race([services.close(), timeout]);
}

async function stop(exitCode: number): Promise<void> {
  stopping = true;
  for (let last = started.pop(); last !== undefined; last = started.pop()) {
    await last.end().catch((error: unknown) => {
      console.error(error instanceof CloseTimeout ? `\n${error.message}` : error);
      process.exitCode = 1;
    });
  }
  process.exit(process.exitCode ?? exitCode);
}

function stopOnRequest(reason: string): void {
  if (stopping) {
    console.log(`${reason} again: ending at once`);
    process.exit(1);
  }
  stopping = true;
  console.log(`\n${reason}: finishing requests, then stopping (once more ends at once)`);
  void starting.then(() => stop(0));
}

process.on("SIGINT", () => stopOnRequest("Ctrl-C"));
process.on("SIGTERM", () => stopOnRequest("SIGTERM"));
process.on("SIGHUP", () => stopOnRequest("SIGHUP"));
// The start command is gone (kill -9): nobody would stop us any more.
process.on("disconnect", () => stopOnRequest("The start command ended"));

const EXPECTED = [ConfigError, DatabaseStartError, ListenError];
const starting = start().catch(async (error: unknown) => {
  const isExpected = EXPECTED.some((kind) => error instanceof kind);
  if (isRegistryError(error)) console.error(`\n${error.detail}`);
  else console.error(isExpected ? `\n${(error as Error).message}` : error);
  await stop(1);
});
