import { createHash, randomBytes } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { ErrorCode } from "#lib/errors.ts";
import { BlockSummer } from "./block-sums.ts";
import type { BlobWriter, StorageDriver } from "./contract.ts";
import { blobKey, manifestKey, quarantineKey } from "./layout.ts";

/** What a driver must offer to be tested; `open` gives an empty, opened store. */
export type DriverUnderTest = {
  open: () => Promise<{ storage: StorageDriver; dispose: () => Promise<void> }>;
};

const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");
const failsWith = (code: ErrorCode) => expect.objectContaining({ code });
const KEY_A = blobKey("a".repeat(64));
const KEY_B = blobKey("b".repeat(64));
const MEBIBYTE = 1024 * 1024;

/** The promises of `contract.ts`. Every driver runs all of them. */
export function describeStorageContract(name: string, driver: DriverUnderTest): void {
  describe(`${name} keeps the storage contract`, () => {
    let storage: StorageDriver;
    let dispose: () => Promise<void>;

    beforeEach(async () => {
      ({ storage, dispose } = await driver.open());
    });
    afterEach(() => dispose());

    async function writeOf(...chunks: Uint8Array[]): Promise<BlobWriter> {
      const writer = await storage.createWriter();
      for (const chunk of chunks) await writer.write(chunk);
      return writer;
    }
    async function put(key: string, bytes: Uint8Array): Promise<{ existed: boolean }> {
      const writer = await writeOf(bytes);
      await writer.finish();
      return writer.commit(key);
    }
    async function bytesOf(key: string): Promise<Buffer> {
      const reader = await storage.openReader(key);
      try {
        const into = Buffer.alloc(reader.sizeBytes);
        expect(await reader.read(into, 0)).toBe(reader.sizeBytes);
        return into;
      } finally {
        await reader.close();
      }
    }
    async function keys(folder: string): Promise<string[]> {
      const found: string[] = [];
      for await (const key of storage.list(folder)) found.push(key);
      return found;
    }

    describe("writing", () => {
      it("gives back the bytes that were committed", async () => {
        const bytes = randomBytes(100_000);
        await put(KEY_A, bytes);
        expect(sha256(await bytesOf(KEY_A))).toBe(sha256(bytes));
      });

      it("gives the SHA-256, the length and the checksums of what was written", async () => {
        const bytes = randomBytes(12_345);
        const writer = await writeOf(bytes.subarray(0, 5), bytes.subarray(5));
        expect(await writer.finish()).toEqual({ sha256: sha256(bytes), sizeBytes: 12_345 });
        const summer = new BlockSummer();
        summer.update(bytes);
        expect(writer.blockSums).toEqual(summer.digest());
        await writer.abort();
      });

      it("gives the same answer when finish is called again", async () => {
        const writer = await writeOf(Buffer.from("x"));
        expect(await writer.finish()).toEqual(await writer.finish());
        await writer.abort();
      });

      it("keeps many chunks of odd sizes, larger than any batch, in order", async () => {
        const bytes = randomBytes(11 * MEBIBYTE + 17);
        const writer = await storage.createWriter();
        for (let at = 0, size = 1; at < bytes.length; at += size, size = (size * 7 + 3) % 700_001)
          await writer.write(bytes.subarray(at, at + size));
        expect((await writer.finish()).sha256).toBe(sha256(bytes));
        await writer.commit(KEY_A);
        expect(sha256(await bytesOf(KEY_A))).toBe(sha256(bytes));
      });

      it("keeps one chunk larger than any batch", async () => {
        const bytes = randomBytes(9 * MEBIBYTE + 1);
        await put(KEY_A, bytes);
        expect(sha256(await bytesOf(KEY_A))).toBe(sha256(bytes));
      });

      it("does not keep a chunk: the caller may reuse its buffer", async () => {
        const writer = await storage.createWriter();
        const buffer = Buffer.alloc(70_000);
        for (let value = 0; value < 200; value += 1) await writer.write(buffer.fill(value));
        await writer.finish();
        await writer.commit(KEY_A);
        const stored = await bytesOf(KEY_A);
        const isRight = Array.from({ length: 200 }, (_, value) =>
          stored.subarray(value * 70_000, (value + 1) * 70_000).every((byte) => byte === value),
        );
        expect(isRight).not.toContain(false);
      });

      it("counts the bytes as they come", async () => {
        const writer = await writeOf(Buffer.alloc(10), Buffer.alloc(0), Buffer.alloc(5));
        expect(writer.bytesWritten).toBe(15);
        await writer.abort();
      });

      it("stores zero bytes as zero bytes", async () => {
        await put(KEY_A, Buffer.alloc(0));
        expect(await storage.stat(KEY_A)).toMatchObject({ sizeBytes: 0 });
        expect((await bytesOf(KEY_A)).length).toBe(0);
      });

      it("shows nothing before commit", async () => {
        const writer = await writeOf(Buffer.from("secret"));
        await writer.finish();
        expect(await storage.stat(KEY_A)).toBeNull();
        expect(await keys("")).toEqual([]);
        await writer.abort();
      });

      it("refuses bytes after finish", async () => {
        const writer = await writeOf(Buffer.from("x"));
        await writer.finish();
        await expect(writer.write(Buffer.from("y"))).rejects.toThrow();
        await writer.abort();
      });

      it("refuses to commit what is not finished", async () => {
        const writer = await writeOf(Buffer.from("x"));
        await expect(writer.commit(KEY_A)).rejects.toThrow();
        expect(await storage.stat(KEY_A)).toBeNull();
        await writer.abort();
      });

      it("lets the written bytes be read before they are published", async () => {
        const bytes = randomBytes(5 * MEBIBYTE);
        const writer = await writeOf(bytes);
        await writer.finish();
        const reader = await writer.openReader();
        const into = Buffer.alloc(reader.sizeBytes);
        await reader.read(into, 0);
        expect(sha256(into)).toBe(sha256(bytes));
        await reader.close();
        await writer.abort();
      });
    });

    describe("committing", () => {
      it("says that the key is new", async () => {
        expect(await put(KEY_A, Buffer.from("one"))).toEqual({ existed: false });
      });

      it("keeps the existing bytes and says so when the key exists", async () => {
        await put(KEY_A, Buffer.from("one"));
        expect(await put(KEY_A, Buffer.from("two"))).toEqual({ existed: true });
        expect((await bytesOf(KEY_A)).toString()).toBe("one");
      });

      it("replaces bytes of another length: they are damaged, since the key is a digest", async () => {
        await put(KEY_A, Buffer.from("on"));
        expect(await put(KEY_A, Buffer.from("one"))).toEqual({ existed: false });
        expect((await bytesOf(KEY_A)).toString()).toBe("one");
      });

      it("ends in one blob when many writers commit one key at once", async () => {
        const bytes = randomBytes(200_000);
        const writers = await Promise.all(Array.from({ length: 20 }, () => writeOf(bytes)));
        await Promise.all(writers.map((writer) => writer.finish()));
        const results = await Promise.all(writers.map((writer) => writer.commit(KEY_A)));
        expect(results.filter(({ existed }) => !existed)).toHaveLength(1);
        expect(await keys("")).toEqual([KEY_A]);
        expect(sha256(await bytesOf(KEY_A))).toBe(sha256(bytes));
      });

      it("keeps writers apart that write at the same time", async () => {
        const first = await storage.createWriter();
        const second = await storage.createWriter();
        for (let n = 0; n < 50; n += 1) {
          await first.write(Buffer.alloc(50_000, 1));
          await second.write(Buffer.alloc(50_000, 2));
        }
        await Promise.all([first.finish(), second.finish()]);
        await Promise.all([first.commit(KEY_A), second.commit(KEY_B)]);
        expect((await bytesOf(KEY_A)).every((byte) => byte === 1)).toBe(true);
        expect((await bytesOf(KEY_B)).every((byte) => byte === 2)).toBe(true);
      });
    });

    describe("aborting", () => {
      it("leaves nothing of an unfinished write", async () => {
        const writer = await writeOf(randomBytes(5 * MEBIBYTE));
        await writer.abort();
        expect(await keys("")).toEqual([]);
        await expect(writer.write(Buffer.from("x"))).rejects.toThrow();
      });

      it("leaves nothing of a finished write", async () => {
        const writer = await writeOf(Buffer.from("x"));
        await writer.finish();
        await writer.abort();
        await expect(writer.commit(KEY_A)).rejects.toThrow();
        expect(await keys("")).toEqual([]);
      });

      it("succeeds twice", async () => {
        const writer = await writeOf(Buffer.from("x"));
        await writer.abort();
        await expect(writer.abort()).resolves.toBeUndefined();
      });

      it("does not touch what was committed", async () => {
        const writer = await writeOf(Buffer.from("kept"));
        await writer.finish();
        await writer.commit(KEY_A);
        await writer.abort();
        expect((await bytesOf(KEY_A)).toString()).toBe("kept");
      });
    });

    describe("reading", () => {
      it("throws blob_not_found for what is not there", async () => {
        await expect(storage.openReader(KEY_A)).rejects.toEqual(failsWith("blob_not_found"));
      });

      it("throws storage_corrupt when the length is not the expected one", async () => {
        await put(KEY_A, Buffer.from("short"));
        const open = storage.openReader(KEY_A, { expectedSizeBytes: 6 });
        await expect(open).rejects.toEqual(failsWith("storage_corrupt"));
      });

      it("reads from any offset", async () => {
        await put(KEY_A, Buffer.from("0123456789"));
        const reader = await storage.openReader(KEY_A, { expectedSizeBytes: 10 });
        const into = Buffer.alloc(4);
        expect(await reader.read(into, 3)).toBe(4);
        expect(into.toString()).toBe("3456");
        await reader.close();
      });

      it("reads less only at the end, and nothing past it", async () => {
        await put(KEY_A, Buffer.from("0123456789"));
        const reader = await storage.openReader(KEY_A);
        const into = Buffer.alloc(4, "-");
        expect(await reader.read(into, 8)).toBe(2);
        expect(into.toString()).toBe("89--");
        expect(await reader.read(into, 10)).toBe(0);
        expect(await reader.read(into, 99)).toBe(0);
        await reader.close();
      });

      it("serves parallel reads of one reader", async () => {
        const bytes = randomBytes(MEBIBYTE);
        await put(KEY_A, bytes);
        const reader = await storage.openReader(KEY_A);
        const parts = Array.from({ length: 16 }, () => Buffer.alloc(65_536));
        await Promise.all(parts.map((part, index) => reader.read(part, index * 65_536)));
        expect(sha256(Buffer.concat(parts))).toBe(sha256(bytes));
        await reader.close();
      });

      it("keeps an open reader readable while the blob is removed", async () => {
        await put(KEY_A, Buffer.from("still here"));
        const reader = await storage.openReader(KEY_A);
        await storage.remove(KEY_A);
        const into = Buffer.alloc(10);
        await reader.read(into, 0);
        expect(into.toString()).toBe("still here");
        await reader.close();
      });

      it("refuses reads after close, and closes twice", async () => {
        await put(KEY_A, Buffer.from("x"));
        const reader = await storage.openReader(KEY_A);
        await reader.close();
        await reader.close();
        await expect(reader.read(Buffer.alloc(1), 0)).rejects.toThrow();
      });
    });

    describe("keeping house", () => {
      it("tells length and time of what is there, and null of what is not", async () => {
        const before = Date.now();
        await put(KEY_A, Buffer.from("12345"));
        const stat = await storage.stat(KEY_A);
        expect(stat?.sizeBytes).toBe(5);
        // File systems keep time at their own grain, up to 2 s.
        expect(Math.abs((stat?.modifiedAt.getTime() ?? 0) - before)).toBeLessThan(5000);
        expect(await storage.stat(KEY_B)).toBeNull();
      });

      it("tells the time of the clock that dates what is written, and leaves no trace of that", async () => {
        const before = await storage.now();
        await put(KEY_A, Buffer.from("12345"));
        const after = await storage.now();
        const { modifiedAt = new Date(0) } = (await storage.stat(KEY_A)) ?? {};
        expect(modifiedAt.getTime()).toBeGreaterThanOrEqual(before.getTime());
        expect(modifiedAt.getTime()).toBeLessThanOrEqual(after.getTime());
        expect(await storage.reclaimTemporary(0)).toEqual({ files: 0, bytes: 0 });
      });

      it("removes, and removing what is not there succeeds", async () => {
        await put(KEY_A, Buffer.from("x"));
        await storage.remove(KEY_A);
        await storage.remove(KEY_A);
        expect(await storage.stat(KEY_A)).toBeNull();
      });

      it("moves to the trash and back", async () => {
        await put(KEY_A, Buffer.from("moved"));
        await storage.move(KEY_A, quarantineKey(KEY_A));
        expect(await storage.stat(KEY_A)).toBeNull();
        await storage.move(quarantineKey(KEY_A), KEY_A);
        expect((await bytesOf(KEY_A)).toString()).toBe("moved");
        expect(await keys("trash/")).toEqual([]);
      });

      it("replaces the target of a move", async () => {
        await put(KEY_A, Buffer.from("new"));
        await put(KEY_B, Buffer.from("older"));
        await storage.move(KEY_A, KEY_B);
        expect((await bytesOf(KEY_B)).toString()).toBe("new");
      });

      it("throws blob_not_found when there is nothing to move", async () => {
        await expect(storage.move(KEY_A, KEY_B)).rejects.toEqual(failsWith("blob_not_found"));
      });

      it("lists the keys of a folder in bytewise order", async () => {
        const manifests = [
          manifestKey("b", "1.0.0"),
          manifestKey("a", "1.0.0"),
          manifestKey("a-b", "1.0.0"),
          manifestKey("a.b", "1.0.0"),
          manifestKey("a", "1.0.0-rc.1"),
          manifestKey("a", "10.0.0"),
        ];
        for (const key of manifests) await storage.putDocument(key, Buffer.from("{}"));
        await put(KEY_A, Buffer.from("x"));
        expect(await keys("metadata/")).toEqual([...manifests].sort());
        expect(await keys("")).toEqual([KEY_A, ...[...manifests].sort()]);
        expect(await keys("metadata/a/")).toHaveLength(3);
        expect(await keys("metadata/absent/")).toEqual([]);
      });

      it("refuses keys that no layout makes", async () => {
        for (const key of ["", "x", "../x", "a/../b", "/etc/passwd", "a//b", "a/b\0", "a\\b/c"])
          await expect(storage.getDocument(key)).rejects.toBeInstanceOf(TypeError);
        await expect(keys("../")).rejects.toBeInstanceOf(TypeError);
        await expect(keys("metadata")).rejects.toBeInstanceOf(TypeError);
      });

      it("leaves writes in progress alone when it reclaims", async () => {
        const writer = await writeOf(Buffer.from("in progress"));
        expect(await storage.reclaimTemporary(0)).toEqual({ files: 0, bytes: 0 });
        await writer.finish();
        await writer.commit(KEY_A);
        expect((await bytesOf(KEY_A)).toString()).toBe("in progress");
      });

      it("tells a capacity that makes sense, or none", async () => {
        const capacity = await storage.capacity();
        if (capacity === null) expect(storage.kind).not.toBe("disk");
        else expect(capacity.totalBytes).toBeGreaterThanOrEqual(capacity.freeBytes);
      });
    });

    describe("documents", () => {
      const key = manifestKey("model", "1.0.0");

      it("gives back what was put", async () => {
        await storage.putDocument(key, Buffer.from('{"a":1}'));
        expect(Buffer.from(await storage.getDocument(key)).toString()).toBe('{"a":1}');
      });

      it("replaces a document by one of the same length", async () => {
        await storage.putDocument(key, Buffer.from("old"));
        await storage.putDocument(key, Buffer.from("new"));
        expect(Buffer.from(await storage.getDocument(key)).toString()).toBe("new");
      });

      it("does not keep the caller's buffer", async () => {
        const content = Buffer.from("kept");
        await storage.putDocument(key, content);
        content.fill(0);
        expect(Buffer.from(await storage.getDocument(key)).toString()).toBe("kept");
      });

      it("throws blob_not_found for what is not there", async () => {
        await expect(storage.getDocument(key)).rejects.toEqual(failsWith("blob_not_found"));
      });
    });
  });
}
