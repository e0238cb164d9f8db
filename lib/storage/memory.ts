import { createHash } from "node:crypto";
import { RegistryError } from "#lib/errors.ts";
import { BlockSummer } from "./block-sums.ts";
import type { BlobReader, BlobWriter, StorageDriver, UploadArea, UploadShape } from "./contract.ts";
import { checkFolder, checkKey } from "./layout.ts";
import { MemoryReader } from "./memory-reader.ts";
import { MemoryUploads, type Place } from "./memory-uploads.ts";

type Entry = { bytes: Uint8Array; modifiedAt: Date };

/**
 * Keeps bytes in memory and forgets them at `close`: for tests and demonstrations.
 * `limitBytes` makes it full like a volume is, writes in progress counted.
 */
export class MemoryStorage implements StorageDriver {
  readonly kind = "memory";
  readonly #entries = new Map<string, Entry>();
  readonly #limitBytes: number | null;
  readonly #place: Place = {
    reserve: (bytes) => this.#reserve(bytes),
    publish: (key, bytes) => this.#publish(key, bytes),
  };
  readonly #uploads = new MemoryUploads(this.#place);
  #temporaryBytes = 0;

  constructor(options: { limitBytes?: number } = {}) {
    this.#limitBytes = options.limitBytes ?? null;
  }

  async open(): Promise<void> {}

  async close(): Promise<void> {
    this.#entries.clear();
  }

  async createWriter(): Promise<BlobWriter> {
    return new MemoryWriter(this.#place);
  }

  async openReader(key: string, options?: { expectedSizeBytes?: number }): Promise<BlobReader> {
    const { bytes } = this.#get(key);
    if (options?.expectedSizeBytes !== undefined && options.expectedSizeBytes !== bytes.byteLength)
      throw new RegistryError("storage_corrupt", "Stored bytes of this file are damaged.");
    return new MemoryReader(bytes);
  }

  async stat(key: string): Promise<{ sizeBytes: number; modifiedAt: Date } | null> {
    const entry = this.#entries.get(checkKey(key));
    return entry ? { sizeBytes: entry.bytes.byteLength, modifiedAt: entry.modifiedAt } : null;
  }

  async now(): Promise<Date> {
    return new Date();
  }

  async remove(key: string): Promise<void> {
    this.#entries.delete(checkKey(key));
  }

  async move(from: string, to: string): Promise<void> {
    const entry = this.#get(from);
    this.#entries.delete(from);
    this.#entries.set(checkKey(to), entry);
  }

  async *list(folder: string): AsyncIterable<string> {
    checkFolder(folder);
    // Keys are ASCII, so the order of UTF-16 units is the order of bytes.
    const keys = [...this.#entries.keys()].filter((key) => key.startsWith(folder));
    yield* keys.sort((a, b) => (a < b ? -1 : 1));
  }

  async putDocument(key: string, content: Uint8Array): Promise<void> {
    checkKey(key);
    this.#reserve(content.byteLength);
    this.#temporaryBytes -= content.byteLength;
    this.#entries.set(key, { bytes: new Uint8Array(content), modifiedAt: new Date() });
  }

  async getDocument(key: string): Promise<Uint8Array> {
    return new Uint8Array(this.#get(key).bytes);
  }

  async openUpload(id: string, shape: UploadShape): Promise<UploadArea> {
    return this.#uploads.open(id, shape);
  }

  async *listUploads(): AsyncIterable<string> {
    yield* this.#uploads.ids();
  }

  async removeUpload(id: string): Promise<void> {
    this.#uploads.remove(id);
  }

  /** Writes in progress live in this process and end with it. */
  async reclaimTemporary(): Promise<{ files: number; bytes: number }> {
    return { files: 0, bytes: 0 };
  }

  async capacity(): Promise<{ totalBytes: number; freeBytes: number } | null> {
    if (this.#limitBytes === null) return null;
    return { totalBytes: this.#limitBytes, freeBytes: this.#limitBytes - this.#usedBytes() };
  }

  #usedBytes(): number {
    let sum = this.#temporaryBytes;
    for (const { bytes } of this.#entries.values()) sum += bytes.byteLength;
    return sum;
  }

  /** Takes room for a write in progress; a negative count gives it back. */
  #reserve(bytes: number): void {
    if (this.#limitBytes !== null && this.#usedBytes() + bytes > this.#limitBytes)
      throw new RegistryError("insufficient_storage", "The storage is full.");
    this.#temporaryBytes += bytes;
  }

  #publish(key: string, bytes: Uint8Array): boolean {
    const existing = this.#entries.get(checkKey(key));
    if (existing?.bytes.byteLength === bytes.byteLength) return true;
    this.#entries.set(key, { bytes, modifiedAt: new Date() });
    return false;
  }

  #get(key: string): Entry {
    const entry = this.#entries.get(checkKey(key));
    if (!entry)
      throw new RegistryError("blob_not_found", "There are no such bytes in the storage.");
    return entry;
  }
}

class MemoryWriter implements BlobWriter {
  readonly #place: Place;
  readonly #hash = createHash("sha256");
  readonly #summer = new BlockSummer();
  #chunks: Uint8Array[] = [];
  #bytesWritten = 0;
  #finished: { sha256: string; sizeBytes: number; bytes: Uint8Array } | null = null;
  #isGone = false;

  constructor(place: Place) {
    this.#place = place;
  }

  get bytesWritten(): number {
    return this.#bytesWritten;
  }

  get blockSums(): Uint8Array {
    return this.#summer.digest();
  }

  async write(chunk: Uint8Array): Promise<void> {
    if (this.#finished || this.#isGone) throw new Error("The writer takes no more bytes.");
    this.#place.reserve(chunk.byteLength);
    this.#bytesWritten += chunk.byteLength;
    this.#hash.update(chunk);
    this.#summer.update(chunk);
    this.#chunks.push(new Uint8Array(chunk));
  }

  async finish(): Promise<{ sha256: string; sizeBytes: number }> {
    if (this.#isGone) throw new Error("The writer was aborted.");
    this.#finished ??= {
      sha256: this.#hash.digest("hex"),
      sizeBytes: this.#bytesWritten,
      bytes: Buffer.concat(this.#chunks),
    };
    this.#chunks = [];
    return { sha256: this.#finished.sha256, sizeBytes: this.#finished.sizeBytes };
  }

  async openReader(): Promise<BlobReader> {
    return new MemoryReader(this.#finishedOrThrow().bytes);
  }

  async commit(key: string): Promise<{ existed: boolean }> {
    const existed = this.#place.publish(key, this.#finishedOrThrow().bytes);
    await this.abort();
    return { existed };
  }

  async abort(): Promise<void> {
    if (this.#isGone) return;
    this.#isGone = true;
    this.#place.reserve(-this.#bytesWritten);
    this.#chunks = [];
  }

  #finishedOrThrow(): { bytes: Uint8Array } {
    if (!this.#finished || this.#isGone) throw new Error("Finish the writer first.");
    return this.#finished;
  }
}
