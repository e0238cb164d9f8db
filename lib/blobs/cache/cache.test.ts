import { createHash, randomBytes } from "node:crypto";
import {
  mkdir,
  mkdtemp,
  open,
  readdir,
  rm,
  stat,
  truncate,
  utimes,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { RegistryError } from "#lib/errors.ts";
import type { BlobReader } from "#lib/storage/contract.ts";
import { BlobCache, type CacheSettings, type FillFile } from "./cache.ts";

const KIBIBYTE = 1024;
const SIZE = 256 * KIBIBYTE;
const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

/** Blobs that only exist here; counts what the cache asks of them. */
class Source {
  readonly blobs = new Map<string, Buffer>();
  opened = 0;
  fills = 0;
  /** A fill waits here before its second half. */
  gate: Promise<void> = Promise.resolve();
  failWith: Error | null = null;

  add(sizeBytes = SIZE): string {
    const bytes = randomBytes(sizeBytes);
    const digest = sha256(bytes);
    this.blobs.set(digest, bytes);
    return digest;
  }

  async open(digest: string): Promise<BlobReader> {
    const bytes = this.blobs.get(digest);
    if (!bytes) throw new RegistryError("storage_corrupt", "missing");
    this.opened += 1;
    return {
      sizeBytes: bytes.length,
      read: async (into, offset) => bytes.copy(into, 0, offset, offset + into.byteLength),
      close: async () => {},
    };
  }

  readonly fill: FillFile = async ({ sha256: digest, sizeBytes, path }, { onProgress, signal }) => {
    this.fills += 1;
    const bytes = this.blobs.get(digest) ?? Buffer.alloc(0);
    const file = await open(path, "wx");
    try {
      const half = Math.floor(sizeBytes / 2);
      await file.write(bytes, 0, half, 0);
      onProgress(half);
      await this.gate;
      signal.throwIfAborted();
      if (this.failWith) throw this.failWith;
      await file.write(bytes, half, sizeBytes - half, half);
      onProgress(sizeBytes);
    } finally {
      await file.close();
    }
  };
}

let base: string;
let source: Source;
let cache: BlobCache;

async function openCache(settings: Partial<CacheSettings> = {}): Promise<BlobCache> {
  cache = new BlobCache(
    { folder: join(base, "cache"), limitBytes: 4 * SIZE, minFreeBytes: 0, ...settings },
    source.fill,
  );
  await cache.open();
  return cache;
}

const openBlob = (digest: string) =>
  cache.openReader(digest, source.blobs.get(digest)?.length ?? 0, () => source.open(digest));

async function readAll(digest: string, step = 64 * KIBIBYTE): Promise<string> {
  const reader = await openBlob(digest);
  const hash = createHash("sha256");
  const part = Buffer.alloc(step);
  for (let at = 0; at < reader.sizeBytes; ) {
    const count = await reader.read(part, at);
    hash.update(part.subarray(0, count));
    at += count;
  }
  await reader.close();
  return hash.digest("hex");
}

/** Reads a blob and waits until it is in the cache. */
async function warm(digest: string): Promise<void> {
  expect(await readAll(digest)).toBe(digest);
  await cache.settled();
  expect(cache.has(digest)).toBe(true);
}

function gate(): { open: () => void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  source.gate = promise;
  return { open: resolve };
}

beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), "registry-cache-"));
  source = new Source();
});
afterEach(async () => {
  await cache?.close();
  await rm(base, { recursive: true, force: true });
});

describe("what gets into the cache", () => {
  it("takes a blob that was read whole, and serves it from then on", async () => {
    await openCache();
    const digest = source.add();
    await warm(digest);
    expect(await readAll(digest)).toBe(digest);
    expect(source.opened).toBe(1);
    expect(cache.stats()).toMatchObject({ hits: 1, misses: 1, fills: 1, hitBytes: SIZE });
  });

  it("does not work beside the download that it was asked for by", async () => {
    await openCache();
    const digest = source.add();
    const reader = await openBlob(digest);
    await reader.read(Buffer.alloc(SIZE), 0);
    expect(source.fills).toBe(0);
    await reader.close();
    await cache.settled();
    expect(cache.has(digest)).toBe(true);
  });

  it("does not take a blob for a look at its beginning", async () => {
    await openCache();
    const digest = source.add();
    const reader = await openBlob(digest);
    await reader.read(Buffer.alloc(8), 0);
    await reader.read(Buffer.alloc(1000), 8);
    await reader.close();
    await cache.settled();
    expect(source.fills).toBe(0);
  });

  it("takes a blob whose parts were read as often as would make the whole", async () => {
    await openCache();
    const digest = source.add();
    const part = Buffer.alloc(32 * KIBIBYTE);
    for (let turn = 0; turn < SIZE / part.length; turn += 1) {
      expect(source.fills).toBe(0);
      const reader = await openBlob(digest);
      await reader.read(part, 64 * KIBIBYTE);
      await reader.close();
    }
    await cache.settled();
    expect(cache.has(digest)).toBe(true);
  });

  it("serves a blob larger than the cache without taking it", async () => {
    await openCache({ limitBytes: SIZE - 1 });
    const digest = source.add();
    expect(await readAll(digest)).toBe(digest);
    expect(await readAll(digest)).toBe(digest);
    expect(cache.stats()).toMatchObject({ fills: 0, bytes: 0, misses: 2 });
  });

  it("neither takes nor counts a blob that is too small for it", async () => {
    await openCache();
    const [small, smallest] = [source.add(32 * KIBIBYTE - 1), source.add(32 * KIBIBYTE)];
    for (const digest of [small, small, smallest]) {
      expect(await readAll(digest)).toBe(digest);
      await cache.settled();
    }
    expect([cache.has(small), cache.has(smallest)]).toEqual([false, true]);
    expect(cache.stats()).toMatchObject({ hits: 0, misses: 1, missBytes: 32 * KIBIBYTE });
  });

  it("does not take what would leave less than the free space that is wanted", async () => {
    await openCache({ minFreeBytes: Number.MAX_SAFE_INTEGER });
    const digest = source.add();
    expect(await readAll(digest)).toBe(digest);
    await cache.settled();
    expect(source.fills).toBe(0);
    expect(cache.stats()).toMatchObject({ bytes: 0, failedFills: 1 });
  });
});

describe("readers at once", () => {
  it("share one fill, however many they are", async () => {
    await openCache();
    const digest = source.add();
    const digests = await Promise.all(Array.from({ length: 20 }, () => readAll(digest)));
    expect(new Set(digests)).toEqual(new Set([digest]));
    await cache.settled();
    expect(source.fills).toBe(1);
  });

  it("follow the growing file, and read what is far ahead from the store", async () => {
    await openCache({ limitBytes: 1024 * SIZE });
    const digest = source.add(64 * 1024 * KIBIBYTE);
    const filling = gate();
    const [one, two] = [await openBlob(digest), await openBlob(digest)];
    const part = Buffer.alloc(64 * KIBIBYTE);
    const bytes = source.blobs.get(digest) as Buffer;
    await Promise.all([one.read(part, 0), two.read(Buffer.alloc(part.length), 0)]);
    expect(source.fills).toBe(1);
    // The fill stands in the middle: bytes before the middle are read, and bytes far behind it too.
    await one.read(part, bytes.length / 2 - part.length);
    expect(part.equals(bytes.subarray(bytes.length / 2 - part.length, bytes.length / 2))).toBe(
      true,
    );
    await two.read(part, bytes.length - part.length);
    expect(part.equals(bytes.subarray(bytes.length - part.length))).toBe(true);
    filling.open();
    await cache.settled();
    expect(await readAll(digest)).toBe(digest);
    await Promise.all([one.close(), two.close()]);
  });

  it("go on from the store when the fill fails in the middle", async () => {
    await openCache();
    const digest = source.add();
    const filling = gate();
    source.failWith = Object.assign(new Error("disk full"), { code: "ENOSPC" });
    const reads = Array.from({ length: 5 }, () => readAll(digest));
    filling.open();
    expect(new Set(await Promise.all(reads))).toEqual(new Set([digest]));
    await cache.settled();
    expect(await readdir(join(base, "cache"))).toEqual([]);
    expect(cache.stats()).toMatchObject({ bytes: 0, entries: 0, failedFills: 1 });
  });

  it("do not try again at once after a disk was full", async () => {
    await openCache();
    source.failWith = Object.assign(new Error("disk full"), { code: "ENOSPC" });
    for (let turn = 0; turn < 3; turn += 1) {
      await readAll(source.add());
      await cache.settled();
    }
    expect(source.fills).toBe(1);
  });
});

describe("the bound", () => {
  it("holds: the longest unused goes first", async () => {
    await openCache({ limitBytes: 3 * SIZE });
    const [a, b, c, d] = [source.add(), source.add(), source.add(), source.add()];
    for (const digest of [a, b, c]) await warm(digest);
    await readAll(a);
    await warm(d);
    expect([a, b, c, d].map((digest) => cache.has(digest))).toEqual([true, false, true, true]);
    expect(cache.stats()).toMatchObject({ evictions: 1, evictedBytes: SIZE, bytes: 3 * SIZE });
    expect((await readdir(join(base, "cache"))).sort()).toEqual([a, c, d].sort());
  });

  it("never takes what is being read, and serves the rest without caching", async () => {
    await openCache({ limitBytes: SIZE });
    const [a, b] = [source.add(), source.add()];
    await warm(a);
    const reader = await openBlob(a);
    const part = Buffer.alloc(64 * KIBIBYTE);
    await reader.read(part, 0);
    expect(await readAll(b)).toBe(b);
    await cache.settled();
    expect([cache.has(a), cache.has(b)]).toEqual([true, false]);
    await reader.close();
    await warm(b);
    expect([cache.has(a), cache.has(b)]).toEqual([false, true]);
  });

  it("counts the room of fills in progress", async () => {
    await openCache({ limitBytes: SIZE });
    const filling = gate();
    const [a, b] = [source.add(), source.add()];
    // Past the middle a reader would wait for the fill.
    const part = Buffer.alloc(64 * KIBIBYTE);
    const readers = [await openBlob(a), await openBlob(a)];
    for (const reader of readers) await reader.read(part, 0);
    expect(await readAll(b)).toBe(b);
    expect(source.fills).toBe(1);
    filling.open();
    for (const reader of readers) await reader.close();
  });
});

describe("a restart", () => {
  it("finds the cache warm, in the order of use, within a smaller bound too", async () => {
    await openCache({ limitBytes: 3 * SIZE });
    const [a, b, c] = [source.add(), source.add(), source.add()];
    for (const digest of [a, b, c]) await warm(digest);
    const old = new Date(Date.now() - 3_600_000);
    for (const digest of [a, b, c]) await utimes(join(base, "cache", digest), old, old);
    await readAll(a);
    await cache.close();
    await openCache({ limitBytes: SIZE });
    expect([a, b, c].map((digest) => cache.has(digest))).toEqual([true, false, false]);
    expect(await readAll(a)).toBe(a);
    expect(cache.stats()).toMatchObject({ hits: 1, misses: 0 });
  });

  it("drops what was never filled to its end, and leaves foreign files alone", async () => {
    const folder = join(base, "cache");
    await mkdir(folder);
    await writeFile(join(folder, `${"a".repeat(64)}-${"b".repeat(16)}.part`), "half");
    await writeFile(join(folder, "README"), "mine");
    await openCache();
    expect(await readdir(folder)).toEqual(["README"]);
    expect(cache.stats().bytes).toBe(0);
  });

  it("serves without a cache when its folder cannot be made", async () => {
    await writeFile(join(base, "cache"), "a file");
    await openCache();
    const digest = source.add();
    expect(await readAll(digest)).toBe(digest);
    expect(cache.stats()).toMatchObject({ fills: 0, bytes: 0 });
  });
});

describe("a damaged copy", () => {
  it("of another length is dropped, and the reader goes on from the store", async () => {
    await openCache();
    const digest = source.add();
    await warm(digest);
    await truncate(join(base, "cache", digest), SIZE / 2);
    expect(await readAll(digest)).toBe(digest);
    await cache.settled();
    expect(await readAll(digest)).toBe(digest);
  });

  it("of another length is noticed at the start of a process", async () => {
    await openCache();
    const digest = source.add();
    await warm(digest);
    await cache.close();
    await truncate(join(base, "cache", digest), 100);
    await openCache();
    expect(await readAll(digest)).toBe(digest);
    expect(cache.stats()).toMatchObject({ hits: 0, misses: 1 });
  });

  it("is gone for its readers too when somebody drops it", async () => {
    await openCache();
    const digest = source.add();
    await warm(digest);
    const reader = await openBlob(digest);
    await reader.read(Buffer.alloc(10), 0);
    const openedBefore = source.opened;
    await cache.evict(digest);
    await reader.read(Buffer.alloc(10), 0);
    expect(source.opened).toBe(openedBefore + 1);
    await reader.close();
    expect(await stat(join(base, "cache", digest)).catch(() => null)).toBeNull();
  });
});
