import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { BlockSummer } from "#lib/storage/block-sums.ts";
import { blobKey } from "#lib/storage/layout.ts";
import { MemoryStorage } from "#lib/storage/memory.ts";
import { WatchedReader } from "../reading/watched-reader.ts";
import { revisionOf } from "./check-blob.ts";
import { type BlobChecker, startChecker } from "./scrub-thread.ts";
import { VerifiedBlobs } from "./verified-blobs.ts";

const digestOf = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

/** A store with one raw blob, and how often it was hashed. */
async function openStore(bytes: Uint8Array, sha256 = digestOf(bytes)) {
  const storage = new MemoryStorage();
  await storage.open();
  const write = async (content: Uint8Array) => {
    const writer = await storage.createWriter();
    await writer.write(content);
    await writer.finish();
    await storage.remove(blobKey(sha256));
    await writer.commit(blobKey(sha256));
  };
  await write(bytes);
  let hashed = 0;
  const sums = new Map<string, Uint8Array>();
  const startCounting = (): BlobChecker => {
    const settings = { driver: "memory" as const };
    const checker = startChecker(storage, { settings, bytesPerSecond: Number.POSITIVE_INFINITY });
    return {
      ...checker,
      check: (input, signal) => {
        hashed += 1;
        return checker.check(input, signal);
      },
    };
  };
  const verified = new VerifiedBlobs(startCounting, async (digest, blockSums) => {
    sums.set(digest, blockSums);
  });
  const file = async () => {
    const found = await storage.stat(blobKey(sha256));
    if (!found) throw new Error("no such blob");
    return { sha256, sizeBytes: bytes.length, revision: revisionOf(found) };
  };
  return { storage, verified, write, file, sha256, sums, hashed: () => hashed };
}

describe("verified blobs", () => {
  it("hash a file once, however many ask at once, and give its checksums", async () => {
    const { verified, file, hashed, sums, sha256 } = await openStore(Buffer.from("bytes"));
    const same = await file();
    expect(await Promise.all([verified.verify(same), verified.verify(same)])).toEqual([true, true]);
    expect(hashed()).toBe(1);
    const summer = new BlockSummer();
    summer.update(Buffer.from("bytes"));
    expect(sums.get(sha256)).toEqual(summer.digest());
  });

  it("do not believe another file of the same name", async () => {
    const { verified, file } = await openStore(Buffer.from("bytes"));
    expect(await verified.verify({ ...(await file()), revision: "another" })).toBe(false);
  });

  it("say when a file is not what its digest says, each time", async () => {
    const { verified, file, hashed, sums } = await openStore(Buffer.from("wrong"), "a".repeat(64));
    expect(await verified.verify(await file())).toBe(false);
    expect(await verified.verify(await file())).toBe(false);
    expect(hashed()).toBe(2);
    expect(sums.size).toBe(0);
  });
});

describe("a watched reader", () => {
  const SIZE = 9 * 1024 * 1024;
  const CHUNK = 1024 * 1024;

  async function open(bytes: Uint8Array, isRight: boolean) {
    const { storage, sha256 } = await openStore(bytes);
    const seen = { verified: 0, damaged: 0 };
    const reader = new WatchedReader(await storage.openReader(blobKey(sha256)), {
      verify: async () => {
        seen.verified += 1;
        return isRight;
      },
      onDamage: () => {
        seen.damaged += 1;
      },
    });
    return { reader, seen };
  }

  async function readTo(reader: WatchedReader, from: number, end: number): Promise<void> {
    const into = new Uint8Array(CHUNK);
    for (let at = from; at < end; ) at += await reader.read(into.subarray(0, end - at), at);
  }

  it("withholds the last bytes of wrong ones only", async () => {
    const { reader, seen } = await open(new Uint8Array(SIZE), false);
    await readTo(reader, 0, SIZE - CHUNK);
    await expect(readTo(reader, SIZE - CHUNK, SIZE)).rejects.toMatchObject({
      code: "storage_corrupt",
    });
    expect(seen).toEqual({ verified: 1, damaged: 1 });
  });

  it("gives right bytes to their end", async () => {
    const { reader, seen } = await open(new Uint8Array(SIZE), true);
    await readTo(reader, 0, SIZE);
    expect(seen).toEqual({ verified: 1, damaged: 0 });
  });

  it("hashes nothing for who looks at a header or at the end", async () => {
    const { reader, seen } = await open(new Uint8Array(SIZE), true);
    await readTo(reader, 0, 100_000);
    await readTo(reader, SIZE - 100_000, SIZE);
    expect(seen.verified).toBe(0);
  });

  it("proves a part before its last bytes are passed on", async () => {
    const wrong = await open(new Uint8Array(SIZE), false);
    await readTo(wrong.reader, 0, 100_000);
    await expect(wrong.reader.prove()).rejects.toMatchObject({ code: "storage_corrupt" });
    expect(wrong.seen).toEqual({ verified: 1, damaged: 1 });
    const right = await open(new Uint8Array(SIZE), true);
    await readTo(right.reader, SIZE - 100_000, SIZE);
    await right.reader.prove();
    expect(right.seen).toEqual({ verified: 1, damaged: 0 });
  });

  it("hashes a small blob that is read whole", async () => {
    const { reader, seen } = await open(Buffer.from("small"), false);
    await expect(readTo(reader, 0, 5)).rejects.toMatchObject({ code: "storage_corrupt" });
    expect(seen).toEqual({ verified: 1, damaged: 1 });
  });
});
