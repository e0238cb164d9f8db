import { createHash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { LRUCache } from "lru-cache";
import type { ParsedCard } from "#lib/formats/model-card.ts";
import { Thread } from "#lib/workers/thread.ts";
import { WorkerPool } from "#lib/workers/worker-pool.ts";
import { CARD_MAX_CHARACTERS } from "./card-text.ts";
import type { CardTree } from "./schema.ts";

/** The longest cards in use (100,000 characters, a table of 3,000 rows) take about a quarter of this. */
const CPU_MS = 4000;
/** A page does not wait longer for its card, whoever's cards are parsed before it. */
const WAIT_MS = 10_000;
const CHECK_MS = 50;
/** The largest tree takes about 30 MB while it is made. */
const HEAP_MB = 256;
/** Size of the answers that are kept, measured as JSON. */
const CACHE_BYTES = 16 * 1024 * 1024;
/** A thread without work gives its memory back after this time. */
const IDLE_MS = 60_000;

/** Without its facts the card is plain Markdown. */
const NO_FACTS: Omit<ParsedCard, "body"> = {
  license: null,
  tags: [],
  pipeline_tag: null,
  library_name: null,
  datasets: [],
  language: [],
};

type Kind = "facts" | "tree";
/** `bytes`: the length of the value as JSON. */
export type Sized<T> = { value: T; bytes: number };
type Outcome =
  | { state: "done"; answer: Sized<unknown> }
  | { state: "exceeded" }
  | { state: "late" };

/**
 * Parses cards away from the event loop, one at a time, within limits of time and memory. A card over a limit has
 * neither facts nor tree, and is shown as text. Answers are kept by the digest of the text.
 */
export class CardParser {
  readonly #cache = new LRUCache<string, Sized<unknown>>({
    maxSize: CACHE_BYTES,
    sizeCalculation: ({ bytes }) => bytes + 1,
  });
  readonly #pool = new WorkerPool({ size: 1, idleMs: IDLE_MS, start: startThread });
  readonly #mostCpuMs: number;

  constructor(mostCpuMs = CPU_MS) {
    this.#mostCpuMs = mostCpuMs;
  }

  /** The front matter and the text without it. */
  facts(text: string): Promise<ParsedCard> {
    return this.#parse("facts", text, { ...NO_FACTS, body: text });
  }

  tree(text: string): Promise<CardTree> {
    return this.#parse("tree", text, { tree: null, is_cut: text.length > CARD_MAX_CHARACTERS });
  }

  async close(): Promise<void> {
    await this.#pool.close();
  }

  async #parse<T>(kind: Kind, text: string, instead: T): Promise<T> {
    const key = `${kind}:${createHash("sha256").update(text).digest("base64")}`;
    const known = this.#cache.get(key);
    if (known) return known.value as T;
    const outcome = await this.#run(kind, text, AbortSignal.timeout(WAIT_MS));
    if (outcome.state === "late") return instead;
    const answer =
      outcome.state === "done" ? outcome.answer : { value: instead, bytes: text.length };
    this.#cache.set(key, answer);
    return answer.value as T;
  }

  async #run(kind: Kind, text: string, isLate: AbortSignal): Promise<Outcome> {
    const lease = await this.#pool.take(isLate).catch((error: unknown) => {
      if (isLate.aborted) return null;
      throw error;
    });
    if (lease === null) return { state: "late" };
    const { worker: thread, release } = lease;
    const done = new AbortController();
    const watched = this.#watch(thread, done.signal);
    const parsed = this.#call(thread, kind, text).finally(async () => {
      done.abort();
      await watched;
      release();
    });
    return Promise.race([parsed, late(isLate)]);
  }

  async #call(thread: Thread, kind: Kind, text: string): Promise<Outcome> {
    try {
      return { state: "done", answer: await thread.call<Sized<unknown>>(kind, text) };
    } catch (error) {
      // The thread ended over a limit: ours, or V8's limit of its heap.
      if (thread.isAlive) throw error;
      return { state: "exceeded" };
    }
  }

  /** Limits processor time: on a busy machine the time on the clock says nothing about a card. */
  async #watch(thread: Thread, done: AbortSignal): Promise<void> {
    // A thread that is still starting has taken no time.
    const begunAt = (await thread.cpuMs()) ?? 0;
    while (!done.aborted && thread.isAlive) {
      await sleep(CHECK_MS, undefined, { ref: false });
      const usedMs = ((await thread.cpuMs()) ?? 0) - begunAt;
      if (!done.aborted && usedMs > this.#mostCpuMs) await thread.end();
    }
  }
}

function startThread(): Thread {
  return new Thread("cards/card-worker.ts", null, { maxOldGenerationSizeMb: HEAP_MB });
}

async function late(signal: AbortSignal): Promise<Outcome> {
  if (!signal.aborted)
    await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
  return { state: "late" };
}
