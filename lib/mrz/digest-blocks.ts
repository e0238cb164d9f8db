import { createHash, type Hash } from "node:crypto";
import { corrupt, PIECE_BYTES, type RandomAccess } from "./format.ts";
import { checksumOf } from "./kernels/kernels.ts";
import type { BlockPlan } from "./plan-blocks.ts";

/** A block's bytes (a view into the window that was read) and what names them. */
export type Digested = {
  plan: BlockPlan;
  bytes: Uint8Array;
  /** Its piece digest in hex. */
  digest: string;
  checksum: bigint;
};

/** Reads consecutive blocks into `window`, adds them to `hash`, and names each. */
export async function digestBlocks(
  source: RandomAccess,
  plans: readonly BlockPlan[],
  window: Uint8Array,
  hash: Hash,
): Promise<Digested[]> {
  const [first] = plans;
  if (!first) return [];
  const lengthBytes = plans.reduce((sum, plan) => sum + plan.lengthBytes, 0);
  const read = window.subarray(0, lengthBytes);
  if ((await source.read(read, first.offset)) < lengthBytes)
    throw corrupt("the source ends before its length");
  hash.update(read);
  return plans.map((plan) => {
    const start = plan.offset - first.offset;
    const bytes = read.subarray(start, start + plan.lengthBytes);
    const digest = createHash("sha256")
      .update(bytes)
      .digest("hex")
      .slice(0, 2 * PIECE_BYTES);
    return { plan, bytes, digest, checksum: checksumOf(bytes) };
  });
}
