import type { Ctx } from "#lib/context.ts";
import { type EventBus, MISSED_ACTION } from "#lib/events/event-bus.ts";
import { isTold } from "#lib/outbox/topics.ts";

/** Changes that come close together are looked for together. */
const GATHER_MS = 100;
/** What nothing announces: messages whose process died, attempts that are due again, alerts that have been over for long enough. */
const IDLE_MS = 10_000;

/**
 * Looks for what is to be sent, as changes happen and every few seconds. Each process with background work has one; rows are claimed,
 * so that several may look at once.
 */
export class DeliveryWatch {
  readonly #events: ReturnType<EventBus["subscribe"]>;
  readonly #running: Promise<void>;
  readonly #log: Ctx["log"];
  readonly #look: () => Promise<void>;

  constructor(log: Ctx["log"], events: EventBus, look: () => Promise<void>) {
    this.#log = log;
    this.#look = look;
    this.#events = events.subscribe(({ action }) => action === MISSED_ACTION || isTold(action));
    this.#running = this.#run();
  }

  async close(): Promise<void> {
    this.#events.close();
    await this.#running;
  }

  async #run(): Promise<void> {
    while ((await this.#events.next(IDLE_MS)).kind !== "closed") {
      await new Promise((resolve) => setTimeout(resolve, GATHER_MS).unref());
      while ((await this.#events.next(0)).kind === "event");
      await this.#look().catch((error) =>
        this.#log.warn({ operation: "look_for_deliveries", error }, "failed, and is tried again"),
      );
    }
  }
}
