/** A payload back into the bytes of its block. Never trusts a length. */
import {
  type BlockEntry,
  corrupt,
  type Grouping,
  PLANE_HEAD_BYTES,
  PLANE_IS_HUFFMAN,
  PLANE_IS_ZSTD,
} from "./format.ts";
import { decodeHuffman } from "./huffman.ts";
import {
  checksumOf,
  kernels,
  type Place,
  payloadPlace,
  planeOffset,
  planePlace,
} from "./kernels/kernels.ts";
import { decompressZstd, freeZstd } from "./zstd.ts";

/**
 * Fills `into` (the block's length) from a payload that the block holds itself, and verifies it.
 * `base` are the bytes that a `delta` refers to. Throws `storage_corrupt`.
 */
export function decodeBlock(
  entry: BlockEntry,
  payload: Uint8Array,
  into: Uint8Array,
  base: Uint8Array | null,
): void {
  if (entry.grouping) decodeGrouped(entry, entry.grouping, payload, into, base);
  else if (entry.encoding === "raw") giveWhole(entry, payload, into);
  else if (entry.encoding === "fill") {
    into.fill(entry.fillByte);
    verifyBlock(entry, into);
  } else {
    const bytes = decompressZstd(payload, into.length);
    giveWhole(entry, bytes, into);
    freeZstd(bytes);
  }
}

/** Throws `storage_corrupt` unless these are the raw bytes of the block. */
export function verifyBlock({ checksum }: BlockEntry, bytes: Uint8Array): void {
  if (checksumOf(bytes) !== checksum) throw corrupt("the checksum of a block is wrong");
}

function giveWhole(entry: BlockEntry, bytes: Uint8Array, into: Uint8Array): void {
  verifyBlock(entry, exactly(bytes, into.length));
  into.set(bytes);
}

/** Synchronous from the first byte to the last, since the kernels' memory is shared. */
function decodeGrouped(
  entry: BlockEntry,
  grouping: Grouping,
  payload: Uint8Array,
  into: Uint8Array,
  base: Uint8Array | null,
): void {
  const { elementSize, phase, isRotated } = grouping;
  const { count, lead, rest, planes } = findParts(entry, grouping, payload);
  const kernel = kernels();
  kernel.payload.set(payload);
  const places = planes.map((stored, plane) => decodePlane(stored, payload, plane, count));
  kernel.join(places, count, phase, isRotated);
  if (base) {
    kernel.base.set(base);
    kernel.undiff(elementSize, count, phase);
  }
  // Last: vectors reach over the edges.
  kernel.bytes.set(lead, 0);
  kernel.bytes.set(rest, into.length - rest.length);
  if (kernel.checksum(into.length) !== entry.checksum)
    throw corrupt("the checksum of a block is wrong");
  into.set(kernel.bytes.subarray(0, into.length));
}

/** Where its raw bytes are then. */
function decodePlane(
  { offset, lengthBytes, flag }: StoredPlane,
  payload: Uint8Array,
  plane: number,
  count: number,
): Place {
  const place = planePlace(plane, count);
  if (flag === PLANE_IS_HUFFMAN) decodeHuffman(offset, lengthBytes, place, count);
  else if (flag === PLANE_IS_ZSTD) {
    const bytes = decompressZstd(payload.subarray(offset, offset + lengthBytes), count);
    kernels().planes.set(bytes, planeOffset(plane, count));
    freeZstd(bytes);
  } else if (lengthBytes !== count) throw corrupt("a plane has the wrong length");
  else return payloadPlace(offset);
  return place;
}

type StoredPlane = { offset: number; lengthBytes: number; flag: number };

type Parts = {
  /** Whole elements. */
  count: number;
  /** Bytes before the first and behind the last element. */
  lead: Uint8Array;
  rest: Uint8Array;
  planes: StoredPlane[];
};

function findParts(
  { lengthBytes }: BlockEntry,
  { elementSize, phase }: Grouping,
  payload: Uint8Array,
): Parts {
  const leadBytes = Math.min(phase, lengthBytes);
  const count = Math.floor((lengthBytes - leadBytes) / elementSize);
  const restBytes = lengthBytes - leadBytes - count * elementSize;
  let at = elementSize * PLANE_HEAD_BYTES;
  const take = (length: number): number => {
    at += length;
    if (at > payload.length) throw corrupt("a payload is shorter than its parts");
    return at - length;
  };
  const bytesOf = (length: number) => {
    const start = take(length);
    return payload.subarray(start, start + length);
  };
  const lead = bytesOf(leadBytes);
  const rest = bytesOf(restBytes);
  const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
  const planes = Array.from({ length: elementSize }, (_, plane) => {
    const head = view.getUint32(plane * PLANE_HEAD_BYTES, true);
    const flag = (head & (PLANE_IS_ZSTD | PLANE_IS_HUFFMAN)) >>> 0;
    const length = (head ^ flag) >>> 0;
    return { offset: take(length), lengthBytes: length, flag };
  });
  if (at !== payload.length) throw corrupt("a payload is longer than its parts");
  return { count, lead, rest, planes };
}

function exactly(bytes: Uint8Array, lengthBytes: number): Uint8Array {
  if (bytes.length === lengthBytes) return bytes;
  throw corrupt("a part of a payload has the wrong length");
}
