/** One block into the smallest payload that its encoding gives, without a look at other blobs. */
import { type BlockEntry, type Grouping, PLANE_HEAD_BYTES, PLANE_IS_ZSTD } from "./format.ts";
import { FrameStore } from "./frame-store.ts";
import { estimateGrouping, GUESSES, ROUGH_SAMPLE_BYTES } from "./grouping.ts";
import { kernels } from "./kernels/kernels.ts";
import { planeOffset } from "./kernels/places.ts";
import { compressZstd, type ZstdEffort } from "./zstd.ts";

/** A plane that shrinks by less is stored as it is, which is decoded at the speed of memory. */
const MOST_PLANE_SHARE = 0.985;
/** A whole block that shrinks by less is stored as it is. */
const MOST_BLOCK_SHARE = 0.98;
/**
 * In blocks longer than this a sample decides between plain zstd and grouping. Shorter blocks are tried both ways,
 * and so are blocks of integers: they are few, and their planes repeat themselves in ways that no sample shows.
 */
const TRIED_BYTES = 64 * 1024;
/** Plain zstd finds more repetitions in a whole block than in a sample of it, and is slower to decode. */
const PLAIN_ADVANTAGE = 0.95;
/** A sample is consecutive, since repetitions are what plain zstd is good at. */
const SAMPLE_BYTES = 16 * 1024;

const frames = new FrameStore();

/** An encoding with its parameters and the parts of its payload, which are views that the next call overwrites. */
export type EncodedBlock = Pick<BlockEntry, "encoding" | "grouping" | "fillByte"> & {
  payload: Uint8Array[];
  payloadBytes: number;
};

/** `hint` is how a block of a known kind is grouped; null lets a sample decide. */
export function encodeBlock(bytes: Uint8Array, hint: Grouping | null): EncodedBlock {
  frames.reset();
  if (isFill(bytes)) return { ...withPayload("fill", []), fillByte: bytes[0] as number };
  const block = encodeBest(bytes, hint ?? guessGrouping(bytes));
  return block.payloadBytes < bytes.length * MOST_BLOCK_SHARE ? block : withPayload("raw", [bytes]);
}

function encodeBest(bytes: Uint8Array, grouping: Grouping): EncodedBlock {
  const isInteger = grouping.elementSize > 1 && !grouping.isRotated;
  if (isInteger || bytes.length <= TRIED_BYTES) {
    const plain = encodePlain(bytes);
    const grouped = encodePlanes("grouped", bytes, null, grouping);
    return plain.payloadBytes <= grouped.payloadBytes ? plain : grouped;
  }
  const sample = sampleOf(bytes);
  const plain = compress(sample, "general").length / sample.length;
  const { share } = estimateGrouping(bytes, grouping);
  return plain < share * PLAIN_ADVANTAGE
    ? encodePlain(bytes)
    : encodePlanes("grouped", bytes, null, grouping);
}

/** The difference to `base`, which has the same length. */
export function encodeDelta(bytes: Uint8Array, base: Uint8Array, hint: Grouping): EncodedBlock {
  frames.reset();
  const grouping = { ...hint, isRotated: false };
  return encodePlanes("delta", bytes, base, grouping);
}

export function isFill(bytes: Uint8Array): boolean {
  // A block that equals itself one byte further on; comparing stops at the first difference.
  return Buffer.compare(bytes.subarray(1), bytes.subarray(0, -1)) === 0;
}

/** The grouping whose planes would take the fewest bytes, by a sample. */
function guessGrouping(bytes: Uint8Array): Grouping {
  let best = GUESSES[0];
  let least = Number.POSITIVE_INFINITY;
  for (const guess of GUESSES) {
    const { share } = estimateGrouping(bytes, guess, { sampleBytes: ROUGH_SAMPLE_BYTES });
    if (share >= least) continue;
    least = share;
    best = guess;
  }
  return best;
}

/** From the middle: ends of tensors are less alike. */
function sampleOf(bytes: Uint8Array): Uint8Array {
  const start = Math.max(0, (bytes.length - SAMPLE_BYTES) >> 1);
  return bytes.subarray(start, start + SAMPLE_BYTES);
}

function encodePlain(bytes: Uint8Array): EncodedBlock {
  return withPayload("zstd", [compress(bytes, "general")]);
}

function encodePlanes(
  encoding: "grouped" | "delta",
  bytes: Uint8Array,
  base: Uint8Array | null,
  grouping: Grouping,
): EncodedBlock {
  const { elementSize, phase, isRotated } = grouping;
  const estimate = estimateGrouping(bytes, grouping, { base });
  const count = Math.max(0, Math.floor((bytes.length - phase) / elementSize));
  const kernel = kernels();
  const elements = { size: elementSize, start: phase, count };
  kernel.bytes.set(bytes);
  if (base) {
    kernel.base.set(base);
    kernel.diff(elements);
  }
  kernel.split(elements, isRotated);
  const head = new Uint8Array(elementSize * PLANE_HEAD_BYTES);
  const view = new DataView(head.buffer);
  const lead = Math.min(phase, bytes.length);
  const parts = [head, bytes.subarray(0, lead), bytes.subarray(lead + count * elementSize)];
  // Integers that are no difference keep their repetitions, which entropy coding alone does not see.
  const effort = isRotated || base || elementSize === 1 ? "entropy" : "general";
  for (let plane = 0; plane < elementSize; plane += 1) {
    const isWorthwhile = (estimate.planes[plane] ?? 0) <= MOST_PLANE_SHARE;
    const { bytes: stored, isFrame } = packPlane(plane, count, isWorthwhile ? effort : null);
    const flag = isFrame ? PLANE_IS_ZSTD : 0;
    view.setUint32(plane * PLANE_HEAD_BYTES, (stored.length | flag) >>> 0, true);
    parts.push(stored);
  }
  return { ...withPayload(encoding, parts), grouping };
}

/** The plane of the kernels' memory as it is, or as a shorter frame. */
function packPlane(
  plane: number,
  count: number,
  effort: ZstdEffort | null,
): { bytes: Uint8Array; isFrame: boolean } {
  const start = planeOffset(plane, count);
  const bytes = kernels().planes.subarray(start, start + count);
  const frame = effort && compress(bytes, effort);
  return frame && frame.length < bytes.length * MOST_PLANE_SHARE
    ? { bytes: frame, isFrame: true }
    : { bytes, isFrame: false };
}

function compress(bytes: Uint8Array, effort: ZstdEffort): Uint8Array {
  return frames.keep(compressZstd(bytes, effort));
}

function withPayload(encoding: BlockEntry["encoding"], payload: Uint8Array[]): EncodedBlock {
  const payloadBytes = payload.reduce((sum, part) => sum + part.length, 0);
  return { encoding, grouping: null, fillByte: 0, payload, payloadBytes };
}
