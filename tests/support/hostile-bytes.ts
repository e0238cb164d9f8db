/** Damaged copies of a file, and the promise that a reader keeps for each: an answer or a RegistryError. */
import fc from "fast-check";
import { isRegistryError } from "../../lib/errors.ts";
import { memorySource } from "../../lib/formats/bytes/byte-source.ts";
import type { ByteSource, SourceFile } from "../../lib/formats/contract.ts";
import { cpuMsOf, leastCpuMsOf } from "./cost.ts";

/** How much more than the whole file a damaged copy may cost; what is beyond it was multiplied by the damage. */
const MAX_COST_RATIO = 500;

export function fileOf(path: string, bytes: Uint8Array): SourceFile {
  return { path, source: memorySource(bytes) };
}

/** The error's code and detail, or null when `run` succeeds. Anything but a RegistryError is rethrown. */
export async function refusalOf(run: () => Promise<unknown>): Promise<string | null> {
  try {
    await run();
    return null;
  } catch (error) {
    if (isRegistryError(error)) return `${error.code}: ${error.detail}`;
    throw error;
  }
}

/** Runs `read` over `bytes` cut at every offset; returns the lengths that it did not refuse. */
export async function acceptedCuts(
  bytes: Uint8Array,
  read: (bytes: Uint8Array) => Promise<unknown>,
): Promise<number[]> {
  const accepted: number[] = [];
  for (let length = 0; length < bytes.length; length += 1) {
    if ((await refusalOf(() => read(bytes.slice(0, length)))) === null) accepted.push(length);
  }
  return accepted;
}

/** Runs `read` over random damage: bytes replaced, removed, inserted, set to the extremes. None is a lot of work. */
export async function survivesDamage(
  bytes: Uint8Array,
  read: (bytes: Uint8Array) => Promise<unknown>,
  runs = 300,
): Promise<void> {
  const damage = fc.record({
    at: fc.nat(bytes.length - 1),
    removed: fc.nat(12),
    inserted: fc.oneof(
      fc.uint8Array({ maxLength: 12 }),
      fc
        .constantFrom(255, 127, 128, 0)
        .chain((value) =>
          fc.integer({ min: 1, max: 10 }).map((length) => new Uint8Array(length).fill(value)),
        ),
    ),
  });
  const mostMs = MAX_COST_RATIO * (await leastCpuMsOf(() => refusalOf(() => read(bytes))));
  await fc.assert(
    fc.asyncProperty(fc.array(damage, { minLength: 1, maxLength: 4 }), async (damages) => {
      let damaged = bytes;
      for (const { at, removed, inserted } of damages) {
        const tail = damaged.subarray(Math.min(damaged.length, at + removed));
        damaged = Buffer.concat([damaged.subarray(0, at), inserted, tail]);
      }
      return (await cpuMsOf(() => refusalOf(() => read(damaged)))) < mostMs;
    }),
    { numRuns: runs },
  );
}

/** A file of any size that exists only where `parts` say, and counts what is read of it. */
export function sparseSource(
  sizeBytes: number,
  parts: readonly { offset: number; bytes: Uint8Array }[],
): ByteSource & { bytesRead(): number } {
  let bytesRead = 0;
  return {
    sizeBytes,
    bytesRead: () => bytesRead,
    read: async (offset, length) => {
      const count = Math.max(0, Math.min(length, sizeBytes - offset));
      bytesRead += count;
      const answer = new Uint8Array(count);
      for (const part of parts) {
        const from = Math.max(offset, part.offset);
        const to = Math.min(offset + count, part.offset + part.bytes.length);
        if (from >= to) continue;
        answer.set(part.bytes.subarray(from - part.offset, to - part.offset), from - offset);
      }
      return answer;
    },
  };
}
