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
import { checksumOf, kernels, placeOf } from "./kernels/kernels.ts";
import { type Place, planeOffset, planePlace } from "./kernels/places.ts";
import { decompressZstd, freeZstd } from "./zstd.ts";

/**
 * The bytes of a block, from a payload that the block holds itself, verified. They are in `output` (see `outputAt`), or
 * else overwritten by the next call. `base` are the bytes that a `delta` refers to. Throws `storage_corrupt`.
 */
export function decodeBlock(
  entry: BlockEntry,
  payload: Uint8Array,
  base: Uint8Array | null,
  output: Uint8Array | null = null,
): Uint8Array {
  const bytes = output ?? kernels().bytes.subarray(0, entry.lengthBytes);
  let hashedBytes = 0;
  if (entry.grouping) hashedBytes = decodeGrouped(entry.grouping, payload, bytes, base);
  else if (entry.encoding === "fill") bytes.fill(entry.fillByte);
  else if (entry.encoding === "zstd") {
    const decoded = decompressZstd(payload, bytes.length);
    bytes.set(decoded);
    freeZstd(decoded);
  } else if (payload.length === bytes.length) bytes.set(payload);
  else throw corrupt("a payload has the wrong length");
  checkSum(entry, kernels().checksum(bytes.length, { block: bytes.byteOffset, hashedBytes }));
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
  const place = placeOf(payload);
  const places = planes.map((stored, plane) => decodePlane(stored, payload, place, plane, count));
  const kernel = kernels();
  const elements = { size, start, count };
  const at = { block: into.byteOffset };
  let hashedBytes = 0;
  if (base) {
    kernel.join(elements, places, isRotated, at);
    kernel.base.set(base);
    kernel.undiff(elements, at);
  } else hashedBytes = kernel.joinAndHash(elements, places, isRotated, at);
  // The edges come last, since vectors reach over them.
  into.set(lead, 0);
  into.set(rest, into.length - rest.length);
  return hashedBytes;
}

/** Decodes one plane; returns where its bytes are. */
function decodePlane(
  { offset, lengthBytes, flag }: StoredPlane,
  payload: Uint8Array,
  payloadPlace: Place,
  plane: number,
  count: number,
): Place {
  const stored = payload.subarray(offset, offset + lengthBytes);
  const place = planePlace(plane, count);
  if (flag === PLANE_IS_HUFFMAN) decodeHuffman(stored, payloadPlace + offset, place, count);
  else if (flag === PLANE_IS_ZSTD) {
    const bytes = decompressZstd(stored, count);
    kernels().planes.set(bytes, planeOffset(plane, count));
    freeZstd(bytes);
  } else if (lengthBytes !== count) throw corrupt("a plane has the wrong length");
  else return payloadPlace + offset;
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
  lengthBytes: number,
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
