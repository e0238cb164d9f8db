/** The folder of the cache: whole files named by their digest, and files that are being filled. */
import { randomBytes } from "node:crypto";
import { mkdir, readdir, rename, rm, stat, statfs, utimes } from "node:fs/promises";
import { join } from "node:path";

const WHOLE = /^[0-9a-f]{64}$/;
const PARTIAL = /^[0-9a-f]{64}-[0-9a-f]{16}\.part$/;

export type CachedFile = { sha256: string; sizeBytes: number; path: string; usedAt: Date };

export class CacheFolder {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  /** Makes the folder, removes files that were never filled to their end, and lists the rest, longest unused first. */
  async open(): Promise<CachedFile[]> {
    await mkdir(this.#path, { recursive: true });
    const found: CachedFile[] = [];
    for (const name of await readdir(this.#path)) {
      const path = join(this.#path, name);
      if (PARTIAL.test(name)) await rm(path, { force: true });
      if (!WHOLE.test(name)) continue;
      const { size, mtime } = await stat(path);
      found.push({ sha256: name, sizeBytes: size, path, usedAt: mtime });
    }
    return found.sort((a, b) => a.usedAt.getTime() - b.usedAt.getTime());
  }

  partialPath(sha256: string): string {
    return join(this.#path, `${sha256}-${randomBytes(8).toString("hex")}.part`);
  }

  /** Gives the whole file its name. */
  async publish(partialPath: string, sha256: string): Promise<string> {
    const path = join(this.#path, sha256);
    await rename(partialPath, path);
    return path;
  }

  /** The order of use survives a restart as the files' times. */
  async remember(path: string, usedAt: Date): Promise<void> {
    await utimes(path, usedAt, usedAt).catch(() => {});
  }

  async remove(path: string): Promise<void> {
    await rm(path, { force: true });
  }

  async freeBytes(): Promise<number> {
    const { bsize, bavail } = await statfs(this.#path);
    return bsize * bavail;
  }
}
