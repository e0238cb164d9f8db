/** An earlier commit of this repository, built and ready to start: the baseline of what a change was worth. */
import { execFile } from "node:child_process";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { projectFolder } from "./product.ts";

const run = promisify(execFile);
const BUFFER = { maxBuffer: 64 * 1024 * 1024 };

export type Checkout = { folder: string; dispose: () => Promise<void> };

/** Takes a minute or two: packages are installed from the cache, and the pages are built. */
export async function checkOut(commit: string, folder: string): Promise<Checkout> {
  const target = join(folder, commit);
  const git = (...args: string[]) => run("git", ["-C", projectFolder, ...args], BUFFER);
  await git("worktree", "add", "--detach", target, commit);
  const dispose = async () => {
    await git("worktree", "remove", "--force", target);
    await rm(target, { recursive: true, force: true });
  };
  try {
    await run(process.execPath, [join(target, "scripts", "start.mjs"), "--prepare"], {
      ...BUFFER,
      cwd: target,
    });
  } catch (error) {
    await dispose();
    throw error;
  }
  return { folder: target, dispose };
}
