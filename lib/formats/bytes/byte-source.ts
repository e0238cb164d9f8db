/** Ways to have a `ByteSource`: memory, an open file, a part of another one; and exact reads of any. */
import { open } from "node:fs/promises";
import { RegistryError } from "#lib/errors.ts";
import type { ByteSource } from "../contract.ts";

/** A source that holds a descriptor; whoever opened it closes it. */
export type ClosableSource = ByteSource & { close(): Promise<void> };

export function memorySource(bytes: Uint8Array): ByteSource {
  return {
    sizeBytes: bytes.length,
    read: async (offset, length) => {
      checkRange(offset, length);
      return bytes.subarray(offset, Math.min(bytes.length, offset + length));
    },
  };
}

/** Opens `path` for reading. The size is the one at that moment: blobs never change. */
export async function fileSource(path: string): Promise<ClosableSource> {
  const handle = await open(path, "r");
  try {
    const { size } = await handle.stat();
    return {
      sizeBytes: size,
      close: () => handle.close(),
      read: async (offset, length) => {
        checkRange(offset, length);
        const wanted = Math.max(0, Math.min(length, size - offset));
        const buffer = new Uint8Array(wanted);
        let filled = 0;
        while (filled < wanted) {
          const { bytesRead } = await handle.read(buffer, filled, wanted - filled, offset + filled);
          if (bytesRead === 0) break;
          filled += bytesRead;
        }
        return buffer.subarray(0, filled);
      },
    };
  } catch (cause) {
    await handle.close();
    throw cause;
  }
}

/**
 * `[offset, offset + length)` of `source`, whose places are told as places in `source`.
 * Throws `invalid_model_file` when that is not inside `source`.
 */
export function sliceSource(source: ByteSource, offset: number, length: number): ByteSource {
  if (!isInside(source, offset, length)) throw tooShort();
  return {
    sizeBytes: length,
    startsAt: (source.startsAt ?? 0) + offset,
    read: async (from, count) => {
      checkRange(from, count);
      const wanted = Math.max(0, Math.min(count, length - from));
      return wanted === 0 ? new Uint8Array(0) : source.read(offset + from, wanted);
    },
  };
}

/** As `sliceSource`, for a part that has a name of its own: a member of an archive. Its places count from its start. */
export function memberSource(source: ByteSource, offset: number, length: number): ByteSource {
  return { ...sliceSource(source, offset, length), startsAt: 0 };
}

/** Throws `invalid_model_file` when fewer than `length` bytes are there. */
export async function readExactly(
  source: ByteSource,
  offset: number,
  length: number,
): Promise<Uint8Array> {
  if (!isInside(source, offset, length)) throw tooShort();
  const bytes = await source.read(offset, length);
  if (bytes.length !== length) throw tooShort();
  return bytes;
}

/** The bytes in order, `chunkBytes` at a time. */
export async function* chunksOf(
  source: ByteSource,
  chunkBytes: number,
): AsyncGenerator<Uint8Array> {
  for (let offset = 0; offset < source.sizeBytes; offset += chunkBytes) {
    yield await readExactly(source, offset, Math.min(chunkBytes, source.sizeBytes - offset));
  }
}

function isInside(source: ByteSource, offset: number, length: number): boolean {
  return (
    Number.isSafeInteger(offset) &&
    Number.isSafeInteger(length) &&
    offset >= 0 &&
    length >= 0 &&
    length <= source.sizeBytes - offset
  );
}

function checkRange(offset: number, length: number): void {
  if (!Number.isSafeInteger(offset) || !Number.isSafeInteger(length) || offset < 0 || length < 0) {
    throw tooShort();
  }
}

function tooShort(): RegistryError {
  return new RegistryError(
    "invalid_model_file",
    "The file is cut short, or says that it holds more than it does.",
  );
}
