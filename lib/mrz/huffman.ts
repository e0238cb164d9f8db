/**
 * A plane as four Huffman streams; docs/mrz-format.md has the bytes. zstd's Huffman coding gives the same size and takes two
 * to three times as long to decode, which is most of what a compressed download costs.
 */
import { codeLengths } from "./code-lengths.ts";
import { corrupt } from "./format.ts";
import { kernels } from "./kernels/kernels.ts";
import { type FourPlaces, type Place, payloadPlace } from "./kernels/places.ts";

/** The streams are decoded in turn, since each waits for its own last load. */
const STREAMS = 4;
/** Lowest and highest symbol that occurs; the lengths of the codes from one to the other follow, two in a byte. */
const RANGE_BYTES = 2;
/** Lengths of all streams but the last one. */
const STREAM_HEAD_BYTES = 4;
const STREAM_HEADS_BYTES = (STREAMS - 1) * STREAM_HEAD_BYTES;

/**
 * Codes `count` bytes from `from` on into the kernels' payload from `offset` on; gives the length of the result, or null
 * if it would be more than `mostBytes` or if one byte repeats.
 */
export function encodeHuffman(
  from: Place,
  count: number,
  offset: number,
  mostBytes: number,
): number | null {
  const { huffman, payload, copy } = kernels();
  const counts = huffman.count(from, count);
  const lengths = codeLengths(counts);
  if (!lengths || largestSize(counts, lengths) > mostBytes) return null;
  huffman.lengths.set(lengths);
  if (!huffman.assign()) throw new Error("The lengths make no complete code.");
  const each = Math.floor(count / STREAMS);
  const rest = count % STREAMS;
  const heads = offset + writeLengths(payload.subarray(offset), lengths);
  const view = viewOf(payload);
  let at = heads + STREAM_HEADS_BYTES;
  copy(from + each * STREAMS, payloadPlace(at), rest);
  at += rest;
  for (let stream = 0; stream < STREAMS; stream += 1) {
    const end = huffman.encode(from + stream * each, each, payloadPlace(at)) - payloadPlace(0);
    if (stream < STREAMS - 1) view.setUint32(heads + stream * STREAM_HEAD_BYTES, end - at, true);
    at = end;
  }
  return at - offset;
}

/** The inverse: `count` bytes to `to`, from `stored`, which is at `from`. Throws `storage_corrupt`. */
export function decodeHuffman(stored: Uint8Array, from: Place, to: Place, count: number): void {
  const { huffman, copy } = kernels();
  const heads = readLengths(stored, huffman.lengths);
  if (!huffman.prepare()) throw corrupt("a Huffman plane has no complete code");
  const rest = count % STREAMS;
  const restAt = heads + STREAM_HEADS_BYTES;
  if (restAt + rest > stored.length) throw corrupt("a Huffman plane is shorter than its head");
  const view = viewOf(stored);
  const starts: FourPlaces = [from + restAt + rest, 0, 0, 0];
  for (let stream = 1; stream < STREAMS; stream += 1) {
    const lengthBytes = view.getUint32(heads + (stream - 1) * STREAM_HEAD_BYTES, true);
    starts[stream] = (starts[stream - 1] as Place) + lengthBytes;
  }
  if ((starts[STREAMS - 1] as Place) > from + stored.length)
    throw corrupt("a Huffman plane is shorter than its streams");
  const each = Math.floor(count / STREAMS);
  huffman.decode4(starts, to, each);
  copy(from + restAt, to + each * STREAMS, rest);
}

/** An upper bound: each stream ends with a whole byte. */
function largestSize(counts: Uint32Array, lengths: Uint8Array): number {
  let bits = 0;
  for (const [symbol, count] of counts.entries()) bits += count * (lengths[symbol] as number);
  const headBytes = RANGE_BYTES + lengths.length / 2 + STREAM_HEADS_BYTES;
  return headBytes + STREAMS + Math.ceil(bits / 8);
}

/** Returns how many bytes the lengths take. */
function writeLengths(into: Uint8Array, lengths: Uint8Array): number {
  const lowest = lengths.findIndex((length) => length > 0);
  const highest = lengths.findLastIndex((length) => length > 0);
  into[0] = lowest;
  into[1] = highest;
  let at = RANGE_BYTES;
  for (let symbol = lowest; symbol <= highest; symbol += 2, at += 1)
    into[at] = (lengths[symbol] as number) | ((lengths[symbol + 1] ?? 0) << 4);
  return at;
}

function readLengths(stored: Uint8Array, lengths: Uint8Array): number {
  const [lowest = 0, highest = 0] = stored;
  const end = RANGE_BYTES + Math.ceil((highest - lowest + 1) / 2);
  if (highest <= lowest || stored.length < end)
    throw corrupt("a Huffman plane has no lengths of codes");
  lengths.fill(0);
  for (let symbol = lowest; symbol <= highest; symbol += 1) {
    const pair = stored[RANGE_BYTES + ((symbol - lowest) >> 1)] as number;
    lengths[symbol] = (symbol - lowest) % 2 === 0 ? pair & 0xf : pair >> 4;
  }
  return end;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
