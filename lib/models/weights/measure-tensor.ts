/** How far the values of two tensors of one shape are from each other. Pure: bytes come from `read`, in steps. */
import { decoderOf } from "./decode-values.ts";

/** Elements that are compared at once: memory does not grow with the tensor. */
const STEP_ELEMENTS = 128 * 1024;

export type Measured = {
  values: number;
  /** Values that are not the same number; null where the bytes alone were compared. */
  changed_values: number | null;
  /** ||to - from|| / ||from|| over the finite values; null where `from` is all zeros, or for bytes alone. */
  relative_difference: number | null;
  max_absolute_difference: number | null;
  /** Values that changed from or to NaN or an infinity. They count as changed, and in no difference. */
  not_finite: number;
  isEqual: boolean;
};

type Side = {
  dtype: string;
  /** Gives all of the bytes that were asked for. */
  read: (offset: number, lengthBytes: number) => Promise<Uint8Array>;
};
type Pair = { from: Side; to: Side; values: number; sizeBytes: number };

/** null where the dtypes differ and one of them has no numbers to compare. Throws what `read` throws. */
export async function measureTensor(pair: Pair, signal?: AbortSignal): Promise<Measured | null> {
  const [from, to] = [decoderOf(pair.from.dtype), decoderOf(pair.to.dtype)];
  if (from === null || to === null) {
    return pair.from.dtype === pair.to.dtype ? measureBytes(pair, signal) : null;
  }
  const sums = new Sums();
  const isSameType = pair.from.dtype === pair.to.dtype;
  const most = Math.min(STEP_ELEMENTS, pair.values);
  const buffers = { a: new Float64Array(most), b: new Float64Array(most) };
  const readStep = (at: number) => {
    const count = Math.min(STEP_ELEMENTS, pair.values - at);
    const both = Promise.all([
      pair.from.read(at * from.elementBytes, count * from.elementBytes),
      pair.to.read(at * to.elementBytes, count * to.elementBytes),
    ]);
    // The step before it may fail first, and nobody waits for this one then.
    both.catch(() => {});
    return both;
  };
  let next = pair.values > 0 ? readStep(0) : null;
  for (let at = 0; next !== null; at += STEP_ELEMENTS) {
    const [bytesA, bytesB] = await next;
    signal?.throwIfAborted();
    next = at + STEP_ELEMENTS < pair.values ? readStep(at + STEP_ELEMENTS) : null;
    const count = Math.min(STEP_ELEMENTS, pair.values - at);
    const a = buffers.a.subarray(0, count);
    from.decode(bytesA, a);
    if (isSameType && Buffer.compare(bytesA, bytesB) === 0) {
      sums.addSame(a);
      continue;
    }
    const b = buffers.b.subarray(0, count);
    to.decode(bytesB, b);
    sums.add(a, b);
  }
  return sums.result(pair.values);
}

/** Of types without single numbers: whether the bytes are the same. */
async function measureBytes(
  { from, to, values, sizeBytes }: Pair,
  signal?: AbortSignal,
): Promise<Measured> {
  let isEqual = true;
  for (let at = 0; at < sizeBytes && isEqual; at += STEP_ELEMENTS) {
    signal?.throwIfAborted();
    const count = Math.min(STEP_ELEMENTS, sizeBytes - at);
    const [a, b] = await Promise.all([from.read(at, count), to.read(at, count)]);
    isEqual = Buffer.compare(a, b) === 0;
  }
  const unknown = {
    changed_values: isEqual ? 0 : null,
    relative_difference: isEqual ? 0 : null,
    max_absolute_difference: isEqual ? 0 : null,
  };
  return { values, ...unknown, not_finite: 0, isEqual };
}

class Sums {
  #squares = 0;
  #differences = 0;
  #most = 0;
  #changed = 0;
  #notFinite = 0;

  addSame(a: Float64Array): void {
    let squares = 0;
    for (let at = 0; at < a.length; at += 1) {
      const value = a[at] as number;
      // Neither NaN nor an infinity.
      if (value - value === 0) squares += value * value;
    }
    this.#squares += squares;
  }

  add(a: Float64Array, b: Float64Array): void {
    let [squares, differences] = [0, 0];
    for (let at = 0; at < a.length; at += 1) {
      const [from, to] = [a[at] as number, b[at] as number];
      if (from - from === 0) squares += from * from;
      // NaN in both is the same value.
      if (from === to || (Number.isNaN(from) && Number.isNaN(to))) continue;
      this.#changed += 1;
      const difference = Math.abs(to - from);
      if (difference - difference !== 0) {
        this.#notFinite += 1;
        continue;
      }
      differences += difference * difference;
      if (difference > this.#most) this.#most = difference;
    }
    this.#squares += squares;
    this.#differences += differences;
  }

  result(values: number): Measured {
    const isEqual = this.#changed === 0;
    const relative = isEqual ? 0 : Math.sqrt(this.#differences) / Math.sqrt(this.#squares);
    return {
      values,
      changed_values: this.#changed,
      relative_difference: Number.isFinite(relative) ? relative : null,
      max_absolute_difference: this.#most,
      not_finite: this.#notFinite,
      isEqual,
    };
  }
}
