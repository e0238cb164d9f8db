/**
 * Runs `work` for all items, at most `limit` at once, in their order. The first failure ends the others by the signal
 * that they are given, and is thrown once all have ended.
 */
export async function inParallel<T>(
  items: Iterable<T>,
  limit: number,
  signal: AbortSignal,
  work: (item: T, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const failed = new AbortController();
  const either = AbortSignal.any([signal, failed.signal]);
  const iterator = items[Symbol.iterator]();
  const run = async () => {
    for (;;) {
      either.throwIfAborted();
      const next = iterator.next();
      if (next.done) return;
      await work(next.value, either);
    }
  };
  const lane = () =>
    run().catch((error) => {
      // The first failure is the cause of the others.
      if (!failed.signal.aborted) failed.abort(error);
    });
  await Promise.all(Array.from({ length: limit }, lane));
  signal.throwIfAborted();
  if (failed.signal.aborted) throw failed.signal.reason;
}
