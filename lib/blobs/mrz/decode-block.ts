/** A payload back into the bytes of its block. Never trusts a length. */
import {
  type BlockEntry,
  corrupt,
  type Grouping,
  PLANE_HEAD_BYTES,
  PLANE_IS_ZSTD,
} from "./format.ts";
import { checksumOf, kernels, planeStride } from "./kernels/kernels.ts";
import { decompressZstd, decompressZstdInPool, freeZstd } from "./zstd.ts";

/** How zstd frames are decoded: on this thread, or in libuv's pool while this one goes on. */
export type DecodeMode = "sync" | "pool";

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
  if (entry.grouping) {
    const parts = readPlanes(entry, payload);
    const planes = parts.planes.map(({ stored, isZstd }) =>
      isZstd ? decompressZstd(stored, parts.count) : stored,
    );
    joinPlanes(entry, parts, planes, into, base);
    freeDecoded(parts, planes);
  } else if (entry.encoding === "zstd") {
    giveDecoded(entry, decompressZstd(payload, into.length), into);
  } else decodeUncompressed(entry, payload, into);
}

/** The same, with the zstd frames decoded in libuv's pool. */
export async function decodeBlockInPool(
  entry: BlockEntry,
  payload: Uint8Array,
  into: Uint8Array,
  base: Uint8Array | null,
): Promise<void> {
  if (entry.grouping) {
    const parts = readPlanes(entry, payload);
    const planes = await Promise.all(
      parts.planes.map(({ stored, isZstd }) =>
        isZstd ? decompressZstdInPool(stored, parts.count) : stored,
      ),
    );
    joinPlanes(entry, parts, planes, into, base);
    freeDecoded(parts, planes);
  } else if (entry.encoding === "zstd") {
    giveDecoded(entry, await decompressZstdInPool(payload, into.length), into);
  } else decodeUncompressed(entry, payload, into);
}

/** Throws `storage_corrupt` unless these are the raw bytes of the block. */
export function verifyBlock({ checksum }: BlockEntry, bytes: Uint8Array): void {
  if (checksumOf(bytes) !== checksum) throw corrupt("the checksum of a block is wrong");
}

function decodeUncompressed(entry: BlockEntry, payload: Uint8Array, into: Uint8Array): void {
  if (entry.encoding === "raw") giveWhole(entry, payload, into);
  else {
    into.fill(entry.fillByte);
    verifyBlock(entry, into);
  }
}

function giveWhole(entry: BlockEntry, bytes: Uint8Array, into: Uint8Array): void {
  verifyBlock(entry, exactly(bytes, into.length));
  into.set(bytes);
}

function giveDecoded(entry: BlockEntry, bytes: Uint8Array, into: Uint8Array): void {
  giveWhole(entry, bytes, into);
  freeZstd(bytes);
}

function freeDecoded({ planes }: Planes, decoded: readonly Uint8Array[]): void {
  for (const [index, bytes] of decoded.entries()) if (planes[index]?.isZstd) freeZstd(bytes);
}

type Planes = {
  grouping: Grouping;
  /** Whole elements. */
  count: number;
  /** Bytes before the first and behind the last element. */
  lead: Uint8Array;
  rest: Uint8Array;
  planes: { stored: Uint8Array; isZstd: boolean }[];
};

function readPlanes(entry: BlockEntry, payload: Uint8Array): Planes {
  const { grouping } = entry;
  if (!grouping) throw corrupt("a block has no grouping");
  const { elementSize, phase } = grouping;
  const lead = Math.min(phase, entry.lengthBytes);
  const count = Math.floor((entry.lengthBytes - lead) / elementSize);
  const rest = entry.lengthBytes - lead - count * elementSize;
  let at = elementSize * PLANE_HEAD_BYTES;
  const take = (lengthBytes: number): Uint8Array => {
    at += lengthBytes;
    if (at > payload.length) throw corrupt("a payload is shorter than its parts");
    return payload.subarray(at - lengthBytes, at);
  };
  const edges = { lead: take(lead), rest: take(rest) };
  const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
  const planes = Array.from({ length: elementSize }, (_, plane) => {
    const head = view.getUint32(plane * PLANE_HEAD_BYTES, true);
    return { stored: take(head & ~PLANE_IS_ZSTD), isZstd: (head & PLANE_IS_ZSTD) !== 0 };
  });
  if (at !== payload.length) throw corrupt("a payload is longer than its parts");
  return { grouping, count, ...edges, planes };
}

/** Synchronous from the first byte to the last, since the kernels' memory is shared. */
function joinPlanes(
  entry: BlockEntry,
  { grouping: { elementSize, phase, isRotated }, count, lead, rest }: Planes,
  planes: readonly Uint8Array[],
  into: Uint8Array,
  base: Uint8Array | null,
): void {
  const kernel = kernels();
  planes.forEach((plane, index) => {
    kernel.planes.set(exactly(plane, count), index * planeStride(count));
  });
  kernel.join(elementSize, count, phase, isRotated);
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

function exactly(bytes: Uint8Array, lengthBytes: number): Uint8Array {
  if (bytes.length === lengthBytes) return bytes;
  throw corrupt("a part of a payload has the wrong length");
}
