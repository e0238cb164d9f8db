/** A registry as far as blobs go: real database, real storage, real threads; versions are rows made here. */
import { createHash } from "node:crypto";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { BlobCtx } from "../../lib/blobs/blob-context.ts";
import type { BlobStore } from "../../lib/blobs/blob-store.ts";
import { compressBlob } from "../../lib/blobs/compression/compress-blob.ts";
import { CompressionThreads } from "../../lib/blobs/compression/compression-threads.ts";
import { scrubBlob } from "../../lib/blobs/maintenance/scrub-blob.ts";
import { type BlobStoreSettings, openBlobStore } from "../../lib/blobs/open-blob-store.ts";
import { publishBlobs } from "../../lib/blobs/publish-blobs.ts";
import { type BlobChecker, startChecker } from "../../lib/blobs/verification/scrub-thread.ts";
import { createDatabase, type Database } from "../../lib/db/client.ts";
import { inTransaction } from "../../lib/db/transaction.ts";
import { createLogger } from "../../lib/log.ts";
import { countStoredBytes } from "../../lib/models/insert-version.ts";
import type { StorageDriver } from "../../lib/storage/contract.ts";
import { openStorage } from "../../lib/storage/open-storage.ts";
import { OPEN } from "./actors.ts";
import { createTestDatabase, type TestDatabase } from "./postgres.ts";

const log = createLogger("silent");

export type PutVersion = {
  model: string;
  files: { path: string; bytes: Uint8Array }[];
  metadata?: Record<string, string>;
};

export class BlobRegistry {
  readonly settings: BlobStoreSettings;
  readonly postgres: TestDatabase;
  readonly db: Database;
  storage: StorageDriver;
  blobs: BlobStore;
  threads: CompressionThreads;
  #versions = 0;
  #checker: BlobChecker | null = null;

  private constructor(
    settings: BlobStoreSettings,
    postgres: TestDatabase,
    parts: { db: Database; storage: StorageDriver; blobs: BlobStore },
  ) {
    this.settings = settings;
    this.postgres = postgres;
    this.db = parts.db;
    this.storage = parts.storage;
    this.blobs = parts.blobs;
    this.threads = new CompressionThreads(settings);
  }

  static async open(settings: BlobStoreSettings): Promise<BlobRegistry> {
    const postgres = await createTestDatabase("migrated");
    const db = createDatabase({ url: postgres.url, poolSize: 6 });
    const storage = await openStorage(settings);
    const blobs = await openBlobStore(settings, storage, { db, log });
    return new BlobRegistry(settings, postgres, { db, storage, blobs });
  }

  static openOnDisk(basePath: string): Promise<BlobRegistry> {
    const cacheSizeBytes = 64 * 1024 * 1024;
    return BlobRegistry.open({ driver: "disk", basePath, cacheSizeBytes, minFreeSpaceBytes: 0 });
  }

  /** Nothing is stored any more, and nothing happened. */
  async clear(): Promise<void> {
    await this.db.$executeRaw`truncate model, operation, alert, blob_source cascade`;
    await this.db.$executeRaw`truncate blob cascade`;
    for (const part of ["blobs", "quarantine"])
      await rm(join(this.settings.basePath, part), { recursive: true, force: true });
  }

  get ctx(): BlobCtx {
    return {
      actor: OPEN,
      db: this.db,
      storage: this.storage,
      blobs: this.blobs,
      config: { storage: { ...this.settings, compression: true } },
      now: () => new Date(),
      log,
      requestId: null,
      address: null,
    } as unknown as BlobCtx;
  }

  /** Stores a version as a registration does; gives its id and the files' digests. */
  async put({ model: name, files, metadata = {} }: PutVersion) {
    const writers = [];
    for (const { bytes } of files) {
      const writer = await this.storage.createWriter();
      await writer.write(bytes);
      writers.push({ writer, ...(await writer.finish()) });
    }
    try {
      await publishBlobs(
        this.ctx,
        writers.map(({ writer, ...blob }) => ({ ...blob, bytes: writer })),
      );
    } finally {
      for (const { writer } of writers) await writer.abort();
    }
    const digests = writers.map(({ sha256 }) => sha256);
    const sizeBytes = files.reduce((sum, { bytes }) => sum + bytes.length, 0);
    const id = await inTransaction(this.db, async (tx) => {
      const nameKey = name.toLowerCase();
      await tx.model.createMany({
        data: { name, nameKey, owner: "test", createdBy: "test" },
        skipDuplicates: true,
      });
      const model = await tx.model.findUniqueOrThrow({ where: { nameKey } });
      this.#versions += 1;
      const number = this.#versions;
      const version = await tx.version.create({
        data: {
          modelId: model.id,
          number,
          version: `${number}.0.0`,
          precedence: String(number).padStart(8, "0"),
          isPrerelease: false,
          digest: createHash("sha256").update(`${name} ${number}`).digest("hex"),
          framework: "safetensors",
          format: "safetensors",
          metadata,
          sizeBytes: BigInt(sizeBytes),
          storedBytes: BigInt(sizeBytes),
          verdict: "clean",
          createdBy: "test",
        },
      });
      await tx.file.createMany({
        data: files.map(({ path, bytes }, position) => ({
          versionId: version.id,
          position,
          path,
          digest: digests[position] ?? "",
          sizeBytes: BigInt(bytes.length),
          mediaType: "application/octet-stream",
          format: "safetensors",
          verdict: "clean",
        })),
      });
      await countStoredBytes(tx, version.id);
      await tx.model.update({ where: { id: model.id }, data: { latestId: version.id } });
      return version.id;
    });
    return { id, digests, digest: digests[0] ?? "" };
  }

  compress(sha256: string, options: { standalone?: boolean; signal?: AbortSignal } = {}) {
    const { standalone = false, signal = new AbortController().signal } = options;
    return compressBlob(this.ctx, this.threads, { sha256, standalone }, signal);
  }

  /** What a download would send, hashed on the way. */
  async read(sha256: string, range?: { start: number; end: number }): Promise<Buffer> {
    const row = await this.db.blob.findUniqueOrThrow({ where: { digest: sha256 } });
    const reader = await this.blobs.openReader(sha256, Number(row.sizeBytes));
    try {
      const { start = 0, end = reader.sizeBytes } = range ?? {};
      const bytes = Buffer.alloc(end - start);
      for (let at = 0; at < bytes.length; ) {
        const count = await reader.read(bytes.subarray(at, at + 300_000), start + at);
        if (count === 0) throw new Error("the reader ended early");
        at += count;
      }
      return bytes;
    } finally {
      await reader.close();
    }
  }

  async scrub(sha256: string) {
    const data = { settings: this.settings, bytesPerSecond: Number.MAX_SAFE_INTEGER };
    this.#checker ??= startChecker(this.storage, data);
    return await scrubBlob(this.ctx, this.#checker, sha256, new AbortController().signal);
  }

  /** Behind the registry's back, as a medium does. */
  async flipByte(key: string): Promise<void> {
    const reader = await this.storage.openReader(key);
    const bytes = Buffer.alloc(reader.sizeBytes);
    await reader.read(bytes, 0);
    await reader.close();
    const middle = bytes.length >> 1;
    bytes[middle] = (bytes[middle] ?? 0) ^ 0x10;
    await this.storage.remove(key);
    const writer = await this.storage.createWriter();
    await writer.write(bytes);
    await writer.finish();
    await writer.commit(key);
  }

  blob(sha256: string) {
    return this.db.blob.findUniqueOrThrow({ where: { digest: sha256 } });
  }

  /** The process ends and another one begins on the same data. */
  async reopen(): Promise<void> {
    await this.#closeStore();
    this.storage = await openStorage(this.settings);
    this.blobs = await openBlobStore(this.settings, this.storage, { db: this.db, log });
    this.threads = new CompressionThreads(this.settings);
  }

  async close(): Promise<void> {
    await this.#closeStore();
    await this.db.$disconnect();
    await this.postgres.drop();
  }

  async #closeStore(): Promise<void> {
    await this.#checker?.end();
    this.#checker = null;
    await this.threads.close();
    await this.blobs.close();
    await this.storage.close();
  }
}
