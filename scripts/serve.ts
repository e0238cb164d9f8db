/**
 * The server process: configuration, database, migrations, services, then routes and Next's pages on a plain Node HTTP server.
 * Started by start.mjs, which has installed and built what is needed. With `api.workers` above 1 this process has the
 * database only, and starts that many of itself, which serve.
 */
import { resolve } from "node:path";
import { setFlagsFromString } from "node:v8";
import type { Config } from "../lib/config/config.ts";
import { ConfigError } from "../lib/config/config-error.ts";
import { loadConfig } from "../lib/config/load-config.ts";
import { DatabaseStartError } from "../lib/db/database-start-error.ts";
import { isRegistryError } from "../lib/errors.ts";
import { LostDatabaseError } from "../lib/models/assert-not-lost.ts";
import { AgentProcess } from "./lib/agent-process.ts";
import { ListenError } from "./lib/http-server.ts";
import { openDatabase, proveBucket } from "./lib/open-database.ts";
import { say } from "./lib/say.ts";
import { CloseTimeout, Serving } from "./lib/serving.ts";
import { tellAccess } from "./lib/tell-access.ts";
import { tellBackups } from "./lib/tell-backups.ts";
import {
  tellReady,
  WorkerProcesses,
  WorkerStartError,
  workerNumber,
} from "./lib/worker-processes.ts";

// An upload's bytes come in buffers outside the heap. By default V8 marks the whole heap after each 64 MB of them,
// which cost half of an upload's processor time; counted with the heap, a cheap minor collection frees them
// (docs/performance.md).
setFlagsFromString("--external-memory-accounted-in-global-limit");

const projectFolder = resolve(import.meta.dirname, "..");
const isDevelopment = process.argv.includes("--dev");

/** The parts that have been started; they end in the opposite order. */
const started: { end: () => Promise<void> }[] = [];
let stopping = false;

async function start(): Promise<void> {
  process.chdir(projectFolder);
  const config = loadConfig();
  const number = workerNumber();
  if (number !== null) await startAsWorker(config, number);
  else if (config.api.workers > 1 && !isDevelopment) await startWorkers(config);
  else await startAlone(config);
}

async function startAlone(config: Config): Promise<void> {
  const serving = new Serving(config, { projectFolder, isDevelopment, background: true });
  // The port comes first: when it is taken, nothing else needs to be started.
  const address = await serving.listen();
  await proveBucket(config);
  const url = await openDatabase(config, projectFolder, (end) => started.push({ end }));
  started.push({ end: () => serving.end() });
  await serving.start(url);
  if (stopping) return;
  await tellAccess(serving.services, address);
  await tell(config, serving.names, address);
  startAgent(serving, address);
}

/** It ends before the server does, which it tells of the end of its work. */
function startAgent({ services }: Serving, address: string): void {
  const agent = new AgentProcess(services, address, projectFolder);
  started.push({ end: () => agent.end() });
  void agent.start().catch((error) => services.log.error({ operation: "agent", error }, "failed"));
}

/** This process keeps the database, and no request comes here. */
async function startWorkers(config: Config): Promise<void> {
  const probe = new Serving(config, { projectFolder, isDevelopment, background: false });
  await probe.listen();
  await probe.end();
  await proveBucket(config);
  const url = await openDatabase(config, projectFolder, (end) => started.push({ end }));
  const workers = new WorkerProcesses({ DATABASE_URL: url });
  started.push({ end: () => workers.stop() });
  const address = await workers.start(config.api.workers);
  if (stopping) return;
  say("Server", `${config.api.workers} processes`);
  await tell(config, probe.names, address);
}

async function startAsWorker(config: Config, number: number): Promise<void> {
  // Background work runs once however many processes there are; the first one has it.
  const serving = new Serving(config, {
    projectFolder,
    isDevelopment: false,
    background: number === 0,
  });
  const address = await serving.listen();
  started.push({ end: () => serving.end() });
  await serving.start(config.database.url ?? "");
  if (number === 0) await tellAccess(serving.services, address);
  if (stopping) return;
  tellReady(address);
  if (number === 0) startAgent(serving, address);
}

async function tell(config: Config, names: readonly string[], address: string): Promise<void> {
  for (const warning of config.warnings) say("Note", warning);
  await tellBackups(config);
  say("Data", config.storage.basePath);
  say("Names", `${["localhost", ...names].join(", ")}; more: api.allowed_hosts`);
  console.log(`\nReady: ${address}  (Ctrl-C stops it)\n`);
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
  if (workerNumber() === null)
    console.log(`\n${reason}: finishing requests, then stopping (once more ends at once)`);
  void starting.then(() => stop(0));
}

process.on("SIGINT", () => stopOnRequest("Ctrl-C"));
process.on("SIGTERM", () => stopOnRequest("SIGTERM"));
process.on("SIGHUP", () => stopOnRequest("SIGHUP"));
// The start command is gone (kill -9): nobody would stop us any more.
process.on("disconnect", () => stopOnRequest("The start command ended"));

const EXPECTED = [
  ConfigError,
  DatabaseStartError,
  ListenError,
  LostDatabaseError,
  WorkerStartError,
];
const starting = start().catch(async (error: unknown) => {
  const isExpected = EXPECTED.some((kind) => error instanceof kind);
  if (isRegistryError(error)) console.error(`\n${error.detail}`);
  else console.error(isExpected ? `\n${(error as Error).message}` : error);
  await stop(1);
});
