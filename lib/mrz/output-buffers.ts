import type { ReadBuffers } from "#lib/storage/contract.ts";
import { MAX_BLOCK_BYTES } from "./format.ts";
import { kernels } from "./kernels/kernels.ts";
import { OUTPUT_BYTES, OUTPUTS_AT, outputRange, SLACK_BYTES } from "./kernels/places.ts";

/**
 * A request for less is refused: it would keep the place of a long one, and where there are many downloads chunks are
 * short.
 */
const SMALLEST_BYTES = MAX_BLOCK_BYTES / 2;

/** Memory of this thread's kernels: blocks are decoded to where they are sent from. */
export const outputBuffers: ReadBuffers = {
  take(sizeBytes) {
    if (sizeBytes < SMALLEST_BYTES || sizeBytes > MAX_BLOCK_BYTES) return null;
    return kernels().outputs.pop()?.subarray(0, sizeBytes) ?? null;
  },
  give(buffer) {
    const output = outputOf(buffer);
    if (output) kernels().outputs.push(output);
    return output !== null;
  },
};

/**
 * Room for a block of `lengthBytes` that begins `offset` bytes behind the beginning of `part`, if that is part of an
 * output and the block has room there; else null.
 */
export function outputAt(part: Uint8Array, offset: number, lengthBytes: number): Uint8Array | null {
  if (part.buffer !== kernels().bytes.buffer || part.byteOffset < OUTPUTS_AT) return null;
  const place = part.byteOffset + offset;
  const used = (part.byteOffset - OUTPUTS_AT) % OUTPUT_BYTES;
  // Vectors reach over the end.
  if (used + offset + lengthBytes > OUTPUT_BYTES - SLACK_BYTES) return null;
  return new Uint8Array(part.buffer, place, lengthBytes);
}

/** The output that `part` is part of, or null. */
function outputOf(part: Uint8Array): Uint8Array | null {
  if (part.buffer !== kernels().bytes.buffer || part.byteOffset < OUTPUTS_AT) return null;
  return outputRange(part.buffer, Math.floor((part.byteOffset - OUTPUTS_AT) / OUTPUT_BYTES));
}
