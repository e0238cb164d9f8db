/**
 * The pieces that all uploads to the store have in memory at a time. Only bytes that are complete on this
 * machine's disk get a buffer, so that no slow client holds one; the store's speed is what frees them.
 */
const BUDGET_BYTES = 64 * 1024 * 1024;

let taken = 0;
const queue: { bytes: number; resolve: () => void }[] = [];
/** Spare buffers have the usual length: a fresh one of that size costs as much as filling it. */
const spare: Buffer[] = [];

/** Runs `work` with a buffer of `bytes`, in the order of calls. One larger than the budget runs alone. */
export async function withPieceBuffer<T>(
  bytes: number,
  usualBytes: number,
  work: (buffer: Buffer) => Promise<T>,
): Promise<T> {
  // A small file must not take the place of a whole piece.
  const size = bytes > usualBytes / 2 && bytes <= usualBytes ? usualBytes : bytes;
  await take(size);
  const buffer = (size === usualBytes ? spare.pop() : undefined) ?? Buffer.allocUnsafeSlow(size);
  try {
    return await work(buffer.subarray(0, bytes));
  } finally {
    if (size === usualBytes) spare.push(buffer);
    give(size);
  }
}

function take(bytes: number): Promise<void> {
  if (queue.length === 0 && fits(bytes)) {
    taken += bytes;
    return Promise.resolve();
  }
  return new Promise((resolve) => queue.push({ bytes, resolve }));
}

function give(bytes: number): void {
  taken -= bytes;
  for (let next = queue[0]; next && fits(next.bytes); next = queue[0]) {
    queue.shift();
    taken += next.bytes;
    next.resolve();
  }
  // An idle server keeps nothing.
  if (taken === 0) spare.length = 0;
}

function fits(bytes: number): boolean {
  return taken === 0 || taken + bytes <= BUDGET_BYTES;
}
