import type { Ctx } from "#lib/context.ts";
import { inTransaction } from "#lib/db/transaction.ts";
import type { EventBus } from "#lib/events/event-bus.ts";
import { ensureAuditKey, type SigningKey } from "./audit-keys.ts";
import { chainEntries, waitForChainLock } from "./chain-entries.ts";
import { writeCheckpoint } from "./write-checkpoint.ts";

/** Entries that nothing announces, such as refusals, and checkpoints that are due, wait no longer than this. */
const IDLE_MS = 5_000;
/** Entries that come close together are chained together. */
const GATHER_MS = 200;
/** After a failure: the database or the storage may be away. */
const RETRY_MS = 10_000;

type ChainCtx = Pick<Ctx, "db" | "storage" | "now" | "log">;

/** Chains entries as they come. Each process with background work runs one; the database lets one of them work at a time. */
export class AuditChain {
  readonly #ctx: ChainCtx;
  readonly #events: ReturnType<EventBus["subscribe"]>;
  #isClosed = false;
  #running: Promise<void>;

  private constructor(ctx: ChainCtx, events: EventBus) {
    this.#ctx = ctx;
    this.#events = events.subscribe();
    this.#running = this.#run();
  }

  static start(ctx: ChainCtx, events: EventBus): AuditChain {
    return new AuditChain(ctx, events);
  }

  /** Chains the rest and signs it, unless that fails. Before the events and the database are closed. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#events.close();
    await this.#running;
    await this.#chain(true).catch((error) => this.#warn(error));
  }

  async #run(): Promise<void> {
    while (!this.#isClosed) {
      let pauseMs = GATHER_MS;
      try {
        await this.#chain(false);
        await this.#events.next(IDLE_MS);
        while ((await this.#events.next(0)).kind === "event");
      } catch (error) {
        this.#warn(error);
        pauseMs = RETRY_MS;
      }
      await this.#pause(pauseMs);
    }
  }

  async #chain(isLast: boolean): Promise<void> {
    for (let chained: number | null = 1; chained; ) chained = await chainEntries(this.#ctx.db);
    await writeCheckpoint(this.#ctx, { isLast });
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => setTimeout(resolve, ms).unref());
  }

  #warn(error: unknown): void {
    this.#ctx.log.warn({ operation: "chain_audit", error }, "failed, and is tried again");
  }
}

/** The key that signs, made now if there is none, so that it can be noted down before anything happens. */
export function readAuditKey(db: Ctx["db"]): Promise<SigningKey> {
  return inTransaction(db, async (tx) => {
    await waitForChainLock(tx);
    return ensureAuditKey(tx);
  });
}
