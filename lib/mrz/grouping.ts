/** How the bytes of a block are split into planes, and what that would save. */
import type { ElementSize, Grouping } from "./format.ts";

/** dtype in safetensors' spelling -> bytes of a number in it, and whether it is floating point. */
const NUMBERS: ReadonlyMap<string, { elementSize: ElementSize; isFloating: boolean }> = new Map(
  (
    [
      ["F64 C128", 8, true],
      ["F32 C64", 4, true],
      ["F16 BF16", 2, true],
      ["I64 U64", 8, false],
      ["I32 U32", 4, false],
      ["I16 U16", 2, false],
      ["I8 U8 BOOL F8_E4M3 F8_E5M2 F8_E8M0 F8_E4M3FNUZ F8_E5M2FNUZ", 1, false],
    ] as const
  ).flatMap(([names, elementSize, isFloating]) =>
    names.split(" ").map((name) => [name, { elementSize, isFloating }] as const),
  ),
);

/** Bytes of a block that are looked at before it is decided what to do with it. */
const SAMPLE_BYTES = 16 * 1024;
/** Bytes of a sample where many possibilities are compared roughly. */
export const ROUGH_SAMPLE_BYTES = 4 * 1024;
const SAMPLE_SLICES = 16;
/** Sampled values that a histogram of 256 needs to say something. */
const ENOUGH_VALUES = 4096;

/** null for a dtype that is no plain number (STRING, quantized blocks). `offset`: of its first element in the block. */
export function groupingOf(dtype: string, offset: number): Grouping | null {
  const number = NUMBERS.get(dtype);
  if (!number) return null;
  const { elementSize, isFloating } = number;
  return { elementSize, phase: offset % elementSize, isRotated: isFloating };
}

/** How blocks of unknown content may be grouped; the phase is where in the block an element begins. */
export const GUESSES: readonly [Grouping, ...Grouping[]] = [
  { elementSize: 1, phase: 0, isRotated: false },
  ...[0, 1].map((phase) => ({ elementSize: 2, phase, isRotated: true }) as const),
  ...[0, 1, 2, 3].map((phase) => ({ elementSize: 4, phase, isRotated: true }) as const),
];

export type EstimateOptions = {
  /** Estimate the difference to these bytes instead. */
  base?: Uint8Array | null;
  sampleBytes?: number;
};

export type Estimate = {
  /** Share of the block's bytes that would be stored. */
  share: number;
  /** The stored share of each plane; null where the sample is too small to tell. */
  planes: (number | null)[];
};

/** The share that the planes of `bytes`, or of its difference to `base`, would take, by the entropy of a sample. */
export function estimateGrouping(
  bytes: Uint8Array,
  { elementSize, phase, isRotated }: Grouping,
  { base = null, sampleBytes = SAMPLE_BYTES }: EstimateOptions = {},
): Estimate {
  const histograms = Array.from({ length: elementSize }, () => new Uint32Array(256));
  const elements = Math.floor((bytes.length - phase) / elementSize);
  const slice = Math.max(1, Math.floor(sampleBytes / SAMPLE_SLICES / elementSize));
  const slices = Math.min(SAMPLE_SLICES, Math.ceil(elements / slice));
  const step = slices > 1 ? Math.floor((elements - slice) / (slices - 1)) : 0;
  let values = 0;
  for (let index = 0; index < slices; index += 1) {
    const from = index * step;
    const to = Math.min(elements, from + slice);
    for (let element = from; element < to; element += 1) {
      const at = phase + element * elementSize;
      if (base) countDifference(histograms, bytes, base, at, elementSize);
      else countElement(histograms, bytes, at, elementSize, isRotated);
    }
    values += to - from;
  }
  const shares = histograms.map((histogram) => entropyShare(histogram, values));
  return {
    share: shares.reduce((sum, share) => sum + share, 0) / elementSize,
    planes: shares.map((share) => (values < ENOUGH_VALUES ? null : share)),
  };
}

function countElement(
  histograms: readonly Uint32Array[],
  bytes: Uint8Array,
  at: number,
  size: number,
  isRotated: boolean,
): void {
  // The bit that leaves the top enters at the bottom.
  let carry = isRotated ? (bytes[at + size - 1] as number) >> 7 : 0;
  for (let plane = 0; plane < size; plane += 1) {
    const byte = bytes[at + plane] as number;
    count(histograms, plane, isRotated ? ((byte << 1) & 0xff) | carry : byte);
    carry = byte >> 7;
  }
}

function countDifference(
  histograms: readonly Uint32Array[],
  bytes: Uint8Array,
  base: Uint8Array,
  at: number,
  size: number,
): void {
  // Sign of the difference first: what zigzag turns small negatives into depends on it.
  let borrow = 0;
  let isNegative = false;
  for (let plane = 0; plane < size; plane += 1) {
    const difference = (bytes[at + plane] as number) - (base[at + plane] as number) - borrow;
    borrow = difference < 0 ? 1 : 0;
    isNegative = (difference & 0x80) !== 0;
  }
  borrow = 0;
  let carry = 0;
  for (let plane = 0; plane < size; plane += 1) {
    const difference = (bytes[at + plane] as number) - (base[at + plane] as number) - borrow;
    borrow = difference < 0 ? 1 : 0;
    const byte = difference & 0xff;
    const zigzag = ((byte << 1) & 0xff) | carry;
    carry = byte >> 7;
    count(histograms, plane, size === 1 ? byte : isNegative ? zigzag ^ 0xff : zigzag);
  }
}

function count(histograms: readonly Uint32Array[], plane: number, value: number): void {
  const histogram = histograms[plane] as Uint32Array;
  histogram[value] = (histogram[value] as number) + 1;
}

/** Order-0 entropy in bytes for each value, corrected for the sample's size (Miller and Madow). */
function entropyShare(histogram: Uint32Array, values: number): number {
  if (values === 0) return 1;
  let bits = 0;
  let used = 0;
  for (const occurrences of histogram) {
    if (occurrences === 0) continue;
    used += 1;
    bits -= (occurrences / values) * Math.log2(occurrences / values);
  }
  return Math.min(1, (bits + (used - 1) / (2 * values * Math.LN2)) / 8);
}
