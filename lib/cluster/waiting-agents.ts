/** Agents that wait for a load. One waits in its request, and holds no connection of the database meanwhile. */
import { RegistryError } from "#lib/errors.ts";
import type { EventBus } from "#lib/events/event-bus.ts";
import { LOAD_QUEUED } from "./store.ts";

/** Each holds a socket and a small queue; a cluster has one or two agents. */
const WAITING_MAX = 200;

export type Waiting = {
  /** Until a load may be there, at the latest after `ms`. False: the wait is over for good. */
  next: (ms: number) => Promise<boolean>;
  stop: () => void;
};

export class WaitingAgents {
  readonly #events: EventBus;
  readonly #stops = new Set<() => void>();
  #isEnded = false;

  constructor(events: EventBus) {
    this.#events = events;
  }

  /**
   * From this moment on no queued load is missed, whichever process it is asked for through. Ends with the client's
   * connection. Throws `unavailable` when too many wait.
   */
  enter(client: AbortSignal): Waiting {
    if (this.#isEnded || this.#stops.size >= WAITING_MAX)
      throw new RegistryError("unavailable", "Too many agents wait here. Ask again in a moment.", {
        retryAfterSeconds: 5,
      });
    const subscription = this.#events.subscribe(({ action }) => action === LOAD_QUEUED);
    const stop = () => {
      client.removeEventListener("abort", stop);
      this.#stops.delete(stop);
      subscription.close();
    };
    this.#stops.add(stop);
    client.addEventListener("abort", stop, { once: true });
    if (client.aborted) stop();
    return {
      next: async (ms) => (await subscription.next(ms)).kind !== "closed",
      stop,
    };
  }

  /** Sends those who wait away, so that a server that stops has not to wait for them. */
  end(): void {
    this.#isEnded = true;
    for (const stop of [...this.#stops]) stop();
  }
}
