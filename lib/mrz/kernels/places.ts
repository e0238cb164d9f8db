/** The layout of the kernels' memory. */
import { MAX_BLOCK_BYTES } from "../format.ts";

/** A place in the kernels' memory. */
export type Place = number;
export type FourPlaces = [Place, Place, Place, Place];

/** Room for the vectors that reach over the end, and for planes that begin at multiples of 16. */
export const SLACK_BYTES = 4096;
export const RANGE_BYTES = MAX_BLOCK_BYTES + SLACK_BYTES;
/** `huffman.wat` says what is where. */
export const SCRATCH_BYTES = 32 * 1024;
export const LENGTHS_AT = 20_480;
export const COUNTS_AT = 20_736;
export const ADDRESSES_AT = 24_896;
/** One for the payloads of a download's chunk, one for those of the next chunk. */
export const SPANS = 2;
export const SPAN_BYTES = 2 * MAX_BLOCK_BYTES;
export const SPANS_AT = SCRATCH_BYTES;
/** Before the other ranges, since a damaged Huffman stream is read up to 1.4 MiB past its end. */
export const PAYLOAD_AT = SPANS_AT + SPANS * SPAN_BYTES;
export const BYTES_AT = PAYLOAD_AT + RANGE_BYTES;
export const PLANES_AT = BYTES_AT + RANGE_BYTES;
export const BASE_AT = PLANES_AT + RANGE_BYTES;
/** Two chunks of each of two downloads. */
export const OUTPUTS = 4;
/** A chunk, and the rest of the block that begins in it. */
export const OUTPUT_BYTES = 2 * MAX_BLOCK_BYTES + SLACK_BYTES;
export const OUTPUTS_AT = BASE_AT + RANGE_BYTES;

/** The place of byte `offset` of the payload. */
export function payloadPlace(offset: number): Place {
  return PAYLOAD_AT + offset;
}

/** The place of a plane of `count` elements. */
export function planePlace(plane: number, count: number): Place {
  return PLANES_AT + planeOffset(plane, count);
}

/** The offset of that plane in `planes`. */
export function planeOffset(plane: number, count: number): number {
  return plane * planeStride(count);
}

export function planeStride(count: number): number {
  return (count + 15) & ~15;
}

export function outputRange(memory: ArrayBufferLike, output: number): Uint8Array {
  return new Uint8Array(memory, OUTPUTS_AT + output * OUTPUT_BYTES, OUTPUT_BYTES);
}
