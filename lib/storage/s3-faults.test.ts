/** What a store or a network under load does, made on purpose between the driver and a real store. */
import { createHash, randomBytes } from "node:crypto";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import {
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  ListMultipartUploadsCommand,
  PutObjectCommand,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { firstOf, type S3Fault, type S3Proxy, startS3Proxy } from "../../tests/support/s3-proxy.ts";
import {
  S3_KEYS,
  S3_READER_KEYS,
  type S3Server,
  startS3Server,
} from "../../tests/support/s3-server.ts";
import { blobKey, manifestKey } from "./layout.ts";
import { S3Storage } from "./s3.ts";
import type { S3Settings } from "./s3-settings.ts";

const MEBIBYTE = 1024 * 1024;
const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");
/** More than one piece, so that it goes as a multipart upload. */
const LARGE = randomBytes(33 * MEBIBYTE + 5);
const LARGE_KEY = blobKey(sha256(LARGE));
const SMALL = randomBytes(200_000);
const SMALL_KEY = blobKey(sha256(SMALL));

let server: S3Server;
let proxy: S3Proxy;
let spool: string;
let settings: S3Settings;
let storage: S3Storage;

beforeAll(async () => {
  server = await startS3Server();
  proxy = await startS3Proxy(server.endpoint);
  spool = await mkdtemp(join(tmpdir(), "registry-spool-"));
});
afterAll(async () => {
  await proxy?.close();
  await server?.stop();
  await rm(spool, { recursive: true, force: true });
});
beforeEach(async () => {
  settings = { ...(await server.createBucket()), endpoint: proxy.endpoint };
  storage = new S3Storage(settings, spool);
  await storage.open();
  proxy.requests.length = 0;
});
afterEach(async () => {
  proxy.setFaults(null);
  await storage.close();
  expect(await readdir(join(spool, "uploads"))).toEqual([]);
});

async function put(bytes: Uint8Array): Promise<{ existed: boolean }> {
  const writer = await storage.createWriter();
  try {
    await writer.write(bytes);
    await writer.finish();
    return await writer.commit(blobKey(sha256(bytes)));
  } finally {
    await writer.abort();
  }
}

async function digestOf(key: string): Promise<string> {
  const reader = await storage.openReader(key);
  try {
    const hash = createHash("sha256");
    const buffer = Buffer.alloc(MEBIBYTE);
    for (let at = 0; at < reader.sizeBytes; at += buffer.length)
      hash.update(buffer.subarray(0, await reader.read(buffer, at)));
    return hash.digest("hex");
  } finally {
    await reader.close();
  }
}

async function uploadsInProgress(): Promise<number> {
  const bucket = { Bucket: settings.bucket };
  const { Uploads } = await server.client.send(new ListMultipartUploadsCommand(bucket));
  return Uploads?.length ?? 0;
}

const count = (operation: string) =>
  proxy.requests.filter((request) => request.operation === operation).length;

describe("a store that is overloaded or breaks off", () => {
  it.each<[string, string, S3Fault]>([
    ["SlowDown to a put", "PutObject", { kind: "answer", status: 503, code: "SlowDown" }],
    ["an internal error to a put", "PutObject", { kind: "answer", status: 500, code: "Internal" }],
    ["a connection cut before a put", "PutObject", { kind: "reset" }],
    ["a put whose answer is lost", "PutObject", { kind: "lose-answer" }],
    ["a put of other bytes than were sent", "PutObject", { kind: "flip-request" }],
  ])("keeps a small file whole over %s", async (_what, operation, fault) => {
    proxy.setFaults(firstOf(operation, 2, fault));
    await put(SMALL);
    expect(count(operation)).toBeGreaterThan(1);
    expect(await digestOf(SMALL_KEY)).toBe(sha256(SMALL));
  });

  it.each<[string, string, S3Fault]>([
    ["SlowDown to a part", "UploadPart", { kind: "answer", status: 503, code: "SlowDown" }],
    ["too many requests", "UploadPart", { kind: "answer", status: 429, code: "TooManyRequests" }],
    ["a connection cut before a part", "UploadPart", { kind: "reset" }],
    ["a part whose answer is lost", "UploadPart", { kind: "lose-answer" }],
    ["a part of other bytes than were sent", "UploadPart", { kind: "flip-request" }],
    ["an error in a 200", "CompleteMultipartUpload", { kind: "error-in-200", code: "Internal" }],
    ["a completion whose answer is lost", "CompleteMultipartUpload", { kind: "lose-answer" }],
    [
      "SlowDown to the beginning",
      "CreateMultipartUpload",
      { kind: "answer", status: 503, code: "SlowDown" },
    ],
  ])("keeps a large file whole over %s", async (_what, operation, fault) => {
    proxy.setFaults(firstOf(operation, 2, fault));
    await put(LARGE);
    expect(count(operation)).toBeGreaterThan(1);
    expect(await digestOf(LARGE_KEY)).toBe(sha256(LARGE));
    expect(await uploadsInProgress()).toBe(0);
  });

  it("says unavailable when it never recovers, and leaves nothing behind", async () => {
    const never = { kind: "answer", status: 503, code: "SlowDown" } as const;
    proxy.setFaults(({ operation }) => (operation === "UploadPart" ? never : null));
    await expect(put(LARGE)).rejects.toMatchObject({ code: "unavailable" });
    proxy.setFaults(null);
    expect(await storage.stat(LARGE_KEY)).toBeNull();
    expect(await uploadsInProgress()).toBe(0);
    await put(LARGE);
    expect(await digestOf(LARGE_KEY)).toBe(sha256(LARGE));
  });

  it("never shows an object whose completion fails in a 200", async () => {
    const never = { kind: "error-in-200", code: "InternalError" } as const;
    proxy.setFaults(({ operation }) => (operation === "CompleteMultipartUpload" ? never : null));
    await expect(put(LARGE)).rejects.toMatchObject({ code: "unavailable" });
    proxy.setFaults(null);
    expect(await storage.stat(LARGE_KEY)).toBeNull();
  });

  it("is asked again when it hangs", async () => {
    await put(SMALL);
    proxy.setFaults(firstOf("GetObject", 1, { kind: "hang" }));
    expect(await digestOf(SMALL_KEY)).toBe(sha256(SMALL));
    proxy.setFaults(firstOf("HeadObject", 1, { kind: "hang" }));
    expect(await storage.stat(SMALL_KEY)).toMatchObject({ sizeBytes: SMALL.length });
  });

  it("says unavailable while nobody answers, and works again afterwards", async () => {
    proxy.setFaults(() => ({ kind: "reset" }));
    await expect(storage.capacity()).rejects.toMatchObject({ code: "unavailable" });
    await expect(storage.stat(SMALL_KEY)).rejects.toMatchObject({ code: "unavailable" });
    proxy.setFaults(null);
    expect(await storage.stat(SMALL_KEY)).toBeNull();
  });
});

describe("a read that breaks off", () => {
  it("goes on where it broke, as often as it makes progress", async () => {
    await put(LARGE);
    proxy.requests.length = 0;
    proxy.setFaults(({ operation }) =>
      operation === "GetObject" ? { kind: "cut-body", bytes: 7 * MEBIBYTE } : null,
    );
    expect(await digestOf(LARGE_KEY)).toBe(sha256(LARGE));
    expect(count("GetObject")).toBeGreaterThanOrEqual(5);
  });

  it("fails when there is no progress, and never ends short", async () => {
    await put(LARGE);
    const reader = await storage.openReader(LARGE_KEY);
    proxy.setFaults(() => ({ kind: "cut-body", bytes: 0 }));
    const reading = reader.read(Buffer.alloc(MEBIBYTE), MEBIBYTE);
    await expect(reading).rejects.toMatchObject({ code: "unavailable" });
    await reader.close();
  });

  it.each([
    ["removed", null],
    ["replaced by other bytes", Buffer.alloc(LARGE.length, 1)],
  ])("is storage_corrupt when the object is %s meanwhile", async (_what, replacement) => {
    await put(LARGE);
    const reader = await storage.openReader(LARGE_KEY, { expectedSizeBytes: LARGE.length });
    const object = { Bucket: settings.bucket, Key: settings.prefix + LARGE_KEY };
    if (replacement === null) await server.client.send(new DeleteObjectCommand(object));
    else await server.client.send(new PutObjectCommand({ ...object, Body: replacement }));
    await expect(reader.read(Buffer.alloc(1000), 20 * MEBIBYTE)).rejects.toMatchObject({
      code: "storage_corrupt",
    });
    await reader.close();
  });
});

describe("connections", () => {
  it("are one for a read in order: the head, then the rest in one request", async () => {
    await put(LARGE);
    proxy.requests.length = 0;
    await digestOf(LARGE_KEY);
    expect(proxy.requests.map(({ range }) => range)).toEqual([
      "bytes=0-65535",
      `bytes=65536-${LARGE.length - 1}`,
    ]);
  });

  it("carry no more than was asked for by reads here and there", async () => {
    await put(LARGE);
    const reader = await storage.openReader(LARGE_KEY);
    proxy.requests.length = 0;
    const offsets = [30, 3, 17, 11, 25].map((mebibyte) => mebibyte * MEBIBYTE);
    const read = offsets.map(async (offset) => {
      const into = Buffer.alloc(1000);
      await reader.read(into, offset);
      return into.equals(LARGE.subarray(offset, offset + 1000));
    });
    expect(await Promise.all(read)).not.toContain(false);
    expect(proxy.requests.map(({ range }) => range).sort()).toEqual(
      offsets.map((offset) => `bytes=${offset}-${offset + 999}`).sort(),
    );
    await reader.close();
  });

  it("are given up by readers that are closed in the middle", async () => {
    await put(LARGE);
    const before = await proxy.countConnections();
    const readers = await Promise.all(
      Array.from({ length: 40 }, () => storage.openReader(LARGE_KEY)),
    );
    const buffers = readers.map(() => Buffer.alloc(100_000));
    await Promise.all(readers.map((reader, index) => reader.read(buffers[index] as Buffer, 0)));
    const pending = readers.map((reader, index) => reader.read(buffers[index] as Buffer, 100_000));
    const settled = Promise.allSettled(pending);
    await Promise.all(readers.map((reader) => reader.close()));
    await settled;
    // Those that were idle in between are kept for the next requests.
    await expect.poll(() => proxy.countConnections()).toBeLessThanOrEqual(before + 8);
    await storage.close();
    await expect.poll(() => proxy.countConnections()).toBe(0);
  });
});

describe("a store that refuses", () => {
  it("to be written is storage_read_only, and reads go on", async () => {
    await put(SMALL);
    const reader = new S3Storage({ ...settings, ...S3_READER_KEYS }, spool);
    await expect(reader.open()).rejects.toMatchObject({ code: "storage_read_only" });
    await expect(
      reader.putDocument(manifestKey("m", "1.0.0"), Buffer.from("{}")),
    ).rejects.toMatchObject({ code: "storage_read_only" });
    expect(await reader.stat(SMALL_KEY)).toMatchObject({ sizeBytes: SMALL.length });
    await reader.close();
  });

  it("more bytes is insufficient_storage", async () => {
    proxy.setFaults(({ operation }) =>
      operation === "PutObject" ? { kind: "answer", status: 507, code: "StorageFull" } : null,
    );
    await expect(put(SMALL)).rejects.toMatchObject({ code: "insufficient_storage" });
  });

  it.each<[string, Partial<S3Settings>, RegExp]>([
    ["a bucket that is not there", { bucket: "nowhere-at-all" }, /does not exist; create it/],
    ["a wrong secret", { secretAccessKey: "wrong-secret" }, /secret_access_key does not belong/],
    ["an unknown key id", { accessKeyId: "nobody" }, /does not know storage\.s3\.access_key_id/],
    ["a store that is not there", { endpoint: "http://127.0.0.1:9" }, /the store does not answer/],
    ["keys that may only read", S3_READER_KEYS, /cannot be written: .*lack the right/],
  ])("tells at start of %s, and never a secret", async (_what, wrong, sentence) => {
    const refused = new S3Storage({ ...settings, ...wrong }, spool);
    const error = await refused.open().catch((reason: unknown) => reason);
    expect(error).toMatchObject({ name: "RegistryError", detail: expect.stringMatching(sentence) });
    // As a logger would print it, causes and hidden fields included.
    const printed = inspect(error, { depth: 20, showHidden: true });
    for (const secret of [S3_KEYS, S3_READER_KEYS])
      expect(printed).not.toContain(secret.secretAccessKey);
    expect(printed).not.toMatch(/wrong-secret|Signature=|AWSAccessKeyId/);
    await refused.close();
  });
});

describe("what a dead process left", () => {
  it("is reclaimed by its age, what this process sends is not", async () => {
    const object = { Bucket: settings.bucket, Key: settings.prefix + LARGE_KEY };
    const { UploadId } = await server.client.send(new CreateMultipartUploadCommand(object));
    const part = { ...object, UploadId, PartNumber: 1, Body: Buffer.alloc(5 * MEBIBYTE) };
    await server.client.send(new UploadPartCommand(part));
    const elsewhere = { Bucket: settings.bucket, Key: "not-ours" };
    await server.client.send(new CreateMultipartUploadCommand(elsewhere));

    expect(await storage.reclaimTemporary(60_000)).toEqual({ files: 0, bytes: 0 });
    const sending = put(LARGE);
    await expect.poll(() => count("UploadPart")).toBeGreaterThan(0);
    expect(await storage.reclaimTemporary(0)).toEqual({ files: 1, bytes: 5 * MEBIBYTE });
    await sending;
    expect(await digestOf(LARGE_KEY)).toBe(sha256(LARGE));
    expect(await uploadsInProgress()).toBe(1);
  });
});
