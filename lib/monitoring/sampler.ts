import type { Ctx } from "#lib/context.ts";
import type { ProcessMeter } from "./measure-process.ts";
import { sampleRegistry } from "./sample-registry.ts";
import { type ServerFacts, sayGoodbye, sayHello, writeSample } from "./write-sample.ts";

/**
 * Writes what this process does into the database, every `intervalMs`, and what the whole registry does if no other server
 * has done so for the same interval.
 */
export class Sampler {
  readonly #ctx: Ctx;
  readonly #server: ServerFacts;
  readonly #meter: ProcessMeter;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> = Promise.resolve();
  #isStopped = false;

  /** `ctx` is the registry's own: its actor is `system`. */
  constructor(ctx: Ctx, server: ServerFacts, meter: ProcessMeter) {
    this.#ctx = ctx;
    this.#server = server;
    this.#meter = meter;
  }

  start(): void {
    this.#running = sayHello(this.#ctx.db, this.#server).catch((error) => this.#warn(error));
    this.#wait();
  }

  #wait(): void {
    const { sampleIntervalMs } = this.#ctx.config.monitoring;
    // In the middle of an interval, so that a timer which is a little late still finds its own interval.
    const wait = sampleIntervalMs - ((Date.now() + sampleIntervalMs / 2) % sampleIntervalMs);
    this.#timer = setTimeout(() => {
      this.#running = this.#sample().finally(() => {
        if (!this.#isStopped) this.#wait();
      });
    }, wait);
    this.#timer.unref();
  }

  /** After this nobody misses the server. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    await this.#running;
    this.#meter.close();
    await sayGoodbye(this.#ctx.db, this.#server.name).catch((error) => this.#warn(error));
  }

  async #sample(): Promise<void> {
    const { db, config } = this.#ctx;
    const measured = this.#meter.take();
    const isWritten = await writeSample(
      db,
      this.#server,
      config.monitoring.sampleIntervalMs,
      measured,
    ).catch((error) => this.#warn(error));
    if (!isWritten) measured.giveBack();
    await sampleRegistry(this.#ctx).catch((error) => this.#warn(error));
  }

  #warn(error: unknown): void {
    this.#ctx.log.warn({ operation: "sample", error }, "no sample was written");
  }
}
