import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { open, readFile, rm, stat } from "node:fs/promises";
import { createServer } from "node:net";
import { totalmem } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { DatabaseStartError } from "./database-start-error.ts";
import { clusterFolder, lastLines } from "./embedded-cluster.ts";
import type { Location } from "./embedded-location.ts";

/** A crash with much to replay can take minutes; a folder on a dead disk must not wait for ever. */
const START_TIMEOUT_MS = 300_000;
/** A fast shutdown writes a checkpoint; after this time the immediate one follows (still safe). */
const FAST_STOP_TIMEOUT_MS = 45_000;
const POLL_MS = 20;
/** The server's own log begins anew when a start finds it above this size. */
const LOG_LIMIT_BYTES = 10 * 2 ** 20;

/**
 * Starts the postmaster and waits until it takes connections. It is the leader of a session of its
 * own, so that Ctrl-C in the terminal reaches only the server, which stops it when requests are done.
 */
export async function startPostmaster(
  location: Location,
  port: number,
  settings: Readonly<Record<string, string>>,
): Promise<ChildProcess> {
  const logFile = join(location.folder, "server.log");
  const size = await stat(logFile).then(
    (found) => found.size,
    () => 0,
  );
  // A file, not a pipe: an orphaned postmaster must not lose its log with its parent.
  const logHandle = await open(logFile, size > LOG_LIMIT_BYTES ? "w" : "a", 0o600);
  const logStart = (await logHandle.stat()).size;
  const all = { ...defaultSettings(), ...settings, port: String(port) };
  const child = spawn(
    join(location.programs, "bin", "postgres"),
    [
      "-D",
      clusterFolder(location),
      ...Object.entries(all).flatMap(([k, v]) => ["-c", `${k}=${v}`]),
    ],
    {
      ...location.user,
      cwd: location.folder,
      detached: true,
      stdio: ["ignore", logHandle.fd, logHandle.fd],
      env: { NODE_ENV: "production", PATH: process.env.PATH, LC_ALL: "C", TZ: "UTC" },
    },
  );
  let spawnError: Error | null = null;
  child.on("error", (error) => {
    spawnError = error;
  });
  await logHandle.close();
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (Date.now() < deadline) {
    await sleep(POLL_MS);
    const running = await readPostmaster(location);
    if (running !== null && running.pid === child.pid && running.status === "ready") return child;
    if (spawnError === null && child.exitCode === null && child.signalCode === null) continue;
    const said = spawnError ?? lastLines((await readFile(logFile, "utf8")).slice(logStart));
    throw new DatabaseStartError(`PostgreSQL did not start (log: ${logFile}): ${said}`);
  }
  child.kill("SIGQUIT");
  throw new DatabaseStartError(
    `PostgreSQL was not ready after ${START_TIMEOUT_MS / 1000} s; its log is ${logFile}.`,
  );
}

/** Durable first: no fsync is traded for speed. Memory modest: a model server runs beside it. */
function defaultSettings(): Record<string, string> {
  const megabytes = Math.floor(Math.min(totalmem(), process.constrainedMemory() || Infinity) / 1e6);
  const buffers = Math.max(64, Math.min(512, Math.floor(megabytes / 16)));
  return {
    listen_addresses: "127.0.0.1",
    unix_socket_directories: "",
    max_connections: "100",
    shared_buffers: `${buffers}MB`,
    effective_cache_size: `${buffers * 4}MB`,
    work_mem: "8MB",
    maintenance_work_mem: "128MB",
    // Containers give /dev/shm 64 MB, which a parallel query overruns; a file has no such limit.
    dynamic_shared_memory_type: "mmap",
    random_page_cost: "1.1",
    jit: "off",
    fsync: "on",
    full_page_writes: "on",
    synchronous_commit: "on",
    log_checkpoints: "off",
    log_timezone: "UTC",
  };
}

type RunningPostmaster = { pid: number; port: number; status: string };

/** The content of `postmaster.pid` (PostgreSQL's pidfile.h), null when there is none or it is cut off. */
export async function readPostmaster(location: Location): Promise<RunningPostmaster | null> {
  const text = await readFile(join(clusterFolder(location), "postmaster.pid"), "utf8").catch(
    () => "",
  );
  const lines = text.split("\n").map((line) => line.trim());
  const pid = Number(lines[0]);
  if (!Number.isSafeInteger(pid) || pid < 2) return null;
  return { pid, port: Number(lines[3]), status: lines[7] ?? "" };
}

/** Whether the process is the postmaster of this cluster: numbers are reused. */
export function isOurPostmaster(location: Location, pid: number): boolean {
  return commandOf(pid).includes(clusterFolder(location));
}

/**
 * Clears the way after a kill -9 of the server: stops a postmaster that was left behind, and removes
 * a `postmaster.pid` whose process is gone or has become another program (numbers are reused).
 */
export async function stopOrphan(location: Location, log: (line: string) => void): Promise<void> {
  const running = await readPostmaster(location);
  if (running === null) return;
  const isOurs = () => isOurPostmaster(location, running.pid);
  if (isOurs()) {
    log(`Stopping PostgreSQL (process ${running.pid}) that an earlier server left behind`);
    await stopProcess(running.pid, () => !isOurs());
    return;
  }
  await rm(join(clusterFolder(location), "postmaster.pid"), { force: true });
}

/** Fast shutdown (sessions are cut, a checkpoint is written), then the immediate one. */
export async function stopProcess(pid: number, hasEnded: () => boolean): Promise<void> {
  signal(pid, "SIGINT");
  const deadline = Date.now() + FAST_STOP_TIMEOUT_MS;
  while (!hasEnded() && Date.now() < deadline) await sleep(POLL_MS);
  if (!hasEnded()) signal(pid, "SIGQUIT");
  while (!hasEnded() && Date.now() < deadline + FAST_STOP_TIMEOUT_MS) await sleep(POLL_MS);
  if (!hasEnded()) throw new DatabaseStartError(`PostgreSQL (process ${pid}) does not stop.`);
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // The process is gone already, which is what the signal was for.
  }
}

/**
 * The command line of a process, empty when it is gone or only waits for its parent to notice (a
 * zombie). A slim container has /proc but no ps.
 */
function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8");
  } catch {
    const outcome = spawnSync("ps", ["-ww", "-o", "args=", "-p", String(pid)], {
      encoding: "utf8",
    });
    return outcome.stdout ?? "";
  }
}

/** A port of 127.0.0.1 that is free now. */
export async function findFreePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.on("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      probe.close(() => {
        if (typeof address === "object" && address !== null) resolve(address.port);
        else reject(new Error("no port"));
      });
    });
  });
}
