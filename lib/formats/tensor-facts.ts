/** What all formats' tensors have in common: how many elements, how many bytes, which caps. */
import type { TensorFact } from "./contract.ts";

/** The largest mixtures of experts have some 200,000 tensors; a million would take minutes to list. */
export const MAX_TENSORS = 1_000_000;
/** NumPy stops at 64 dimensions, frameworks far earlier. */
export const MAX_DIMENSIONS = 64;
/** Longer than any module path; each name is stored and shown. */
export const MAX_NAME_BYTES = 4096;

/** Bits of one element. A dtype that is not here has no fixed size (STRING) or is unknown. */
export const DTYPE_BITS: ReadonlyMap<string, number> = new Map([
  ["BOOL", 8],
  ["U8", 8],
  ["I8", 8],
  ["F8_E4M3", 8],
  ["F8_E5M2", 8],
  ["F8_E8M0", 8],
  ["F8_E4M3FNUZ", 8],
  ["F8_E5M2FNUZ", 8],
  ["F8_E4M3B11FNUZ", 8],
  ["U16", 16],
  ["I16", 16],
  ["F16", 16],
  ["BF16", 16],
  ["U32", 32],
  ["I32", 32],
  ["F32", 32],
  ["U64", 64],
  ["I64", 64],
  ["F64", 64],
  ["C64", 64],
  ["C128", 128],
  ["U4", 4],
  ["I4", 4],
  ["F4", 4],
  ["F6_E2M3", 6],
  ["F6_E3M2", 6],
  ["U2", 2],
  ["I2", 2],
  // PyTorch's own names for types that safetensors does not spell: the bits of an element of the shape.
  ["complex32", 32],
  ["float4_e2m1fn_x2", 8],
  ["bits8", 8],
  ["bits16", 16],
  ["bits1x8", 8],
  ["bits2x4", 8],
  ["bits4x2", 8],
]);

/**
 * Elements of a shape; null when the shape is open (a negative dimension) or the product does not fit a
 * safe integer.
 */
export function elementCount(shape: readonly number[]): number | null {
  if (shape.some((size) => !Number.isSafeInteger(size) || size < 0)) return null;
  if (shape.includes(0)) return 0;
  let count = 1;
  for (const size of shape) {
    count *= size;
    if (!Number.isSafeInteger(count)) return null;
  }
  return count;
}

/** Bytes of `count` elements, sub-byte types packed; null when the dtype has no fixed size. */
export function byteCount(dtype: string, count: number): number | null {
  const bits = DTYPE_BITS.get(dtype);
  if (bits === undefined) return null;
  const total = count * bits;
  return Number.isSafeInteger(total) ? Math.ceil(total / 8) : null;
}

/** dtype -> elements, over the model's own tensors whose shape is closed. */
export function countDtypes(tensors: readonly TensorFact[]): Record<string, number> {
  const counts = new Map<string, number>();
  for (const { dtype, shape, group } of tensors) {
    if (group !== undefined) continue;
    counts.set(dtype, (counts.get(dtype) ?? 0) + (elementCount(shape) ?? 0));
  }
  return Object.fromEntries([...counts].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Sum of elements of the model's own tensors that `counts` accepts; strings are never parameters. */
export function countParameters(
  tensors: readonly TensorFact[],
  counts: (tensor: TensorFact) => boolean = () => true,
): number {
  let total = 0;
  for (const tensor of tensors) {
    if (tensor.dtype === "STRING" || tensor.group !== undefined || !counts(tensor)) continue;
    total += elementCount(tensor.shape) ?? 0;
  }
  return Math.min(total, Number.MAX_SAFE_INTEGER);
}

/**
 * Whether `count` elements of a type that is not known can be in `sizeBytes`: no quantization takes less than half a
 * bit for a value, and what claims more lies.
 */
export function canHold(sizeBytes: number, count: number): boolean {
  return count <= sizeBytes * 16;
}
