/**
 * One write to a file at a time. The kernel lets no two into a file at once anyway, and writes that wait in threads
 * burn processor time: four parts in parallel cost twice that of one after the other (docs/performance.md).
 */
export class WriteTurns {
  #last: Promise<unknown> = Promise.resolve();

  run<T>(write: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(write);
    // The next write begins however this one ended.
    this.#last = turn.catch(() => undefined);
    return turn;
  }
}
