/**
 * Lets callers that want the same file or folder synced at about the same time share one call: whoever comes while a sync is
 * running waits for the next one, together with all others who come meanwhile.
 */
export class SharedSync {
  #running: Promise<void> | null = null;
  #next: Promise<void> | null = null;

  /** Resolves after a sync that began after this call. */
  run(sync: () => Promise<void>): Promise<void> {
    if (this.#running === null) return this.#start(sync);
    this.#next ??= this.#running
      .catch(() => undefined)
      .then(() => {
        this.#next = null;
        return this.#start(sync);
      });
    return this.#next;
  }

  /** True when nobody waits for a sync. */
  get isIdle(): boolean {
    return this.#running === null && this.#next === null;
  }

  #start(sync: () => Promise<void>): Promise<void> {
    const started = sync().finally(() => {
      if (this.#running === started) this.#running = null;
    });
    this.#running = started;
    return started;
  }
}
