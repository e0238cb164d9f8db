import { RegistryError } from "#lib/errors.ts";
import type { BlobReader, BlobWriter } from "#lib/storage/contract.ts";
import { Thread } from "#lib/workers/thread.ts";

export type ConvertInput = { path: string; sizeBytes: number };
export type Converted = { tensors: number; leftOut: number; tensorBytes: number };
/** What the thread asks for: bytes of the checkpoint, and of the new file that it writes and then reads again. */
export type Asked =
  | { what: "read" | "written"; offset: number; lengthBytes: number }
  | { what: "begin"; sizeBytes: number }
  | { what: "write"; bytes: Uint8Array }
  | { what: "end" };

/** The objects of a pickle of a million tensors. Bytes of tensors are kept elsewhere, a few windows at a time. */
const HEAP_MB = 1024;
/** A pickle is read whole, and is the longest thing that is asked for at once. */
const READ_MAX_BYTES = 512 * 1024 * 1024;

type Files = {
  /** The new path. */
  path: string;
  reader: BlobReader;
  writer: BlobWriter;
  /** Called with the length of the new file before its first byte. */
  onBegin: (sizeBytes: number) => Promise<void>;
  onWritten: (bytes: number) => Promise<void>;
};

type Stored = Converted & { stored: { sha256: string; sizeBytes: number } };

/** Converts checkpoints in a thread of its own, which parses and copies; files are read and written here. */
export class Converter {
  readonly #thread = new Thread("models/conversion/conversion-worker.ts", null, {
    maxOldGenerationSizeMb: HEAP_MB,
  });

  /** The writer is finished then. null for a file without weights. Throws what the worker throws, and the signal's reason. */
  async convert(files: Files, signal: AbortSignal): Promise<Stored | null> {
    const { path, reader, writer } = files;
    let made: BlobReader | null = null;
    let stored = { sha256: "", sizeBytes: 0 };
    const answer = async (asked: Asked): Promise<unknown> => {
      signal.throwIfAborted();
      switch (asked.what) {
        case "read":
          return readPart(reader, asked);
        case "begin":
          return files.onBegin(asked.sizeBytes);
        case "write":
          await writer.write(asked.bytes);
          return files.onWritten(asked.bytes.length);
        case "end":
          stored = await writer.finish();
          made = await writer.openReader();
          return;
        case "written":
          return readPart(made as BlobReader, asked);
      }
    };
    try {
      const input: ConvertInput = { path, sizeBytes: reader.sizeBytes };
      const converted = await this.#call<Converted | null>("convert", input, signal, answer);
      return converted && { ...converted, stored };
    } finally {
      await (made as BlobReader | null)?.close();
    }
  }

  /** The bytes of the index of converted files, by their new paths. */
  index(input: { paths: string[]; totalBytes: number }, signal: AbortSignal): Promise<Uint8Array> {
    return this.#call("index", input, signal);
  }

  end(): Promise<void> {
    return this.#thread.end();
  }

  /** A thread that hangs in something is ended with the operation. */
  async #call<T>(
    kind: string,
    input: unknown,
    signal: AbortSignal,
    answer?: (asked: Asked) => Promise<unknown>,
  ): Promise<T> {
    const onAbort = () => void this.end();
    signal.addEventListener("abort", onAbort, { once: true });
    try {
      return await this.#thread.call<T>(kind, input, {
        ...(answer ? { onQuestion: answer as (asked: never) => Promise<unknown> } : {}),
      });
    } catch (error) {
      signal.throwIfAborted();
      if (this.#thread.isAlive) throw error;
      const text = "The checkpoint takes too much memory to be converted.";
      throw new RegistryError("not_convertible", text, { cause: error });
    } finally {
      signal.removeEventListener("abort", onAbort);
    }
  }
}

async function readPart(
  reader: BlobReader,
  { offset, lengthBytes }: { offset: number; lengthBytes: number },
): Promise<Uint8Array> {
  const length = Math.max(0, Math.min(lengthBytes, reader.sizeBytes - offset));
  if (length > READ_MAX_BYTES)
    throw new RegistryError("invalid_model_file", `A part of ${length} bytes is not read.`);
  const bytes = new Uint8Array(length);
  let filled = 0;
  while (filled < length) {
    const count = await reader.read(bytes.subarray(filled), offset + filled);
    if (count === 0) break;
    filled += count;
  }
  return bytes.subarray(0, filled);
}
