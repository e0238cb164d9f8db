import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import { SpareBuffers } from "./spare-buffers.ts";

const MEBIBYTE = 1024 * 1024;

it("gives a buffer of the same length again, to one at a time", () => {
  const spares = new SpareBuffers(MEBIBYTE);
  const first = spares.take(1000);
  spares.give(first);
  expect(spares.take(2000)).not.toBe(first);
  expect(spares.take(1000)).toBe(first);
  expect(spares.take(1000)).not.toBe(first);
});

it("keeps no more than its limit", () => {
  const spares = new SpareBuffers(3 * MEBIBYTE);
  const many = Array.from({ length: 10 }, () => spares.take(MEBIBYTE));
  for (const buffer of many) spares.give(buffer);
  const kept = Array.from({ length: 10 }, () => spares.take(MEBIBYTE)).filter((buffer) =>
    many.includes(buffer),
  );
  expect(kept).toHaveLength(3);
});

it("lets go of everything once nobody has taken any for a while, and not before", async () => {
  const spares = new SpareBuffers(MEBIBYTE, 60);
  const buffer = spares.take(1000);
  spares.give(buffer);
  for (let turn = 0; turn < 4; turn += 1) {
    await sleep(20);
    expect(spares.take(1000)).toBe(buffer);
    spares.give(buffer);
  }
  await sleep(200);
  expect(spares.take(1000)).not.toBe(buffer);
});
