/**
 * Does `work` for each item, at most `lanes` at a time, begun in the order of the items. After a failure nothing new
 * is begun, and the first failure is thrown when all work that was begun has ended.
 */
export async function inParallel<T>(
  lanes: number,
  items: readonly T[],
  work: (item: T, index: number) => Promise<void>,
): Promise<void> {
  let next = 0;
  const failures: unknown[] = [];
  const lane = async () => {
    while (next < items.length && failures.length === 0) {
      const index = next;
      next += 1;
      try {
        await work(items[index] as T, index);
      } catch (error) {
        failures.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(lanes, items.length) }, lane));
  if (failures.length > 0) throw failures[0];
}

/** The same for items that come one after the other, of which never more are taken than are worked on. */
export async function inParallelFrom<T>(
  lanes: number,
  source: AsyncIterable<T> | Iterable<T>,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const items = (async function* () {
    yield* source;
  })();
  const failures: unknown[] = [];
  const lane = async () => {
    try {
      for (let next = await items.next(); !next.done; next = await items.next()) {
        if (failures.length > 0) return;
        await work(next.value);
      }
    } catch (error) {
      failures.push(error);
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  await items.return(undefined);
  if (failures.length > 0) throw failures[0];
}
