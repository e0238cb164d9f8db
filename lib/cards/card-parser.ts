import { createHash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { LRUCache } from "lru-cache";
import type { ParsedCard } from "#lib/formats/model-card.ts";
import { Thread } from "#lib/workers/thread.ts";
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
  #thread: Thread | null = null;
  #last: Promise<unknown> = Promise.resolve();
  #idleTimer: NodeJS.Timeout | undefined;
  #isBusy = false;
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
    clearTimeout(this.#idleTimer);
    await this.#thread?.end();
  }

  async #parse<T>(kind: Kind, text: string, instead: T): Promise<T> {
    const key = `${kind}:${createHash("sha256").update(text).digest("base64")}`;
    const known = this.#cache.get(key);
    if (known) return known.value as T;
    const deadline = performance.now() + WAIT_MS;
    const turn = this.#last.then(() => this.#run(kind, text, deadline));
    this.#last = turn.catch(() => {});
    const outcome = await Promise.race([turn, late(WAIT_MS)]);
    if (outcome.state === "late") return instead;
    const answer =
      outcome.state === "done" ? outcome.answer : { value: instead, bytes: text.length };
    this.#cache.set(key, answer);
    return answer.value as T;
  }

  async #run(kind: Kind, text: string, deadline: number): Promise<Outcome> {
    if (performance.now() > deadline) return { state: "late" };
    clearTimeout(this.#idleTimer);
    if (!this.#thread?.isAlive) {
      this.#thread = new Thread("cards/card-worker.ts", null, {
        maxOldGenerationSizeMb: HEAP_MB,
      });
    }
    const thread = this.#thread;
    this.#isBusy = true;
    const watched = this.#watch(thread);
    try {
      return { state: "done", answer: await thread.call<Sized<unknown>>(kind, text) };
    } catch (error) {
      // The thread ended over a limit: ours, or V8's limit of its heap.
      if (thread.isAlive) throw error;
      return { state: "exceeded" };
    } finally {
      this.#isBusy = false;
      await watched;
      this.#idleTimer = setTimeout(() => void this.#thread?.end(), IDLE_MS);
      this.#idleTimer.unref();
    }
  }

  /** Limits processor time: on a busy machine the time on the clock says nothing about a card. */
  async #watch(thread: Thread): Promise<void> {
    // A thread that is still starting has taken no time.
    const begunAt = (await thread.cpuMs()) ?? 0;
    while (this.#isBusy && thread.isAlive) {
      await sleep(CHECK_MS, undefined, { ref: false });
      const usedMs = ((await thread.cpuMs()) ?? 0) - begunAt;
      if (this.#isBusy && usedMs > this.#mostCpuMs) await thread.end();
    }
  }
}

async function late(milliseconds: number): Promise<Outcome> {
  await sleep(milliseconds, undefined, { ref: false });
  return { state: "late" };
}
