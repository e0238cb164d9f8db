import type { Dirent } from "node:fs";
import { mkdir, readdir, readFile, rename, stat, statfs, unlink } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { RegistryError } from "#lib/errors.ts";
import type {
  BlobReader,
  BlobWriter,
  StorageDriver,
  StoredObject,
  UploadArea,
  UploadShape,
} from "./contract.ts";
import { hasCode, writing } from "./disk-errors.ts";
import { openDiskReader } from "./disk-reader.ts";
import { folderTime, isTemporaryName, reclaimFolder } from "./disk-temporary.ts";
import { DiskUploads } from "./disk-uploads.ts";
import { createDiskWriter, type DiskWriter } from "./disk-writer.ts";
import { makeFolderDurably, syncFolder } from "./durable-folder.ts";
import { checkFolder, checkKey, FOLDERS, UPLOADS_FOLDER } from "./layout.ts";

/** Temp files of processes out of sight (another container) are kept this long after their last write. */
const FOREIGN_TEMPORARY_MS = 24 * 60 * 60 * 1000;

/** Keeps bytes in a folder of one POSIX file system. `layout.ts` draws what is in it. */
export class DiskStorage implements StorageDriver {
  readonly kind = "disk";
  readonly #basePath: string;
  readonly #temporaryFolder: string;
  readonly #uploads: DiskUploads;
  readonly #folders: readonly string[];

  constructor(basePath: string, folders: readonly string[] = FOLDERS) {
    this.#basePath = resolve(basePath);
    this.#folders = folders;
    this.#temporaryFolder = join(this.#basePath, UPLOADS_FOLDER);
    this.#uploads = new DiskUploads(this.#basePath, (key) => this.#pathOf(key));
  }

  async open(): Promise<void> {
    await writing(async () => {
      await mkdir(this.#basePath, { recursive: true });
      for (const folder of this.#folders) await makeFolderDurably(join(this.#basePath, folder));
    });
    await this.#checkOneFileSystem();
    await this.reclaimTemporary(FOREIGN_TEMPORARY_MS);
    const probe = await this.createWriter();
    try {
      await probe.write(new Uint8Array(1));
      await probe.finish();
    } finally {
      await probe.abort();
    }
  }

  async close(): Promise<void> {}

  createWriter(): Promise<BlobWriter> {
    return this.#createWriter();
  }

  async openReader(key: string, options?: { expectedSizeBytes?: number }): Promise<BlobReader> {
    return openDiskReader(this.#pathOf(key), options?.expectedSizeBytes);
  }

  async stat(key: string): Promise<StoredObject | null> {
    try {
      const { size, mtime, ino, mtimeNs, ctimeNs } = await stat(this.#pathOf(key), {
        bigint: true,
      });
      // Milliseconds are too coarse: files of one upload may be written within one. Unlike the time of the last write
      // nobody can set that of the last change.
      const revision = `${ino}-${mtimeNs}-${ctimeNs}`;
      return { sizeBytes: Number(size), modifiedAt: mtime, revision };
    } catch (error) {
      if (hasCode(error, "ENOENT", "ENOTDIR")) return null;
      throw error;
    }
  }

  now(): Promise<Date> {
    return writing(() => folderTime(this.#temporaryFolder));
  }

  async remove(key: string): Promise<void> {
    const path = this.#pathOf(key);
    await writing(async () => {
      try {
        await unlink(path);
      } catch (error) {
        if (hasCode(error, "ENOENT", "ENOTDIR")) return;
        throw error;
      }
      await syncFolder(dirname(path));
    });
  }

  async move(from: string, to: string): Promise<void> {
    const source = this.#pathOf(from);
    const target = this.#pathOf(to);
    await writing(async () => {
      if ((await this.stat(from)) === null) throw notFound();
      await makeFolderDurably(dirname(target));
      try {
        await rename(source, target);
      } catch (error) {
        throw hasCode(error, "ENOENT") ? notFound(error) : error;
      }
      await syncFolder(dirname(target));
      await syncFolder(dirname(source));
    });
  }

  async *list(folder: string): AsyncIterable<string> {
    // The base folder may hold what is not ours, such as the embedded PostgreSQL's data.
    if (checkFolder(folder) === "") {
      for (const ours of [...this.#folders].sort())
        if (ours !== UPLOADS_FOLDER) yield* this.list(ours);
      return;
    }
    let entries: Dirent[];
    try {
      entries = await readdir(join(this.#basePath, folder), { withFileTypes: true });
    } catch (error) {
      if (hasCode(error, "ENOENT", "ENOTDIR")) return;
      throw error;
    }
    // Keys sort by their bytes, so a folder sorts with the slash that follows its name in them.
    const names = entries
      .filter((entry) => !isTemporaryName(entry.name))
      .map((entry) => (entry.isDirectory() ? `${entry.name}/` : entry.name))
      .sort((a, b) => (a < b ? -1 : 1));
    for (const name of names) {
      if (name.endsWith("/")) yield* this.list(folder + name);
      else yield folder + name;
    }
  }

  async putDocument(key: string, content: Uint8Array): Promise<void> {
    const writer = await this.#createWriter();
    try {
      await writer.write(content);
      await writer.finish();
      await writer.replace(key);
    } finally {
      await writer.abort();
    }
  }

  async getDocument(key: string): Promise<Uint8Array> {
    try {
      return await readFile(this.#pathOf(key));
    } catch (error) {
      throw hasCode(error, "ENOENT", "ENOTDIR") ? notFound(error) : error;
    }
  }

  openUpload(id: string, shape: UploadShape): Promise<UploadArea> {
    return this.#uploads.open(id, shape);
  }

  listUploads(): AsyncIterable<string> {
    return this.#uploads.list();
  }

  removeUpload(id: string): Promise<void> {
    return this.#uploads.remove(id);
  }

  reclaimTemporary(olderThanMs: number): Promise<{ files: number; bytes: number }> {
    return writing(() => reclaimFolder(this.#temporaryFolder, olderThanMs));
  }

  async capacity(): Promise<{ totalBytes: number; freeBytes: number }> {
    const { bsize, blocks, bavail } = await statfs(this.#basePath);
    return { totalBytes: blocks * bsize, freeBytes: bavail * bsize };
  }

  /** A rename across file systems is a copy, and a copy is not atomic. */
  async #checkOneFileSystem(): Promise<void> {
    const devices = new Set<number>();
    for (const folder of this.#folders) devices.add((await stat(join(this.#basePath, folder))).dev);
    if (devices.size > 1)
      throw new RegistryError(
        "unavailable",
        `The folders below ${this.#basePath} must be on one file system.`,
      );
  }

  #createWriter(): Promise<DiskWriter> {
    return createDiskWriter(this.#temporaryFolder, (key) => this.#pathOf(key));
  }

  #pathOf(key: string): string {
    return join(this.#basePath, checkKey(key));
  }
}

function notFound(cause?: unknown): RegistryError {
  return new RegistryError("blob_not_found", "There are no such bytes in the storage.", { cause });
}
