/** Objects that the store puts together of others: resumable transfers, and moves of large blobs. */
import { createHash, randomBytes, randomUUID } from "node:crypto";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PutObjectCommand } from "@aws-sdk/client-s3";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { firstOf, type S3Proxy, startS3Proxy } from "../../tests/support/s3-proxy.ts";
import { type S3Server, startS3Server } from "../../tests/support/s3-server.ts";
import type { BlobReader, UploadArea } from "./contract.ts";
import { blobKey, quarantineKey } from "./layout.ts";
import { S3Storage } from "./s3.ts";
import type { S3Settings } from "./s3-settings.ts";

const MEBIBYTE = 1024 * 1024;
const PART = 5 * MEBIBYTE;
const BYTES = randomBytes(3 * PART + 11);
const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");
const KEY = blobKey(sha256(BYTES));

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
});
afterEach(async () => {
  proxy.setFaults(null);
  await storage.close();
  expect(await readdir(join(spool, "uploads"))).toEqual([]);
});

/** A transfer with all of its parts, read to its end as a hasher does. */
async function uploaded(id: string, partSizeBytes: number): Promise<UploadArea> {
  const area = await storage.openUpload(id, { sizeBytes: BYTES.length, partSizeBytes });
  for (let part = 0; part * partSizeBytes < BYTES.length; part += 1) {
    const writer = await area.createPartWriter(part);
    await writer.write(BYTES.subarray(part * partSizeBytes, (part + 1) * partSizeBytes));
    await writer.finish();
  }
  expect(await digestOf(await area.openReader())).toBe(sha256(BYTES));
  return area;
}

async function digestOf(reader: BlobReader): Promise<string> {
  const hash = createHash("sha256");
  const buffer = Buffer.alloc(MEBIBYTE);
  for (let at = 0; at < reader.sizeBytes; at += buffer.length)
    hash.update(buffer.subarray(0, await reader.read(buffer, at)));
  await reader.close();
  return hash.digest("hex");
}

const count = (operation: string) =>
  proxy.requests.filter((request) => request.operation === operation).length;

describe("a transfer", () => {
  it("is joined by the store: its bytes do not come back", async () => {
    const area = await uploaded(randomUUID(), PART);
    proxy.requests.length = 0;
    await area.commit(KEY);
    expect([count("UploadPartCopy"), count("GetObject"), count("UploadPart")]).toEqual([4, 0, 0]);
    expect(await digestOf(await storage.openReader(KEY))).toBe(sha256(BYTES));
    await area.close();
  });

  it("is read with one request for each part", async () => {
    const area = await uploaded(randomUUID(), PART);
    proxy.requests.length = 0;
    await digestOf(await area.openReader());
    expect(count("GetObject")).toBe(4);
    await area.close();
  });

  it("of parts that are too small to be joined is sent again by this process", async () => {
    const area = await uploaded(randomUUID(), 4 * MEBIBYTE);
    await area.commit(KEY);
    expect(await digestOf(await storage.openReader(KEY))).toBe(sha256(BYTES));
    await area.close();
  });

  it("is sent again where the store cannot join", async () => {
    const area = await uploaded(randomUUID(), PART);
    proxy.setFaults(({ operation }) =>
      operation === "UploadPartCopy"
        ? { kind: "answer", status: 501, code: "NotImplemented" }
        : null,
    );
    expect(await area.commit(KEY)).toEqual({ existed: false });
    expect(await digestOf(await storage.openReader(KEY))).toBe(sha256(BYTES));
    await area.close();
  });

  it("publishes the parts that were read, never one that was replaced since", async () => {
    const id = randomUUID();
    const area = await uploaded(id, PART);
    const late = { Bucket: settings.bucket, Key: `${settings.prefix}uploads/${id}/1` };
    await server.client.send(new PutObjectCommand({ ...late, Body: Buffer.alloc(PART, 1) }));
    await expect(area.commit(KEY)).rejects.toMatchObject({ code: "unavailable" });
    expect(await storage.stat(KEY)).toBeNull();
    await area.close();
  });

  it.each([
    ["SlowDown", { kind: "answer", status: 503, code: "SlowDown" }],
    ["an error in a 200", { kind: "error-in-200", code: "InternalError" }],
    ["a cut connection", { kind: "reset" }],
  ] as const)("is joined whole over %s", async (_what, fault) => {
    const area = await uploaded(randomUUID(), PART);
    proxy.setFaults(firstOf("UploadPartCopy", 3, fault));
    await area.commit(KEY);
    expect(await digestOf(await storage.openReader(KEY))).toBe(sha256(BYTES));
    await area.close();
  });
});

describe("a move", () => {
  it("of a blob that takes several copies keeps it whole", async () => {
    const block = randomBytes(MEBIBYTE);
    const hash = createHash("sha256");
    const writer = await storage.createWriter();
    for (let n = 0; n < 260; n += 1) {
      block.writeUInt32LE(n);
      hash.update(block);
      await writer.write(block);
    }
    const { sha256: digest } = await writer.finish();
    await writer.commit(blobKey(digest));
    proxy.requests.length = 0;
    await storage.move(blobKey(digest), quarantineKey(blobKey(digest)));
    expect(count("UploadPartCopy")).toBe(2);
    expect(await storage.stat(blobKey(digest))).toBeNull();
    const moved = await storage.openReader(quarantineKey(blobKey(digest)));
    expect(await digestOf(moved)).toBe(digest);
  });

  it("that was interrupted after the copy converges when it is made again", async () => {
    await storage.putDocument(KEY, Buffer.from("moved"));
    proxy.setFaults(({ operation }) => (operation === "DeleteObject" ? { kind: "reset" } : null));
    await expect(storage.move(KEY, quarantineKey(KEY))).rejects.toMatchObject({
      code: "unavailable",
    });
    proxy.setFaults(null);
    await storage.move(KEY, quarantineKey(KEY));
    expect(await storage.stat(KEY)).toBeNull();
    expect(Buffer.from(await storage.getDocument(quarantineKey(KEY))).toString()).toBe("moved");
  });
});
