/** The built product as a child process on a free port, with a data folder and PostgreSQL of its own. */
import { type ChildProcess, spawn } from "node:child_process";
import { accessSync } from "node:fs";
import { chmod, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { SERVER_NODE_FLAGS, serverEnvironment } from "../../scripts/lib/server-flags.mjs";
import { placeMigratedCluster } from "./migrated-cluster.ts";
import { inSmallVolume } from "./small-volume.ts";

const projectFolder = resolve(import.meta.dirname, "..", "..");
/** Two cores may be busy with other tests: long, but a server that never comes still ends the run. */
const START_TIMEOUT_MS = 120_000;
const STOP_TIMEOUT_MS = 60_000;
const POLL_MS = 25;

export type RunningServer = {
  /** Stays the same over `restart`. */
  readonly baseUrl: string;
  /** `storage.base_path`. */
  readonly dataFolder: string;
  readonly pid: number;
  /** Everything that the server has printed, over all its starts. */
  logs(): string;
  /** SIGTERM, and all that the server left is removed. Gives its exit code; null after `kill9`. */
  stop(): Promise<number | null>;
  /** SIGTERM, the data stays; gives the exit code. */
  terminate(): Promise<number | null>;
  /** The server dies at once; its PostgreSQL is orphaned, as in a real crash. */
  kill9(): Promise<void>;
  /** Starts again on the same data and port, after `kill9` or `terminate`. */
  restart(): Promise<void>;
};

/**
 * `env` overrides settings, such as `MODEL_REGISTRY_STORAGE__MAX_UPLOAD_SIZE`. With `volumeMb` the data folder is
 * a volume of that size, which only the server sees (`small-volume.ts`). `isOnOneCore`: as in a small container.
 */
export async function startServer(
  options: { env?: Record<string, string>; volumeMb?: number; isOnOneCore?: boolean } = {},
): Promise<RunningServer> {
  requireBuild();
  const folder = await mkdtemp(join(tmpdir(), "registry-test-"));
  // PostgreSQL runs as another user when root runs the tests.
  await chmod(folder, 0o711);
  const dataFolder = join(folder, "data");
  const environment: Record<string, string> = {
    MODEL_REGISTRY_API__HOST: "127.0.0.1",
    MODEL_REGISTRY_API__PORT: "0",
    MODEL_REGISTRY_STORAGE__BASE_PATH: dataFolder,
    MODEL_REGISTRY_STORAGE__MIN_FREE_SPACE: "100MB",
    MODEL_REGISTRY_LOG__LEVEL: "warn",
    ...options.env,
  };
  // A small volume is made by the server's own process.
  if (environment.DATABASE_URL === undefined && options.volumeMb === undefined)
    await placeMigratedCluster(dataFolder);
  const printed: string[] = [];
  const spawnServer = () => spawnProcess(serverCommand(dataFolder, options), environment, printed);
  let child = spawnServer();
  let baseUrl = await waitUntilReady(child, printed);
  environment.MODEL_REGISTRY_API__PORT = new URL(baseUrl).port;

  const terminate = async () => {
    child.kill("SIGTERM");
    await waitForExit(child);
    return child.exitCode;
  };
  return {
    get baseUrl() {
      return baseUrl;
    },
    dataFolder,
    get pid() {
      return child.pid ?? 0;
    },
    logs: () => printed.join(""),
    terminate,
    async stop() {
      const exitCode = await terminate();
      await stopOrphanedPostgres(dataFolder);
      await rm(folder, { recursive: true, force: true });
      return exitCode;
    },
    async kill9() {
      child.kill("SIGKILL");
      await waitForExit(child);
    },
    async restart() {
      child = spawnServer();
      baseUrl = await waitUntilReady(child, printed);
    },
  };
}

function requireBuild(): void {
  const build = join(projectFolder, process.env.NEXT_DIST_DIR ?? ".next", "BUILD_ID");
  try {
    accessSync(build);
  } catch {
    throw new Error(`There is no build (${build}). Run: node scripts/start.mjs --prepare`);
  }
}

function serverCommand(
  dataFolder: string,
  { volumeMb, isOnOneCore }: { volumeMb?: number; isOnOneCore?: boolean },
): string[] {
  const script = join(projectFolder, "scripts", "serve.ts");
  const pinned = isOnOneCore ? ["taskset", "--cpu-list", "0"] : [];
  const command = [...pinned, process.execPath, ...SERVER_NODE_FLAGS, script];
  return volumeMb === undefined ? command : inSmallVolume(dataFolder, volumeMb, command);
}

function spawnProcess(
  [program = "", ...parameters]: string[],
  environment: Record<string, string>,
  printed: string[],
): ChildProcess {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !name.startsWith("MODEL_REGISTRY_") && !name.startsWith("DATABASE_URL"),
  );
  // The channel makes the server stop when the test process is killed.
  const child = spawn(program, parameters, {
    cwd: projectFolder,
    env: {
      ...serverEnvironment(Object.fromEntries(inherited)),
      ...environment,
      NODE_ENV: "production",
    },
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  });
  child.stdout?.on("data", (chunk) => printed.push(String(chunk)));
  child.stderr?.on("data", (chunk) => printed.push(String(chunk)));
  return child;
}

async function waitUntilReady(child: ChildProcess, printed: string[]): Promise<string> {
  const begun = printed.length;
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (Date.now() < deadline && !hasEnded(child)) {
    const url = /Ready: (http:\/\/\S+)/.exec(printed.slice(begun).join(""))?.[1];
    if (url !== undefined && (await isHealthy(url))) return url;
    await sleep(POLL_MS);
  }
  child.kill("SIGKILL");
  throw new Error(`The server did not become ready:\n${printed.slice(begun).join("")}`);
}

async function isHealthy(url: string): Promise<boolean> {
  const answer = await fetch(`${url}/healthz`).catch(() => null);
  return answer?.status === 200;
}

async function waitForExit(child: ChildProcess): Promise<void> {
  const deadline = Date.now() + STOP_TIMEOUT_MS;
  while (!hasEnded(child)) {
    if (Date.now() > deadline) {
      child.kill("SIGKILL");
      throw new Error(`The server did not end within ${STOP_TIMEOUT_MS / 1000} s.`);
    }
    await sleep(POLL_MS);
  }
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

async function stopOrphanedPostgres(dataFolder: string): Promise<void> {
  const file = join(dataFolder, "postgres", "cluster", "postmaster.pid");
  const read = () => readFile(file, "utf8").catch(() => null);
  const pid = Number((await read())?.split("\n")[0]);
  if (!(pid > 1)) return;
  process.kill(pid, "SIGINT");
  const deadline = Date.now() + STOP_TIMEOUT_MS;
  while ((await read()) !== null && Date.now() < deadline) await sleep(POLL_MS);
}
