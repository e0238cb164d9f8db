/**
 * A process tree whose folder is a small volume: a tmpfs in a mount namespace of its own, which ends with the
 * process whatever happens. Root mounts it; anybody else does so in a user namespace.
 */
import { execFileSync } from "node:child_process";
import { readdirSync } from "node:fs";

const isRoot = process.getuid?.() === 0;

/** The command line that runs `command` with `folder` being a volume of `sizeMb`. */
export function inSmallVolume(folder: string, sizeMb: number, command: string[]): string[] {
  const namespaces = isRoot ? ["--mount"] : ["--mount", "--user", "--map-root-user"];
  const script = `mkdir -p "$0" && mount -t tmpfs -o size=${sizeMb}m tmpfs "$0" && exec "$@"`;
  return ["unshare", ...namespaces, "sh", "-c", script, folder, ...command];
}

/** Makes the volume that process `pid` sees read-only, or writable again. */
export function remount(pid: number, folder: string, mode: "ro" | "rw"): void {
  const namespaces = isRoot ? ["--mount"] : ["--mount", "--user", "--preserve-credentials"];
  const command = ["mount", "-o", `remount,${mode}`, folder];
  execFileSync("nsenter", ["--target", String(pid), ...namespaces, ...command]);
}

/** Every file below `folder` as process `pid` sees it. */
export function filesSeenBy(pid: number, folder: string): string[] {
  const entries = readdirSync(`/proc/${pid}/root${folder}`, {
    recursive: true,
    withFileTypes: true,
  });
  return entries.filter((entry) => entry.isFile()).map(({ name }) => name);
}
