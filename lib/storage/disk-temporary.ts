import { randomBytes } from "node:crypto";
import { readFileSync, readlinkSync } from "node:fs";
import { readdir, stat, unlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { hasCode } from "./disk-errors.ts";

/**
 * Names of writes in progress: `tmp-<boot>-<space>-<pid>-<start>-<random>`. The owner is a process of one
 * boot of one machine in one pid namespace (containers number their processes anew), and its start
 * time tells it from a later process that got the same pid.
 */
const NAME = /^tmp-([0-9a-z]+)-([0-9a-z]+)-(\d+)-(\d+)-[0-9a-f]{16}$/;

const readOr = (read: () => string, otherwise: string) => {
  try {
    return read();
  } catch {
    return otherwise;
  }
};

/** Clock ticks since boot when the process started: field 22 of proc_pid_stat(5); null if it is gone. */
function startOf(pid: number): string | null {
  const text = readOr(() => readFileSync(`/proc/${pid}/stat`, "latin1"), "");
  // The command name in parentheses may hold anything, so count from the last parenthesis.
  return (
    text
      .slice(text.lastIndexOf(")") + 2)
      .split(" ")[19]
      ?.trim() ?? null
  );
}

const boot = readOr(() => readFileSync("/proc/sys/kernel/random/boot_id", "latin1"), "unknown")
  .replace(/[^0-9a-z]/g, "")
  .slice(0, 12);
const space = readOr(() => readlinkSync("/proc/self/ns/pid"), "unknown").replace(/[^0-9a-z]/g, "");
const owner = `${boot}-${space}-${process.pid}-${startOf(process.pid) ?? "0"}`;

export function newTemporaryName(): string {
  return `tmp-${owner}-${randomBytes(8).toString("hex")}`;
}

export function isTemporaryName(name: string): boolean {
  return NAME.test(name);
}

/** `unknown`: the owner lives, if it lives, where this process cannot see it. */
function ownerState(name: string): "alive" | "dead" | "unknown" {
  const match = NAME.exec(name);
  if (!match || match[1] !== boot || match[2] !== space) return "unknown";
  if (boot === "unknown" || space === "unknown") return "unknown";
  return startOf(Number(match[3])) === match[4] ? "alive" : "dead";
}

/** The time by the clock of the file system, which is another machine's where it is shared: that of a file made now. */
export async function folderTime(folder: string): Promise<Date> {
  const path = join(folder, newTemporaryName());
  await writeFile(path, "", { flag: "wx", mode: 0o640 });
  try {
    return (await stat(path)).mtime;
  } finally {
    await unlink(path);
  }
}

/**
 * Removes what dead processes left, and what a process out of sight has not touched for
 * `olderThanMs`. What this process writes stays: it is alive.
 */
export async function reclaimFolder(
  folder: string,
  olderThanMs: number,
): Promise<{ files: number; bytes: number }> {
  const reclaimed = { files: 0, bytes: 0 };
  // The time is asked for only where it decides: a full volume may have no room for another file.
  let now: number | undefined;
  for (const name of await readdir(folder)) {
    if (!isTemporaryName(name)) continue;
    const state = ownerState(name);
    if (state === "alive") continue;
    const path = join(folder, name);
    try {
      const { size, nlink, mtimeMs } = await stat(path);
      if (state === "unknown") {
        now ??= (await folderTime(folder)).getTime();
        if (now - mtimeMs < olderThanMs) continue;
      }
      await unlink(path);
      reclaimed.files += 1;
      // A crash between link and unlink leaves a second name of a published blob: no space came free.
      if (nlink === 1) reclaimed.bytes += size;
    } catch (error) {
      if (!hasCode(error, "ENOENT")) throw error;
    }
  }
  return reclaimed;
}
