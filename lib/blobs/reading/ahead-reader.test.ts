import { randomBytes } from "node:crypto";
import { setImmediate as tick } from "node:timers/promises";
import { expect, it } from "vitest";
import { AheadBudget } from "./ahead-budget.ts";
import { AheadReader } from "./ahead-reader.ts";

const MIB = 1024 * 1024;
const BYTES = randomBytes(12 * MIB + 321);
const random = (below: number) => Math.floor(Math.random() * below);

type Behaviour = { decode?: (window: number) => Promise<unknown> };

/** A blob in blocks of random lengths, and what was asked of it. */
function blob({ decode = async () => {} }: Behaviour = {}) {
  const starts: number[] = [];
  for (let at = 0; at < BYTES.length; at += 1 + random(MIB)) starts.push(at);
  const firstFrom = (offset: number) => starts.find((start) => start >= offset) ?? BYTES.length;
  const seen = { windows: [] as number[], plainBytes: 0, running: 0, mostRunning: 0, closed: 0 };
  const source = {
    sizeBytes: BYTES.length,
    read: async (into: Uint8Array, offset: number) => {
      await tick();
      const count = BYTES.copy(into, 0, offset, offset + into.byteLength);
      seen.plainBytes += count;
      return count;
    },
    decode: async (window: number, buffer: ArrayBuffer) => {
      seen.windows.push(window);
      seen.running += 1;
      seen.mostRunning = Math.max(seen.mostRunning, seen.running);
      try {
        for (let wait = random(4); wait > 0; wait -= 1) await tick();
        await decode(window);
        const offset = firstFrom(window * MIB);
        const lengthBytes = firstFrom((window + 1) * MIB) - offset;
        BYTES.copy(new Uint8Array(buffer), 0, offset, offset + lengthBytes);
        return { buffer: buffer.transfer(), offset, lengthBytes };
      } finally {
        seen.running -= 1;
      }
    },
    close: async () => {
      expect(seen.running).toBe(0);
      seen.closed += 1;
    },
  };
  return { source, seen };
}

const budgetOf = (total = 8, mostForOne = 6) => new AheadBudget({ total, mostForOne });

async function expectExact(reader: AheadReader, offset: number, length: number): Promise<void> {
  const into = new Uint8Array(length);
  const count = await reader.read(into, offset);
  expect(count).toBe(Math.max(0, Math.min(length, BYTES.length - offset)));
  const wanted = BYTES.subarray(offset, offset + count);
  expect(Buffer.compare(into.subarray(0, count), wanted)).toBe(0);
}

/** Reads on from `from` in steps of `step`. */
async function readOn(reader: AheadReader, step: number, from = 0, to = BYTES.length) {
  for (let at = from; at < to; at += step) await expectExact(reader, at, Math.min(step, to - at));
}

it("decodes each window once, several at a time, for who reads in order", async () => {
  for (const step of [64 * 1024, 700_001, MIB, 3 * MIB]) {
    const { source, seen } = blob();
    const budget = budgetOf();
    const reader = new AheadReader(source, budget);
    await readOn(reader, step);
    expect(new Set(seen.windows).size).toBe(seen.windows.length);
    expect(seen.mostRunning).toBeGreaterThan(1);
    // The beginning, and the rest of the block in which it ends.
    expect(seen.plainBytes).toBeLessThan(2 * MIB + step);
    await reader.close();
    expect(budget.held).toBe(0);
  }
});

it("gives every range exactly, whatever was read before and whatever else is read", async () => {
  const { source, seen } = blob();
  const budget = budgetOf();
  const reader = new AheadReader(source, budget);
  for (let round = 0; round < 40; round += 1) {
    const from = random(BYTES.length);
    if (round % 2 === 0) await readOn(reader, 1 + random(2 * MIB), from);
    else
      await Promise.all(
        Array.from({ length: 6 }, (_, part) => expectExact(reader, from + part * MIB, MIB)),
      );
  }
  await reader.close();
  expect([budget.held, seen.closed]).toEqual([0, 1]);
});

it("decodes nothing ahead of who looks at a header or jumps", async () => {
  const { source, seen } = blob();
  const reader = new AheadReader(source, budgetOf());
  await readOn(reader, 64 * 1024, 0, MIB);
  for (let jump = 0; jump < 20; jump += 1) await expectExact(reader, random(BYTES.length), 64_000);
  expect(seen.windows).toEqual([]);
  await reader.close();
});

it("lets the plain read say what is wrong where decoding fails", async () => {
  const { source, seen } = blob({
    decode: async (window) => {
      if (window === 5) throw new Error("damaged");
    },
  });
  const budget = budgetOf();
  const reader = new AheadReader(source, budget);
  await readOn(reader, MIB);
  expect(Math.max(...seen.windows)).toBeLessThan(12);
  await reader.close();
  expect(budget.held).toBe(0);
});

it("shares its buffers among downloads, and gives none where there are more downloads", async () => {
  const budget = budgetOf(8, 6);
  let held = 0;
  const blobs = Array.from({ length: 12 }, () =>
    blob({
      decode: async () => {
        held = Math.max(held, budget.held);
      },
    }),
  );
  const readers = blobs.map(({ source }) => new AheadReader(source, budget));
  const [first, second] = readers as [AheadReader, AheadReader];
  await Promise.all([readOn(first, MIB, 0, 4 * MIB), readOn(second, MIB, 0, 4 * MIB)]);
  for (const { seen } of blobs.slice(0, 2)) expect(seen.mostRunning).toBeLessThanOrEqual(6);
  // Both have begun, and neither asks for more than half of the buffers.
  expect([budget.take(4), budget.take(6)]).toEqual([null, null]);
  await Promise.all(readers.map((reader) => readOn(reader, MIB, reader === first ? 4 * MIB : 0)));
  expect(held).toBeLessThanOrEqual(8);
  await Promise.all(readers.map((reader) => reader.close()));
  expect(budget.held).toBe(0);
  const again = blob();
  const alone = new AheadReader(again.source, budget);
  await readOn(alone, MIB);
  expect(again.seen.windows.length).toBeGreaterThan(8);
  await alone.close();
});

it("stops when it is closed, and only then lets go of the blob", async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const { source, seen } = blob({ decode: () => promise });
  const budget = budgetOf();
  const reader = new AheadReader(source, budget);
  await expectExact(reader, 0, MIB);
  const reading = expectExact(reader, MIB, MIB);
  await tick();
  const asked = seen.windows.length;
  expect(asked).toBeGreaterThan(1);
  const closing = reader.close();
  await tick();
  expect(seen.closed).toBe(0);
  resolve();
  await Promise.all([closing, reading]);
  expect([seen.windows.length, seen.closed, budget.held]).toEqual([asked, 1, 0]);
  await expect(reader.read(new Uint8Array(1), 0)).rejects.toThrow("closed");
});
