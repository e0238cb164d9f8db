import { expect, it } from "vitest";
import { giveDownloadBuffer, takeDownloadBuffer } from "./download-buffers.ts";

const MEBIBYTE = 1024 * 1024;

it("gives a buffer again, to one at a time", () => {
  const first = takeDownloadBuffer(200_000);
  expect(first.byteLength).toBe(256 * 1024);
  giveDownloadBuffer(first);
  expect(takeDownloadBuffer(250_000)).toBe(first);
  expect(takeDownloadBuffer(250_000)).not.toBe(first);
});

it("keeps no short ones, and 64 MiB at most", () => {
  const short = takeDownloadBuffer(1000);
  expect(short.byteLength).toBe(1000);
  giveDownloadBuffer(short);
  expect(takeDownloadBuffer(1000)).not.toBe(short);

  const many = Array.from({ length: 100 }, () => takeDownloadBuffer(MEBIBYTE));
  for (const buffer of many) giveDownloadBuffer(buffer);
  const again = new Set(Array.from({ length: 100 }, () => takeDownloadBuffer(MEBIBYTE)));
  expect(many.filter((buffer) => again.has(buffer))).toHaveLength(64);
});
