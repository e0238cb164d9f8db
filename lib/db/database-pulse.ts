/** Whether the database answers at all: asked now and then while somebody waits for it. */
import pg from "pg";

/** This, the time between two looks and an answer's way must fit into the 5 s that a client is promised. */
const SILENCE_MS = 2_500;
const LOOK_EVERY_MS = 1_000;
/** Silence is counted in turns of our own event loop: a process that is busy itself must not blame the database. */
const TURN_MS = 50;

export type Pulse = {
  /** Whether somebody waits for the database. */
  isAwaited(): boolean;
  /** Called after every look that found no answer; `isNew` after the first of them. */
  onSilence(isNew: boolean): void;
  /** Called when the database answers again. */
  onReturn(): void;
};

/**
 * A statement may rightly take a minute, so no time limit of statements tells a slow database from a dead one. A new
 * connection does: it is answered in milliseconds, if only by a refusal. One at a time, and none while nobody waits.
 */
export class DatabasePulse {
  readonly #config: pg.ClientConfig;
  readonly #pulse: Pulse;
  readonly #timer: NodeJS.Timeout;
  #isSilent = false;
  #isLooking = false;

  constructor(config: pg.ClientConfig, pulse: Pulse) {
    this.#config = config;
    this.#pulse = pulse;
    this.#timer = setInterval(() => void this.#look(), LOOK_EVERY_MS);
    this.#timer.unref();
  }

  /** True when the last look found no answer. */
  get isSilent(): boolean {
    return this.#isSilent;
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  async #look(): Promise<void> {
    if (this.#isLooking || !(this.#isSilent || this.#pulse.isAwaited())) return;
    this.#isLooking = true;
    const isAnswered = await answers(this.#config);
    this.#isLooking = false;
    const wasSilent = this.#isSilent;
    this.#isSilent = !isAnswered;
    if (!isAnswered) this.#pulse.onSilence(!wasSilent);
    else if (wasSilent) this.#pulse.onReturn();
  }
}

function answers(config: pg.ClientConfig): Promise<boolean> {
  const client = new pg.Client(config);
  client.on("error", () => undefined);
  return new Promise((resolve) => {
    let turns = 0;
    const clock = setInterval(() => {
      turns += 1;
      if (turns * TURN_MS < SILENCE_MS) return;
      settle(false);
      client.connection.stream.destroy();
    }, TURN_MS);
    clock.unref();
    const settle = (isAnswered: boolean) => {
      clearInterval(clock);
      resolve(isAnswered);
    };
    const end = () => void client.end().catch(() => undefined);
    // A refusal is an answer too: statements get a refusal of their own.
    client.connect().then(end, () => undefined);
    client.connection.once("end", () => settle(true));
    client.once("connect", () => settle(true));
  });
}
