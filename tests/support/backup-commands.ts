/** The commands for backups as people run them: processes of their own, which may be killed. */
import { type ChildProcess, spawn } from "node:child_process";
import { chmod, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const projectFolder = resolve(import.meta.dirname, "..", "..");
const POLL_MS = 5;

export type CommandResult = { code: number | null; output: string };
export type StartedCommand = { child: ChildProcess; result: Promise<CommandResult> };

/** `env` has settings; those of this process are left out. */
export function startCommand(
  script: "backup" | "restore" | "verify-backup" | "reindex" | "audit-verify" | "doctor",
  parameters: string[],
  env: Record<string, string>,
): StartedCommand {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !name.startsWith("MODEL_REGISTRY_") && !name.startsWith("DATABASE_URL"),
  );
  const child = spawn(
    process.execPath,
    [join(projectFolder, "scripts", `${script}.ts`), ...parameters],
    {
      cwd: projectFolder,
      env: { ...Object.fromEntries(inherited), ...env, NODE_ENV: "production" },
    },
  );
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream?.on("data", (chunk) => {
      output += String(chunk);
    });
  const result = new Promise<CommandResult>((done) =>
    child.on("close", (code) => done({ code, output })),
  );
  return { child, result };
}

export const runBackupCommand = (...parameters: Parameters<typeof startCommand>) =>
  startCommand(...parameters).result;

/** A folder that PostgreSQL's own user may pass through, with places for data and backups. */
export async function makeFolders() {
  const folder = await mkdtemp(join(tmpdir(), "registry-backup-"));
  await chmod(folder, 0o711);
  return {
    at: (name: string) => join(folder, name),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

/** Resolves when at least `count` files below `folder` have names that match, or `command` has ended. */
export async function untilFiles(
  folder: string,
  name: RegExp,
  count: number,
  { child }: StartedCommand,
): Promise<void> {
  while (child.exitCode === null) {
    const found = await readdir(folder, { recursive: true }).catch(() => []);
    if (found.filter((path) => name.test(path)).length >= count) return;
    await sleep(POLL_MS);
  }
}
