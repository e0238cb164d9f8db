import { type FileHandle, open } from "node:fs/promises";
import { RegistryError } from "#lib/errors.ts";
import type { BlobReader } from "./contract.ts";
import { hasCode } from "./disk-errors.ts";

const corrupt = (cause?: unknown) =>
  new RegistryError(
    "storage_corrupt",
    "Stored bytes of this file are damaged. Tell the operator of this registry.",
    { cause },
  );

/** Opens a published or a finished temp file. Throws `blob_not_found`, `storage_corrupt`. */
export async function openDiskReader(
  path: string,
  expectedSizeBytes?: number,
): Promise<BlobReader> {
  let handle: FileHandle;
  try {
    handle = await open(path, "r");
  } catch (error) {
    if (hasCode(error, "ENOENT", "ENOTDIR"))
      throw new RegistryError("blob_not_found", "There are no such bytes in the storage.", {
        cause: error,
      });
    throw error;
  }
  try {
    const { size } = await handle.stat();
    if (expectedSizeBytes !== undefined && size !== expectedSizeBytes)
      throw corrupt(new Error(`${path} has ${size} bytes instead of ${expectedSizeBytes}`));
    return new DiskReader(handle, size);
  } catch (error) {
    await handle.close();
    throw error;
  }
}

class DiskReader implements BlobReader {
  readonly sizeBytes: number;
  #handle: FileHandle | null;

  constructor(handle: FileHandle, sizeBytes: number) {
    this.#handle = handle;
    this.sizeBytes = sizeBytes;
  }

  async read(into: Uint8Array, offset: number): Promise<number> {
    if (!this.#handle) throw new Error("The reader is closed.");
    const wanted = Math.max(0, Math.min(into.byteLength, this.sizeBytes - offset));
    let count = 0;
    while (count < wanted) {
      const bytesRead = await this.#readOnce(this.#handle, into, count, wanted, offset);
      // The file became shorter than it was when it was opened.
      if (bytesRead === 0) throw corrupt();
      count += bytesRead;
    }
    return count;
  }

  async #readOnce(
    handle: FileHandle,
    into: Uint8Array,
    count: number,
    wanted: number,
    offset: number,
  ): Promise<number> {
    try {
      return (await handle.read(into, count, wanted - count, offset + count)).bytesRead;
    } catch (error) {
      throw hasCode(error, "EIO") ? corrupt(error) : error;
    }
  }

  async close(): Promise<void> {
    const handle = this.#handle;
    this.#handle = null;
    await handle?.close();
  }
}
