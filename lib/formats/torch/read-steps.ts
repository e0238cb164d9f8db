/**
 * The values of a strided view, row by row as if it were contiguous. Memory is bounded whatever the view is: the output comes in
 * blocks, and what a block needs is read in windows of the storage.
 */
import type { Steps } from "./torch-tensor.ts";

/** Bytes of a tensor that lies row by row already, and is read in steps. */
const STEP_BYTES = 1024 * 1024;
/** Bytes of one block of the output. */
const BLOCK_BYTES = 16 * 1024 * 1024;
/** Bytes of the storage that are read at once for it. */
const WINDOW_BYTES = 4 * 1024 * 1024;
/** A read takes about as long as reading so many bytes more. */
const READ_COST_BYTES = 64 * 1024;

/** Gives all of the bytes that were asked for; `offset` is one in the file. */
export type ReadBytes = (offset: number, lengthBytes: number) => Promise<Uint8Array>;
export type View = {
  shape: readonly number[];
  steps: Steps;
  elementBytes: number;
  storageOffset: number;
};
/** `from` and `to`: steps between elements in the storage and in the block. */
type Axis = { size: number; from: number; to: number };
type Limits = { stepBytes: number; blockBytes: number; windowBytes: number };
const LIMITS: Limits = {
  stepBytes: STEP_BYTES,
  blockBytes: BLOCK_BYTES,
  windowBytes: WINDOW_BYTES,
};

/** `limits` is for tests. */
export async function* readSteps(
  read: ReadBytes,
  view: View,
  limits: Limits = LIMITS,
): AsyncGenerator<Uint8Array, void, undefined> {
  const { elementBytes, storageOffset, steps } = view;
  const axes = contiguousOutput(view);
  const total = axes.reduce((product, { size }) => product * size, 1);
  if (total === 0) return;
  const placeOf = (element: number) => storageOffset + element * elementBytes;
  if (axes.every(({ from, to }) => from === to)) {
    const step = Math.max(1, Math.floor(limits.stepBytes / elementBytes));
    for (let at = 0; at < total; at += step) {
      const count = Math.min(step, total - at);
      yield await read(placeOf(steps.offset + at), count * elementBytes);
    }
    return;
  }
  const blockElements = Math.max(1, Math.floor(limits.blockBytes / elementBytes));
  // The outermost axis of which a part fits into a block; those before it are stepped through one by one.
  let cut = 0;
  while (cut < axes.length - 1 && (axes[cut] as Axis).to > blockElements) cut += 1;
  const { size, from, to } = axes[cut] as Axis;
  const rows = Math.max(1, Math.floor(blockElements / to));
  for (const start of startsOf(axes.slice(0, cut))) {
    for (let row = 0; row < size; row += rows) {
      const part = { size: Math.min(rows, size - row), from, to };
      const into = new Uint8Array(part.size * to * elementBytes);
      const base = steps.offset + start.from + row * from;
      const parts = [part, ...axes.slice(cut + 1)];
      const { windowBytes } = limits;
      await fillBlock(read, into, { axes: parts, base, placeOf, elementBytes, windowBytes });
      yield into;
    }
  }
}

/** Axes of more than one element, neighbours that continue each other made one. */
function contiguousOutput({ shape, steps }: View): Axis[] {
  const axes: Axis[] = [];
  let to = 1;
  for (let at = shape.length - 1; at >= 0; at -= 1) {
    const size = shape[at] as number;
    const from = steps.strides[at] as number;
    const inner = axes.at(-1);
    if (inner && inner.from * inner.size === from && size !== 1) inner.size *= size;
    else if (size !== 1) axes.push({ size, from, to });
    to *= size;
  }
  if (axes.length === 0) axes.push({ size: 1, from: 1, to: 1 });
  return axes.reverse();
}

type Block = {
  axes: readonly Axis[];
  /** The element that the block begins at. */
  base: number;
  placeOf: (element: number) => number;
  elementBytes: number;
  windowBytes: number;
};

async function fillBlock(read: ReadBytes, into: Uint8Array, block: Block): Promise<void> {
  const { base, placeOf, elementBytes } = block;
  const copy = copierOf(into, elementBytes);
  for (const { from, to, span, cells } of windowsOf(block)) {
    copy(await read(placeOf(base + from), span * elementBytes), cells, to);
  }
}

/** `span`: elements that are read from `from` on; `cells`: the axes within them, whose elements go to `to` and after it. */
type Window = { from: number; to: number; span: number; cells: readonly Axis[] };

/** A window spans the axes of the smallest steps, as long as one long read is cheaper than many short ones. */
function* windowsOf({
  axes,
  elementBytes,
  windowBytes,
}: Block): Generator<Window, void, undefined> {
  const outer = axes.toSorted((a, b) => b.from - a.from);
  const cells: Axis[] = [];
  const cost = READ_COST_BYTES / elementBytes;
  const most = Math.max(1, Math.floor(windowBytes / elementBytes));
  let span = 1;
  for (let axis = outer.at(-1); axis !== undefined; axis = outer.at(-1)) {
    const fitting = axis.from === 0 ? axis.size : Math.floor((most - span) / axis.from) + 1;
    const share = Math.min(axis.size, fitting);
    const wider = span + (share - 1) * axis.from;
    if (share < 2 || cost + wider > share * (cost + span)) break;
    outer.pop();
    if (share < axis.size) {
      yield* sharesOf(outer, { from: 0, to: 0, span, cells }, { axis, share });
      return;
    }
    cells.push(axis);
    span = wider;
  }
  for (const start of startsOf(outer)) yield { ...start, span, cells };
}

/** Windows that hold a share of one more axis each. */
function* sharesOf(
  outer: readonly Axis[],
  window: Window,
  { axis, share }: { axis: Axis; share: number },
): Generator<Window, void, undefined> {
  for (const { from, to } of startsOf(outer)) {
    for (let at = 0; at < axis.size; at += share) {
      const size = Math.min(share, axis.size - at);
      yield {
        from: from + at * axis.from,
        to: to + at * axis.to,
        span: window.span + (size - 1) * axis.from,
        cells: [...window.cells, { ...axis, size }],
      };
    }
  }
}

/** Where the combinations of some axes begin. */
function* startsOf(
  axes: readonly Axis[],
  start = { from: 0, to: 0 },
): Generator<{ from: number; to: number }, void, undefined> {
  const [axis, ...others] = axes;
  if (axis === undefined) {
    yield start;
    return;
  }
  for (let at = 0; at < axis.size; at += 1) {
    yield* startsOf(others, { from: start.from + at * axis.from, to: start.to + at * axis.to });
  }
}

type Units = Uint8Array | Uint16Array | Uint32Array | BigUint64Array;
type Kind = new (buffer: ArrayBufferLike, offset: number, length: number) => Units;
const UNITS = new Map<number, Kind>([
  [1, Uint8Array],
  [2, Uint16Array],
  [4, Uint32Array],
  [8, BigUint64Array],
]);

/** Copies elements as whole numbers: a float in between could change the bits of a NaN. */
function copierOf(into: Uint8Array, elementBytes: number) {
  const Kind = UNITS.get(elementBytes) ?? BigUint64Array;
  const output = new Kind(into.buffer, into.byteOffset, into.byteLength / elementBytes);
  return (bytes: Uint8Array, cells: readonly Axis[], to: number) => {
    const aligned = bytes.byteOffset % elementBytes === 0 ? bytes : bytes.slice();
    const input = new Kind(aligned.buffer, aligned.byteOffset, aligned.length / elementBytes);
    copyCells({ input, output }, cells, { from: 0, to });
  };
}

function copyCells(
  arrays: { input: Units; output: Units },
  cells: readonly Axis[],
  start: { from: number; to: number },
): void {
  const { input, output } = arrays;
  const [axis, ...others] = cells;
  if (axis === undefined) {
    output[start.to] = input[start.from] as never;
    return;
  }
  let { from, to } = start;
  for (let at = 0; at < axis.size; at += 1) {
    if (others.length === 0) output[to] = input[from] as never;
    else copyCells(arrays, others, { from, to });
    from += axis.from;
    to += axis.to;
  }
}
