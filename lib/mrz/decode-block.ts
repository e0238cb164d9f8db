/** A payload back into the bytes of its block. Never trusts a length. */
import {
  type BlockEntry,
  corrupt,
  type Grouping,
  PLANE_HEAD_BYTES,
  PLANE_IS_ZSTD,
} from "./format.ts";
import { checksumOf, kernels } from "./kernels/kernels.ts";
import { planeOffset } from "./kernels/places.ts";
import { decompressZstd, freeZstd } from "./zstd.ts";

/**
 * The bytes of a block, from a payload that the block holds itself, verified; the next call overwrites them. `base` are
 * the bytes that a `delta` refers to. Throws `storage_corrupt`.
 */
export function decodeBlock(
  entry: BlockEntry,
  payload: Uint8Array,
  base: Uint8Array | null,
): Uint8Array {
  const bytes = kernels().bytes.subarray(0, entry.lengthBytes);
  let hashedBytes = 0;
  if (entry.grouping) hashedBytes = decodeGrouped(entry.grouping, payload, bytes, base);
  else if (entry.encoding === "fill") bytes.fill(entry.fillByte);
  else if (entry.encoding === "zstd") setContent(bytes, payload);
  else if (payload.length === bytes.length) bytes.set(payload);
  else throw corrupt("a payload has the wrong length");
  checkSum(entry, kernels().checksum(bytes.length, hashedBytes));
  return bytes;
}

/** Throws `storage_corrupt` unless these are the raw bytes of the block. */
export function verifyBlock(entry: BlockEntry, bytes: Uint8Array): void {
  checkSum(entry, checksumOf(bytes));
}

function checkSum({ checksum }: BlockEntry, found: bigint): void {
  if (found !== checksum) throw corrupt("the checksum of a block is wrong");
}

/**
 * Returns how many bytes it has hashed. Synchronous from the first byte to the last, since the kernels' memory is
 * shared.
 */
function decodeGrouped(
  grouping: Grouping,
  payload: Uint8Array,
  into: Uint8Array,
  base: Uint8Array | null,
): number {
  const { elementSize: size, phase: start, isRotated } = grouping;
  const { count, lead, rest, planes } = findParts(into.length, grouping, payload);
  const kernel = kernels();
  for (const [plane, { bytes, isFrame }] of planes.entries()) {
    const at = planeOffset(plane, count);
    const place = kernel.planes.subarray(at, at + count);
    if (isFrame) setContent(place, bytes);
    else if (bytes.length === count) place.set(bytes);
    else throw corrupt("a plane has the wrong length");
  }
  const elements = { size, start, count };
  let hashedBytes = 0;
  if (base) {
    kernel.join(elements, isRotated);
    kernel.base.set(base);
    kernel.undiff(elements);
  } else hashedBytes = kernel.joinAndHash(elements, isRotated);
  // The edges come last, since vectors reach over them.
  into.set(lead, 0);
  into.set(rest, into.length - rest.length);
  return hashedBytes;
}

/** Fills `place` with the content of a frame. */
function setContent(place: Uint8Array, frame: Uint8Array): void {
  const content = decompressZstd(frame, place.length);
  place.set(content);
  freeZstd(content);
}

type StoredPlane = { bytes: Uint8Array; isFrame: boolean };

type Parts = {
  /** Whole elements. */
  count: number;
  /** Bytes before the first and behind the last element. */
  lead: Uint8Array;
  rest: Uint8Array;
  planes: StoredPlane[];
};

function findParts(
  lengthBytes: number,
  { elementSize, phase }: Grouping,
  payload: Uint8Array,
): Parts {
  const leadBytes = Math.min(phase, lengthBytes);
  const count = Math.floor((lengthBytes - leadBytes) / elementSize);
  const restBytes = lengthBytes - leadBytes - count * elementSize;
  let at = elementSize * PLANE_HEAD_BYTES;
  const take = (length: number): Uint8Array => {
    at += length;
    if (at > payload.length) throw corrupt("a payload is shorter than its parts");
    return payload.subarray(at - length, at);
  };
  const lead = take(leadBytes);
  const rest = take(restBytes);
  const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
  const planes = Array.from({ length: elementSize }, (_, plane) => {
    const head = view.getUint32(plane * PLANE_HEAD_BYTES, true);
    const isFrame = head >= PLANE_IS_ZSTD;
    return { bytes: take(isFrame ? head - PLANE_IS_ZSTD : head), isFrame };
  });
  if (at !== payload.length) throw corrupt("a payload is longer than its parts");
  return { count, lead, rest, planes };
}
