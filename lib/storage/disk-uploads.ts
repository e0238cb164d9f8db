import { type FileHandle, open, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { BlobReader, PartWriter, UploadArea, UploadShape } from "./contract.ts";
import { writing } from "./disk-errors.ts";
import { openDiskReader } from "./disk-reader.ts";
import { publishFile, writeAll } from "./durable-file.ts";
import { makeFolderDurably } from "./durable-folder.ts";
import { isUploadId, UPLOADS_FOLDER, uploadFolder } from "./layout.ts";
import { FilePartWriter } from "./part-writer.ts";
import { SharedSync } from "./shared-sync.ts";
import { WriteTurns } from "./write-turns.ts";

const DATA_NAME = "data";

/**
 * Transfers of the disk driver: one sparse file of the final size each, `uploads/<id>/data`, whose parts are written
 * where they belong. Nothing is put together at the end, and publishing is a hard link.
 */
export class DiskUploads {
  readonly #basePath: string;
  readonly #pathOf: (key: string) => string;
  /** What the parts of one transfer share. */
  readonly #files = new Map<string, SharedFile>();

  constructor(basePath: string, pathOf: (key: string) => string) {
    this.#basePath = basePath;
    this.#pathOf = pathOf;
  }

  async open(id: string, shape: UploadShape): Promise<UploadArea> {
    const folder = this.#folderOf(id);
    const path = join(folder, DATA_NAME);
    const handle = await writing(async () => {
      await makeFolderDurably(folder);
      // "a" makes it without touching what another opener has written.
      await (await open(path, "a", 0o640)).close();
      const opened = await open(path, "r+");
      // Only grows: one that is there already has this size.
      await opened.truncate(shape.sizeBytes);
      return opened;
    });
    const file = this.#files.get(id) ?? { turns: new WriteTurns(), sync: new SharedSync() };
    this.#files.set(id, file);
    return new DiskUploadArea({ handle, path, shape, file, pathOf: this.#pathOf });
  }

  async *list(): AsyncIterable<string> {
    for (const name of await readdir(join(this.#basePath, UPLOADS_FOLDER))) {
      if (isUploadId(name)) yield name;
    }
  }

  async remove(id: string): Promise<void> {
    this.#files.delete(id);
    await writing(() => rm(this.#folderOf(id), { recursive: true, force: true }));
  }

  #folderOf(id: string): string {
    return join(this.#basePath, uploadFolder(id));
  }
}

type SharedFile = { turns: WriteTurns; sync: SharedSync };

type OpenArea = {
  handle: FileHandle;
  path: string;
  shape: UploadShape;
  file: SharedFile;
  pathOf: (key: string) => string;
};

class DiskUploadArea implements UploadArea {
  readonly #area: OpenArea;
  #isClosed = false;

  constructor(area: OpenArea) {
    this.#area = area;
  }

  async createPartWriter(part: number): Promise<PartWriter> {
    const { handle, shape, file } = this.#area;
    return new FilePartWriter(shape, part, {
      write: (batch, position) => file.turns.run(() => writeAll(handle, batch, position)),
      sync: () => file.sync.run(() => handle.datasync()),
    });
  }

  openReader(): Promise<BlobReader> {
    return openDiskReader(this.#area.path, this.#area.shape.sizeBytes);
  }

  async commit(key: string): Promise<{ existed: boolean }> {
    const { path, shape, pathOf } = this.#area;
    const target = pathOf(key);
    return { existed: await writing(() => publishFile(path, target, shape.sizeBytes)) };
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.#area.handle.close();
  }
}
