import { createHash, randomBytes, randomUUID } from "node:crypto";
import { mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { DiskStorage } from "#lib/storage/disk.ts";
import { blobKey } from "#lib/storage/layout.ts";
import { PrefixHashes } from "./prefix-hashes.ts";
import { UploadHasher } from "./upload-hasher.ts";

const PART = 1_000_000;

let folder: string;
let storage: DiskStorage;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "registry-hashes-"));
  storage = new DiskStorage(folder);
  await storage.open();
});
afterEach(() => rm(folder, { recursive: true }));

async function upload(bytes: Buffer) {
  const id = randomUUID();
  const shape = { sizeBytes: bytes.length, partSizeBytes: PART };
  const area = await storage.openUpload(id, shape);
  for (let part = 0; part * PART < bytes.length; part += 1) {
    const writer = await area.createPartWriter(part);
    await writer.write(bytes.subarray(part * PART, (part + 1) * PART));
    await writer.finish();
  }
  await area.close();
  return { id, shape };
}
const hexOf = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

describe("PrefixHashes", () => {
  it("gives the digest of the whole, in however many steps", async () => {
    const bytes = randomBytes(9 * PART + 123);
    const input = await upload(bytes);
    const hashes = new PrefixHashes(storage);
    const steps = [PART, 2 * PART, 2 * PART, 7 * PART];
    const done = await Promise.all(steps.map((toBytes) => hashes.advance({ ...input, toBytes })));
    for (const [index, count] of done.entries())
      expect(count).toBeGreaterThanOrEqual(steps[index] ?? 0);
    expect((await hashes.digest(input)).sha256).toBe(hexOf(bytes));
    expect((await hashes.digest(input)).sha256).toBe(hexOf(bytes));
    await hashes.close();
  });

  it("never goes back, and publishes under no other name than the digest", async () => {
    const bytes = randomBytes(PART + 1);
    const input = await upload(bytes);
    const hashes = new PrefixHashes(storage);
    await hashes.advance({ ...input, toBytes: PART + 1 });
    expect(await hashes.advance({ ...input, toBytes: PART })).toBe(PART + 1);
    const wrong = hashes.commit({ ...input, key: blobKey("a".repeat(64)) });
    await expect(wrong).rejects.toThrow(/not what was hashed/);
    expect(await storage.stat(blobKey("a".repeat(64)))).toBeNull();
    await hashes.commit({ ...input, key: blobKey(hexOf(bytes)) });
    expect(await storage.stat(blobKey(hexOf(bytes)))).toMatchObject({ sizeBytes: PART + 1 });
    await hashes.close();
  });

  it("keeps a bounded number of uploads open, and is right about all of them", async () => {
    const before = (await readdir("/proc/self/fd")).length;
    const hashes = new PrefixHashes(storage);
    const contents = Array.from({ length: 100 }, () => randomBytes(5000));
    const inputs = await Promise.all(contents.map(upload));
    for (const input of inputs) await hashes.advance({ ...input, toBytes: 2000 });
    expect((await readdir("/proc/self/fd")).length).toBeLessThan(before + 2 * 64 + 20);
    for (const [index, input] of inputs.entries())
      expect((await hashes.digest(input)).sha256).toBe(hexOf(contents[index] ?? Buffer.alloc(0)));
    await hashes.close();
    expect((await readdir("/proc/self/fd")).length).toBeLessThan(before + 20);
  });
});

describe("UploadHasher", () => {
  it("hashes and publishes in a thread of its own, which may be ended and begun at any time", async () => {
    const bytes = randomBytes(3 * PART);
    const { id, shape } = await upload(bytes);
    const settings = { driver: "disk", basePath: folder } as const;
    const first = new UploadHasher(settings, storage);
    expect(await first.advance(id, shape, PART)).toBe(PART);
    await first.close();
    await expect(first.advance(id, shape, PART)).rejects.toThrow(/closed/);
    const second = new UploadHasher(settings, storage);
    expect((await second.digest(id, shape)).sha256).toBe(hexOf(bytes));
    await second.commit(id, shape, blobKey(hexOf(bytes)));
    await second.forget(id);
    await second.close();
    expect(await storage.stat(blobKey(hexOf(bytes)))).toMatchObject({ sizeBytes: 3 * PART });
  });

  it("tells what is wrong with the store", async () => {
    const hasher = new UploadHasher({ driver: "disk", basePath: folder }, storage);
    const id = randomUUID();
    await mkdir(join(folder, "uploads", id, "data"), { recursive: true });
    const shape = { sizeBytes: 10, partSizeBytes: PART };
    await expect(hasher.digest(id, shape)).rejects.toThrow();
    await hasher.close();
  });
});
