/** The bytes of the files that are scanned, as long as they are the files that were listed. */
import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { identityOf, type ScanTarget } from "./list-files.ts";

/** One is scanned at a time; it may have its weights in others. */
const MAX_OPEN = 16;

export class FileBytes {
  readonly #files: readonly ScanTarget[];
  /** By index; the one that was used last comes last. */
  readonly #open = new Map<number, FileHandle>();

  constructor(files: readonly ScanTarget[]) {
    this.#files = files;
  }

  /** Throws what the system says, and for a file that another one has taken the place of. */
  async read(index: number, offset: number, length: number): Promise<Uint8Array> {
    const handle = await this.#handle(index);
    const bytes = new Uint8Array(length);
    let filled = 0;
    while (filled < length) {
      const { bytesRead } = await handle.read(bytes, filled, length - filled, offset + filled);
      if (bytesRead === 0) throw new Error("it was changed while it was read");
      filled += bytesRead;
    }
    return bytes;
  }

  async close(): Promise<void> {
    const handles = [...this.#open.values()];
    this.#open.clear();
    await Promise.all(handles.map((handle) => handle.close()));
  }

  async #handle(index: number): Promise<FileHandle> {
    const known = this.#open.get(index);
    if (known) return known;
    const file = this.#files[index] as ScanTarget;
    // A pipe that has taken the file's place would make an open that waits never end.
    const handle = await open(file.bytes, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    const stats = await handle.stat({ bigint: true });
    if (!stats.isFile() || identityOf(stats) !== file.identity) {
      await handle.close();
      throw new Error("it was changed while it was read");
    }
    this.#open.set(index, handle);
    const [oldest] = this.#open.keys();
    if (this.#open.size > MAX_OPEN && oldest !== undefined) {
      const old = this.#open.get(oldest);
      this.#open.delete(oldest);
      await old?.close();
    }
    return handle;
  }
}
