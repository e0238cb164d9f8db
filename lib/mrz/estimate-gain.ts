import type { Region } from "#lib/wire/region.ts";
import { encodeBlock } from "./encode-block.ts";
import { corrupt, ENTRY_BYTES, type RandomAccess } from "./format.ts";
import { planBlocks } from "./plan-blocks.ts";

/** At most this many blocks are encoded to see what they give: some 20 ms of work. */
const SAMPLE_BLOCKS = 24;

/**
 * Share of the raw bytes that an `.mrz` file would save by itself, from 0 to 1, judged by blocks from the whole file.
 * Throws what reading throws.
 */
export async function estimateGain(
  source: RandomAccess,
  regions: readonly Region[],
): Promise<number> {
  const step = source.sizeBytes / SAMPLE_BLOCKS;
  let next = step / 2;
  let rawBytes = 0;
  let storedBytes = 0;
  for (const { offset, lengthBytes, grouping } of planBlocks(source.sizeBytes, regions)) {
    // Samples are spread by place and not by number, so that long blocks count for what they are.
    if (offset + lengthBytes <= next) continue;
    while (next < offset + lengthBytes) next += step;
    const bytes = new Uint8Array(lengthBytes);
    if ((await source.read(bytes, offset)) < lengthBytes)
      throw corrupt("the source ends before its length");
    rawBytes += lengthBytes;
    storedBytes += encodeBlock(bytes, grouping).payloadBytes + ENTRY_BYTES;
  }
  return rawBytes === 0 ? 0 : Math.max(0, 1 - storedBytes / rawBytes);
}
