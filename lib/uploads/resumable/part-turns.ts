import { RegistryError } from "#lib/errors.ts";

/** The right to write a part. `signal` is aborted when a newer attempt wants it. */
export type Turn = { signal: AbortSignal; end: () => void };

type Holder = { controller: AbortController; ended: Promise<void> };

/**
 * One attempt at a part at a time in this process. The newest wins: an older one is mostly that of a connection which
 * the client has given up already.
 */
export class PartTurns {
  readonly #holders = new Map<string, Holder>();

  /** Waits until the older attempt at the same part has ended. */
  async take(key: string): Promise<Turn> {
    for (let older = this.#holders.get(key); older; older = this.#holders.get(key)) {
      older.controller.abort(superseded());
      await older.ended;
    }
    const controller = new AbortController();
    const { promise: ended, resolve } = Promise.withResolvers<void>();
    const holder = { controller, ended };
    this.#holders.set(key, holder);
    const end = () => {
      if (this.#holders.get(key) === holder) this.#holders.delete(key);
      resolve();
    };
    return { signal: controller.signal, end };
  }

  get size(): number {
    return this.#holders.size;
  }
}

function superseded(): RegistryError {
  return new RegistryError(
    "upload_conflict",
    "The same part was sent again on another connection.",
  );
}
