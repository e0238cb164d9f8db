import { randomBytes } from "node:crypto";
import { expect, it } from "vitest";
import { FrameStore } from "./frame-store.ts";
import { compressZstd, decompressZstd, freeZstd } from "./zstd.ts";

const KIBIBYTE = 1024;
const plane = (lengthBytes: number) => randomBytes(lengthBytes).map((byte) => byte & 0x0f);

it("keeps all frames of a block, however its memory grows", () => {
  const frames = new FrameStore();
  for (let block = 0; block < 3; block += 1) {
    frames.reset();
    const planes = [1, 64, 512, 512, 16].map((size) => plane(size * KIBIBYTE));
    const kept = planes.map((bytes) => frames.keep(compressZstd(bytes, "entropy")));
    const decoded = kept.map((frame, index) => decompressZstd(frame, planes[index]?.length ?? 0));
    for (const [index, bytes] of planes.entries())
      expect(Buffer.compare(bytes, decoded[index] as Uint8Array)).toBe(0);
  }
});

it("uses its memory again for the next block", () => {
  const frames = new FrameStore();
  const memories = new Set<ArrayBufferLike>();
  for (let block = 0; block < 20; block += 1) {
    frames.reset();
    memories.add(frames.keep(compressZstd(plane(512 * KIBIBYTE), "entropy")).buffer);
  }
  expect(memories.size).toBe(1);
});

it("gives the memory of a frame back, but none that it may share with others", () => {
  const long = compressZstd(plane(512 * KIBIBYTE), "entropy");
  freeZstd(long);
  expect(long.length).toBe(0);
  const short = compressZstd(plane(100), "entropy");
  const before = Buffer.from(short);
  freeZstd(short);
  expect(Buffer.compare(short, before)).toBe(0);
});
