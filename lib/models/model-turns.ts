import { RegistryError } from "#lib/errors.ts";

/** Longer than hundreds of registrations take, and a client still listens. */
const WAIT_MAX_MS = 60_000;

type Waiting = { begin: () => void };

/**
 * Changes of one model happen one after the other: each holds the model's row. They wait for each other here, before they
 * take one of the few connections to wait for that row with, which the rest of the registry needs.
 */
export class ModelTurns {
  readonly #waitMaxMs: number;
  /** Changes that wait, by the key of the model that is being changed. */
  readonly #queues = new Map<string, Set<Waiting>>();

  constructor(waitMaxMs = WAIT_MAX_MS) {
    this.#waitMaxMs = waitMaxMs;
  }

  /** Does `change` when those before it have ended, in the order of the calls. Throws `unavailable` after a minute. */
  async run<T>(key: string, change: () => Promise<T>): Promise<T> {
    const queue = this.#queues.get(key);
    if (queue) await this.#wait(queue);
    else this.#queues.set(key, new Set());
    try {
      return await change();
    } finally {
      this.#passOn(key);
    }
  }

  #wait(queue: Set<Waiting>): Promise<void> {
    return new Promise((resolve, reject) => {
      const waiting: Waiting = {
        begin() {
          clearTimeout(timer);
          resolve();
        },
      };
      const timer = setTimeout(() => {
        queue.delete(waiting);
        reject(
          new RegistryError(
            "unavailable",
            `Many changes of this model are waiting (${queue.size + 1} here). Try again in a moment.`,
          ),
        );
      }, this.#waitMaxMs);
      queue.add(waiting);
    });
  }

  #passOn(key: string): void {
    const queue = this.#queues.get(key);
    const [next] = queue ?? [];
    if (!queue || !next) {
      this.#queues.delete(key);
      return;
    }
    queue.delete(next);
    next.begin();
  }
}
