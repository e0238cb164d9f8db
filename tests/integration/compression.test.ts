/** Compression of stored blobs, with a real database, real files and real threads. */
import { createHash, randomBytes } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { afterAll, beforeAll, expect, it } from "vitest";
import { compressPending } from "../../lib/blobs/compression/queue-compression.ts";
import { recordCompression } from "../../lib/blobs/compression/record-compression.ts";
import { blobKey, compressedBlobKey, newCompressedBlobKey } from "../../lib/storage/layout.ts";
import { BlobRegistry } from "../support/blob-registry.ts";
import { safetensors } from "../support/model-files.ts";

const MEBIBYTE = 1024 * 1024;
let folder: string;
let registry: BlobRegistry;
const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "registry-compression-"));
  registry = await BlobRegistry.open({
    driver: "disk",
    basePath: folder,
    cacheSizeBytes: 0,
    minFreeSpaceBytes: 0,
  });
});
afterAll(async () => {
  await registry?.close();
  await rm(folder, { recursive: true, force: true });
});

/** High bytes of normally distributed bfloat16 values: sign and most of the exponent. */
const HIGH_BYTES = Uint8Array.from({ length: 1 << 16 }, () => {
  const radius = Math.sqrt(-2 * Math.log(1 - Math.random()));
  const value = new Float32Array([0.02 * radius * Math.cos(2 * Math.PI * Math.random())]);
  return new Uint8Array(value.buffer)[3] ?? 0;
});

/** Values as weights are: their exponents compress, their mantissas do not. */
function weights(bytes: number): Uint8Array {
  const values = randomBytes(bytes);
  const start = values.readUInt16LE(0);
  for (let at = 1; at < bytes; at += 2) values[at] = HIGH_BYTES[(start + at * 7) & 0xffff] ?? 0;
  return values;
}

function model(layers: Record<string, Uint8Array>): Uint8Array {
  return safetensors(
    Object.fromEntries(
      Object.entries(layers).map(([name, bytes]) => [
        name,
        { dtype: "BF16", shape: [bytes.length / 2], bytes },
      ]),
    ),
    { run: randomBytes(8).toString("hex") },
  );
}

const pathOf = (key: string) => join(folder, key);
const exists = (key: string) => registry.storage.stat(key).then((stat) => stat !== null);
const put = (bytes: Uint8Array, name = "model") =>
  registry.put({ model: name, files: [{ path: "model.safetensors", bytes }] });

it("replaces the raw copy by a smaller one with the same bytes", async () => {
  const bytes = model({ a: weights(3 * MEBIBYTE) });
  const { digest, id } = await put(bytes);
  expect(await registry.compress(digest)).toBe("stored");
  expect(await exists(blobKey(digest))).toBe(false);
  const stored = (await registry.storage.stat(compressedBlobKey(digest)))?.sizeBytes ?? 0;
  expect(stored).toBeLessThan(bytes.length * 0.95);
  expect(await registry.blob(digest)).toMatchObject({
    encoding: "mrz",
    compression: "done",
    storedBytes: BigInt(stored),
  });
  const version = await registry.db.version.findUniqueOrThrow({ where: { id } });
  expect(version).toMatchObject({ storedBytes: BigInt(stored), sizeBytes: BigInt(bytes.length) });
  expect(sha256(await registry.read(digest))).toBe(digest);
  const range = { start: 2 * MEBIBYTE - 100, end: 2 * MEBIBYTE + 70_000 };
  expect(await registry.read(digest, range)).toEqual(
    Buffer.from(bytes.subarray(range.start, range.end)),
  );
});

it("leaves bytes alone that do not get smaller, and does not try them again", async () => {
  const { digest } = await put(randomBytes(2 * MEBIBYTE));
  expect(await registry.compress(digest)).toBe("not_worth");
  expect(await registry.blob(digest)).toMatchObject({ encoding: "raw", compression: "not_worth" });
  expect(await exists(blobKey(digest))).toBe(true);
  expect(await exists(compressedBlobKey(digest))).toBe(false);
});

it("does not write a raw copy again when the same bytes are registered", async () => {
  const bytes = model({ a: weights(MEBIBYTE) });
  const { digest } = await put(bytes);
  await registry.compress(digest);
  await put(bytes, "another");
  expect(await exists(blobKey(digest))).toBe(false);
  expect(sha256(await registry.read(digest))).toBe(digest);
});

it("heals a damaged blob from the same bytes", async () => {
  const bytes = model({ a: weights(MEBIBYTE) });
  const { digest } = await put(bytes);
  await registry.compress(digest);
  const path = pathOf(compressedBlobKey(digest));
  const file = await readFile(path);
  file[1000] = (file[1000] ?? 0) ^ 1;
  await writeFile(path, file);
  await expect(registry.read(digest)).rejects.toMatchObject({ code: "storage_corrupt" });
  await registry.db.blob.update({ where: { digest }, data: { damagedAt: new Date() } });
  await put(bytes);
  expect(await registry.blob(digest)).toMatchObject({ encoding: "raw", damagedAt: null });
  expect(await exists(compressedBlobKey(digest))).toBe(false);
  expect(sha256(await registry.read(digest))).toBe(digest);
});

it("never gives up a raw copy that is damaged, and makes nothing of it", async () => {
  const bytes = Buffer.from(model({ a: weights(MEBIBYTE) }));
  const { digest } = await put(bytes);
  bytes[500_000] = (bytes[500_000] ?? 0) ^ 1;
  await writeFile(pathOf(blobKey(digest)), bytes);
  expect(await registry.compress(digest)).toBe("failed");
  expect(await exists(blobKey(digest))).toBe(true);
  expect(await exists(compressedBlobKey(digest))).toBe(false);
});

it("converges when a raw copy was left beside the compressed one", async () => {
  const bytes = model({ a: weights(MEBIBYTE) });
  const { digest } = await put(bytes);
  await registry.compress(digest);
  await writeFile(pathOf(blobKey(digest)), bytes);
  expect(await registry.compress(digest)).toBe("unchanged");
  expect(await exists(blobKey(digest))).toBe(false);
});

it("makes a new form when one that nobody knows of was left behind", async () => {
  const bytes = model({ a: weights(MEBIBYTE) });
  const { digest } = await put(bytes);
  await writeFile(pathOf(compressedBlobKey(digest)), "half of something");
  expect(sha256(await registry.read(digest))).toBe(digest);
  expect(await registry.compress(digest)).toBe("stored");
  expect(sha256(await registry.read(digest))).toBe(digest);
});

it("clears what a compression left that was killed before its copy was known", async () => {
  const { digest } = await put(model({ a: weights(MEBIBYTE) }));
  const left = newCompressedBlobKey(digest, "0123456789abcdef");
  await writeFile(pathOf(left), randomBytes(1000));
  expect(await registry.compress(digest)).toBe("stored");
  expect(await exists(left)).toBe(false);
  // Also when there is nothing to compress any more.
  await writeFile(pathOf(left), randomBytes(1000));
  expect(await registry.compress(digest)).toBe("unchanged");
  expect(await exists(left)).toBe(false);
});

it("does not record a copy that another one has cleared away", async () => {
  const { digest } = await put(model({ a: weights(MEBIBYTE) }));
  const made = {
    sha256: digest,
    key: newCompressedBlobKey(digest, "0123456789abcdef"),
    mayReplace: false,
    storedBytes: 1000,
    sources: [],
    pieces: [],
  };
  expect(await recordCompression(registry.ctx, made)).toBe("lost");
  expect(await registry.blob(digest)).toMatchObject({ encoding: "raw" });
});

it("stores what two versions have in common once, and holds the first one for it", async () => {
  const [a, b] = [weights(4 * MEBIBYTE), weights(4 * MEBIBYTE)];
  const first = await put(model({ a, b }), "grown");
  await registry.compress(first.digest);
  const second = await put(model({ a, b, c: weights(MEBIBYTE) }), "grown");
  await registry.compress(second.digest);
  const row = await registry.blob(second.digest);
  expect(Number(row.storedBytes)).toBeLessThan(0.25 * Number(row.sizeBytes));
  const sources = await registry.db.blobSource.findMany({ where: { digest: second.digest } });
  expect(sources.map(({ sourceDigest }) => sourceDigest)).toEqual([first.digest]);
  await expect(registry.db.blob.delete({ where: { digest: first.digest } })).rejects.toThrow();
  expect(sha256(await registry.read(second.digest))).toBe(second.digest);
});

it("encodes a blob anew without what it borrowed, so that this can go", async () => {
  const a = weights(4 * MEBIBYTE);
  const first = await put(model({ a }), "freed");
  await registry.compress(first.digest);
  const second = await put(model({ a, b: weights(MEBIBYTE) }), "freed");
  await registry.compress(second.digest);
  const reader = await registry.blobs.openReader(
    second.digest,
    Number((await registry.blob(second.digest)).sizeBytes),
  );
  expect(await registry.compress(second.digest, { standalone: true })).toBe("stored");
  expect(await registry.db.blobSource.count({ where: { digest: second.digest } })).toBe(0);
  expect(sha256(await registry.read(second.digest))).toBe(second.digest);
  // A download that began with the old form goes on.
  const part = Buffer.alloc(100_000);
  expect(await reader.read(part, 2 * MEBIBYTE)).toBe(part.length);
  await reader.close();
});

it("never lets two blobs need each other", async () => {
  const a = weights(2 * MEBIBYTE);
  const bytes = model({ a, b: weights(MEBIBYTE) });
  const first = await put(bytes, "circle");
  await registry.compress(first.digest);
  const second = await put(model({ a, c: weights(MEBIBYTE) }), "circle");
  await registry.compress(second.digest);
  expect(await registry.db.blobSource.count({ where: { digest: second.digest } })).toBe(1);
  // The first one becomes raw again, and finds its own pieces only in the second one.
  await registry.db.blob.update({
    where: { digest: first.digest },
    data: { damagedAt: new Date() },
  });
  await put(bytes, "circle");
  await registry.compress(first.digest);
  expect(await registry.db.blobSource.count({ where: { digest: first.digest } })).toBe(0);
  for (const { digest } of [first, second])
    expect(sha256(await registry.read(digest))).toBe(digest);
});

it("begins anew when a blob that it refers to is freed meanwhile", async () => {
  const a = weights(4 * MEBIBYTE);
  const first = await put(model({ a }), "vanishing");
  await registry.compress(first.digest);
  const second = await put(model({ a, b: weights(MEBIBYTE) }), "vanishing");
  const findPieces = registry.threads.encode.bind(registry.threads);
  let encoded = 0;
  registry.threads.encode = async (...args) => {
    const outcome = await findPieces(...args);
    encoded += 1;
    if (encoded === 1) {
      await registry.db.file.deleteMany({ where: { digest: first.digest } });
      await registry.db.blob.delete({ where: { digest: first.digest } });
    }
    return outcome;
  };
  expect(await registry.compress(second.digest)).toBe("stored");
  registry.threads.encode = findPieces;
  expect(encoded).toBe(2);
  await registry.storage.remove(compressedBlobKey(first.digest));
  expect(sha256(await registry.read(second.digest))).toBe(second.digest);
});

it("gives up at once when it is told to, and leaves nothing behind", async () => {
  const { digest } = await put(model({ a: weights(32 * MEBIBYTE) }));
  const controller = new AbortController();
  const compressing = registry.compress(digest, { signal: controller.signal });
  setImmediate(() => controller.abort(new Error("shutdown")));
  await expect(compressing).rejects.toThrow("shutdown");
  expect(await registry.blob(digest)).toMatchObject({ encoding: "raw", compression: "pending" });
  expect(await exists(compressedBlobKey(digest))).toBe(false);
});

it("leaves the event loop to others while four blobs are compressed", async () => {
  const put4 = Array.from({ length: 4 }, () => put(model({ a: weights(8 * MEBIBYTE) }), "four"));
  const blobs = await Promise.all(put4);
  const before = performance.eventLoopUtilization();
  const outcomes = await Promise.all(blobs.map(({ digest }) => registry.compress(digest)));
  const { utilization } = performance.eventLoopUtilization(before);
  expect(outcomes).toEqual(["stored", "stored", "stored", "stored"]);
  // Encoded on the loop it would be close to one.
  expect(utilization).toBeLessThan(0.4);
});

it("queues what nobody has looked at, once, and nothing that is too small", async () => {
  await registry.db.blob.updateMany({ data: { compression: "done" } });
  const { digest } = await put(model({ a: weights(MEBIBYTE) }), "queued");
  await put(Buffer.from("small"), "queued");
  for (let turn = 0; turn < 2; turn += 1) await compressPending(registry.ctx);
  const jobs = await registry.db.$queryRaw<{ key: string }[]>`
    select key from graphile_worker.jobs where task_identifier = 'compress-blob'`;
  expect(jobs.map(({ key }) => key)).toEqual([`compress-blob:${digest}`]);
});
