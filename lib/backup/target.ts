/** A place for backups: a folder or a bucket, with its files encrypted or plain. Runs in every thread. */
import { stat } from "node:fs/promises";
import { RegistryError } from "#lib/errors.ts";
import type { BlobReader, BlobWriter, StorageDriver } from "#lib/storage/contract.ts";
import { joinStorage, openStorage, type StorageSettings } from "#lib/storage/open-storage.ts";
import { AgeCodec } from "./age-codec.ts";

export type TargetSettings = {
  storage: Exclude<StorageSettings, { driver: "memory" }>;
  /** Whether a folder that is not there is made: only the one beside the models is. */
  isOwnFolder: boolean;
  /** The key that its files are encrypted for; null for plain files. */
  identity: string | null;
};

const STEP_BYTES = 1024 * 1024;
/** Manifests and results have some thousand bytes; a larger one is not ours. */
const LARGEST_DOCUMENT_BYTES = 64 * 1024 * 1024;

/** The caller calls one of the two. */
export type StagedFile = { commit: () => Promise<void>; abort: () => Promise<void> };

export class BackupTarget {
  readonly storage: StorageDriver;
  /** Follows the keys of files that are encrypted where the target's are. */
  readonly suffix: string;
  readonly #codec: AgeCodec | null;

  constructor(storage: StorageDriver, identity: string | null) {
    this.storage = storage;
    this.#codec = identity === null ? null : new AgeCodec(identity);
    this.suffix = identity === null ? "" : ".age";
  }

  get isEncrypted(): boolean {
    return this.#codec !== null;
  }

  /** What `source` gives, on its way into a file; the bytes are what is stored. */
  encrypt(source: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
    return this.#codec?.encrypt(source) ?? source;
  }

  /** Writes what `source` gives; it is durable and has its name when `commit` resolves, which many files do best at once. */
  async stage(key: string, source: AsyncIterable<Uint8Array>): Promise<StagedFile> {
    const writer = await this.storage.createWriter();
    try {
      await writeAll(writer, this.encrypt(source));
      await writer.finish();
    } catch (error) {
      await writer.abort();
      throw error;
    }
    const named = key + this.suffix;
    return {
      async commit() {
        try {
          await writer.commit(named);
        } finally {
          await writer.abort();
        }
      },
      abort: () => writer.abort(),
    };
  }

  /** The content of a file, in buffers that are used again. Throws `blob_not_found`, `storage_corrupt`. */
  async *read(key: string): AsyncGenerator<Uint8Array> {
    const reader = await this.storage.openReader(key + this.suffix);
    try {
      const stored = readAhead(reader);
      yield* this.#codec?.decrypt(stored) ?? stored;
    } finally {
      await reader.close();
    }
  }

  async putDocument(key: string, text: string): Promise<void> {
    const content = await collect(this.encrypt(one(new TextEncoder().encode(text))));
    await this.storage.putDocument(key + this.suffix, content);
  }

  async getDocument(key: string): Promise<string> {
    return (await collect(this.read(key))).toString("utf8");
  }

  async close(): Promise<void> {
    await this.storage.close();
  }
}

/**
 * `forWriting` makes the target's own folders and proves that it can be written. Throws `unavailable` for a folder that is
 * not there: what would be written to the place where a volume is to be mounted would be lost.
 */
export async function openTarget(
  { storage, isOwnFolder, identity }: TargetSettings,
  { forWriting }: { forWriting: boolean },
): Promise<BackupTarget> {
  if (storage.driver === "disk" && !isOwnFolder) {
    const place = `The folder for backups, ${storage.basePath},`;
    const found = await stat(storage.basePath).catch((cause) => {
      throw new RegistryError(
        "unavailable",
        `${place} is not there. Mount its volume, or make it.`,
        { cause },
      );
    });
    if (!found.isDirectory())
      throw new RegistryError("unavailable", `${place} is no folder; backup.target names one.`);
  }
  const driver = forWriting ? await openStorage(storage) : await joinStorage(storage);
  return new BackupTarget(driver, identity);
}

/** One buffer is filled while the other one is on its way. */
export async function* readAhead(reader: BlobReader): AsyncGenerator<Uint8Array> {
  const length = Math.max(1, Math.min(STEP_BYTES, reader.sizeBytes));
  const buffers = [Buffer.allocUnsafeSlow(length), Buffer.allocUnsafeSlow(length)] as const;
  let turn = 0;
  const fill = (offset: number) => {
    const buffer = buffers[turn % 2] as Buffer;
    turn += 1;
    const filled = reader.read(buffer, offset).then((count) => buffer.subarray(0, count));
    // Whoever stops early does not wait for it.
    filled.catch(() => undefined);
    return filled;
  };
  let next = fill(0);
  for (let at = 0; at < reader.sizeBytes; ) {
    const bytes = await next;
    if (bytes.length === 0) return;
    at += bytes.length;
    if (at < reader.sizeBytes) next = fill(at);
    yield bytes;
  }
}

export async function writeAll(
  writer: BlobWriter,
  source: AsyncIterable<Uint8Array>,
): Promise<void> {
  for await (const bytes of source) await writer.write(bytes);
}

export async function* one(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

async function collect(source: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of source) {
    length += part.length;
    if (length > LARGEST_DOCUMENT_BYTES)
      throw new RegistryError("storage_corrupt", "A document of a backup is too large.");
    parts.push(Buffer.from(part));
  }
  return Buffer.concat(parts);
}
