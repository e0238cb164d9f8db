import type { ReadBuffers } from "../../storage/contract.ts";
import { MAX_BLOCK_BYTES } from "./format.ts";
import { kernels, outputOf } from "./kernels/kernels.ts";

/** A shorter one would keep the place of a long one; where there are many downloads, chunks are short. */
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
