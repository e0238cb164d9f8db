import { mkdtemp, readdir, rm, symlink, truncate } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type DriverUnderTest, describeStorageContract } from "./contract-suite.ts";
import { DiskStorage } from "./disk.ts";
import { blobKey } from "./layout.ts";
import { openStorage } from "./open-storage.ts";
import { describeUploadContract } from "./upload-suite.ts";

const KEY = blobKey("c".repeat(64));

const driver: DriverUnderTest = {
  open: async () => {
    const folder = await mkdtemp(join(tmpdir(), "registry-disk-"));
    const storage = await openStorage({ driver: "disk", basePath: folder });
    const dispose = async () => {
      // Whatever a behaviour did, it may not leave temp files.
      expect(await readdir(join(folder, "uploads"))).toEqual([]);
      await storage.close();
      await rm(folder, { recursive: true });
    };
    return { storage, dispose };
  },
};
describeStorageContract("disk", driver);
describeUploadContract("disk", driver);

describe("disk", () => {
  let folder: string;
  let storage: DiskStorage;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "registry-disk-"));
    storage = new DiskStorage(folder);
    await storage.open();
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  async function put(bytes: Uint8Array): Promise<void> {
    const writer = await storage.createWriter();
    await writer.write(bytes);
    await writer.finish();
    await writer.commit(KEY);
  }

  it("puts a blob where the layout says", async () => {
    await put(Buffer.from("x"));
    const hex = "c".repeat(64);
    expect(await readdir(join(folder, "blobs/sha256/cc/cc"))).toEqual([hex]);
  });

  it("opens a store that exists and finds everything again", async () => {
    await put(Buffer.from("again"));
    const again = new DiskStorage(folder);
    await again.open();
    expect(await again.stat(KEY)).toMatchObject({ sizeBytes: 5 });
  });

  it("throws storage_corrupt when a blob was truncated before it is opened", async () => {
    await put(Buffer.alloc(1000, 1));
    await truncate(join(folder, KEY), 999);
    await expect(storage.openReader(KEY, { expectedSizeBytes: 1000 })).rejects.toMatchObject({
      code: "storage_corrupt",
    });
  });

  it("throws storage_corrupt when a blob is truncated while it is read", async () => {
    await put(Buffer.alloc(1000, 1));
    const reader = await storage.openReader(KEY, { expectedSizeBytes: 1000 });
    await truncate(join(folder, KEY), 500);
    const into = Buffer.alloc(1000);
    await expect(reader.read(into, 0)).rejects.toMatchObject({ code: "storage_corrupt" });
    await reader.close();
  });

  it("heals a truncated blob when the same bytes are stored again", async () => {
    await put(Buffer.alloc(1000, 1));
    await truncate(join(folder, KEY), 10);
    await put(Buffer.alloc(1000, 1));
    expect(await storage.stat(KEY)).toMatchObject({ sizeBytes: 1000 });
  });

  it("refuses a base folder whose parts are on several file systems", async () => {
    const other = await mkdtemp("/dev/shm/registry-disk-");
    try {
      await rm(join(folder, "blobs"), { recursive: true });
      await symlink(other, join(folder, "blobs"));
      await expect(new DiskStorage(folder).open()).rejects.toMatchObject({ code: "unavailable" });
    } finally {
      await rm(other, { recursive: true });
    }
  });

  it("holds a thousand finished writers without holding their descriptors", async () => {
    const before = (await readdir("/proc/self/fd")).length;
    const writers = [];
    for (let n = 0; n < 1000; n += 1) {
      const writer = await storage.createWriter();
      await writer.write(Buffer.from(String(n)));
      await writer.finish();
      writers.push(writer);
    }
    expect((await readdir("/proc/self/fd")).length).toBeLessThan(before + 20);
    await Promise.all(writers.map((writer) => writer.abort()));
    expect(await readdir(join(folder, "uploads"))).toEqual([]);
  });
});
