import { readFileSync } from "node:fs";
import { readFile, rm, stat, utimes, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { DatabaseStartError } from "./database-start-error.ts";

/** How often the owner says that it lives. */
const HEARTBEAT_MS = 2_000;
/** Without a sign of life for this long, an owner on another host is taken for dead. */
const DEAD_AFTER_MS = 10_000;

type Owner = { pid: number; startedAt: string; host: string };

/**
 * Makes this process the owner of a cluster, so that two servers never use one data folder: two
 * postmasters on one cluster destroy it, and in containers (each with its own process table)
 * PostgreSQL's own lock file cannot tell. On this host an owner's death is known at once; on another
 * one by its missing heartbeat. Returns the release. Throws DatabaseStartError while another lives.
 */
export async function claimOwnership(file: string): Promise<() => Promise<void>> {
  const me: Owner = { pid: process.pid, startedAt: startTimeOf(process.pid), host: hostname() };
  for (;;) {
    try {
      await writeFile(file, JSON.stringify(me), { flag: "wx", mode: 0o600 });
      break;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
    await requireDead(file);
    await rm(file, { force: true });
  }
  const heartbeat = setInterval(() => {
    const now = new Date();
    utimes(file, now, now).catch(() => undefined);
  }, HEARTBEAT_MS);
  heartbeat.unref();
  return async () => {
    clearInterval(heartbeat);
    await rm(file, { force: true });
  };
}

async function requireDead(file: string): Promise<void> {
  const owner = await readFile(file, "utf8").then(
    (text) => parseOwner(text),
    () => null,
  );
  if (owner === null) return;
  if (owner.host === hostname()) {
    if (startTimeOf(owner.pid) !== owner.startedAt) return;
    throw new DatabaseStartError(
      `Another registry (process ${owner.pid}) runs on this data folder. Stop it first, or set storage.base_path to another folder.`,
    );
  }
  const seen = await lastSignOfLife(file);
  await sleep(DEAD_AFTER_MS);
  if ((await lastSignOfLife(file)) === seen) return;
  throw new DatabaseStartError(
    `Another registry (process ${owner.pid} on host ${owner.host}) runs on this data folder. Stop it first; several servers share a database only through DATABASE_URL.`,
  );
}

async function lastSignOfLife(file: string): Promise<number> {
  return stat(file).then(
    ({ mtimeMs }) => mtimeMs,
    () => 0,
  );
}

function parseOwner(text: string): Owner | null {
  try {
    return JSON.parse(text) as Owner;
  } catch {
    // A crash cut the file off while it was written: its writer did not come as far as starting PostgreSQL.
    return null;
  }
}

/**
 * Tells a process from a later one with the same number: its start in clock ticks (proc_pid_stat(5), field 22), or
 * only whether it lives where there is no /proc.
 */
function startTimeOf(pid: number): string {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    // Field 2, the name in parentheses, may hold spaces: count from the last parenthesis.
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    // Z: dead, but its parent has not asked for its exit code yet.
    return fields[0] === "Z" ? "gone" : (fields[19] ?? "gone");
  } catch {
    return process.platform !== "linux" && isAlive(pid) ? "alive" : "gone";
  }
}

/** Whether a process with this number exists, whoever owns it. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
