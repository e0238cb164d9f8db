/** The layout of the kernels' memory. */
import { MAX_BLOCK_BYTES } from "../format.ts";

/** Room for the vectors that reach over the end, and for planes that begin at multiples of 16. */
const SLACK_BYTES = 4096;
export const RANGE_BYTES = MAX_BLOCK_BYTES + SLACK_BYTES;
export const BYTES_AT = 0;
export const PLANES_AT = BYTES_AT + RANGE_BYTES;
export const BASE_AT = PLANES_AT + RANGE_BYTES;

/** The offset in `planes` of a plane of `count` elements. */
export function planeOffset(plane: number, count: number): number {
  return plane * planeStride(count);
}

export function planeStride(count: number): number {
  return (count + 15) & ~15;
}
