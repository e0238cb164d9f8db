import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import { WriteBatches } from "./write-batches.ts";

const MEBIBYTE = 1024 * 1024;

it("writes every byte in its place, whatever the chunks are", async () => {
  const bytes = randomBytes(3 * MEBIBYTE + 17);
  const written = Buffer.alloc(bytes.length);
  const batches = new WriteBatches(async (batch, position) => {
    await sleep(1);
    written.set(batch, position);
  });
  for (let at = 0, length = 1; at < bytes.length; at += length, length = (length * 7) % 200_003)
    await batches.add(bytes.subarray(at, at + length));
  await batches.flush();
  await batches.release();
  expect(Buffer.compare(written, bytes)).toBe(0);
});

it("tells of a failed write at the next chunk, and takes no more", async () => {
  const batches = new WriteBatches(() => Promise.reject(new Error("no space")));
  const fill = async () => {
    for (let count = 0; count < 100; count += 1) await batches.add(new Uint8Array(64 * 1024));
  };
  await expect(fill()).rejects.toThrow("no space");
  await expect(batches.flush()).rejects.toThrow("no space");
  await batches.release();
});

it("uses the buffers of writers that have ended again", async () => {
  const buffers = new Set<ArrayBufferLike>();
  for (let writer = 0; writer < 30; writer += 1) {
    const batches = new WriteBatches(async (batch) => {
      buffers.add(batch.buffer);
      await sleep(0);
    });
    for (let count = 0; count < 40; count += 1) await batches.add(new Uint8Array(64 * 1024));
    await batches.flush();
    await batches.release();
  }
  // The short one that each writer begins with, and two to fill and write in turn.
  expect(buffers.size).toBeLessThanOrEqual(5);
});
