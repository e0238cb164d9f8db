/**
 * V8 collects garbage only while memory is asked for, so that the garbage of the last busy minute would stay until
 * the next one. This collects it when the server has come to rest.
 */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

const TICK_MS = 5_000;
/** Probes and an open page ask this often; so few requests leave hardly any garbage. */
const QUIET_REQUESTS = 20;
/** A collection halts the server for some tens of milliseconds, so it must be worth it. */
const BUSY_REQUESTS = 100;

export class CollectAtRest {
  readonly #collect: () => void;
  #sinceTick = 0;
  #sinceCollection = 0;

  constructor(collect = exposedCollector()) {
    this.#collect = collect;
  }

  /** Looks every few seconds until the process ends. */
  start(): void {
    setInterval(() => this.tick(), TICK_MS).unref();
  }

  /** To be called once for each request. */
  count(): void {
    this.#sinceTick += 1;
  }

  tick(): void {
    const isQuiet = this.#sinceTick <= QUIET_REQUESTS;
    this.#sinceCollection += this.#sinceTick;
    this.#sinceTick = 0;
    if (!isQuiet || this.#sinceCollection < BUSY_REQUESTS) return;
    this.#sinceCollection = 0;
    this.#collect();
  }
}

/** V8 gives `gc` to contexts that are made while the flag is set, and takes nothing from them. */
function exposedCollector(): () => void {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  setFlagsFromString("--no-expose-gc");
  return collect;
}
