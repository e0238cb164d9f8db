/**
 * What is remembered of accounts is forgotten by all processes before a change of it is answered: those of this server, and
 * of others on the same database. Each says that it has; one that says nothing is waited for a moment only, and remembers
 * nothing for longer than some seconds.
 */
import { randomUUID } from "node:crypto";
import { z } from "zod";
import type { Database } from "#lib/db/client.ts";

/** Longer than a process that lives is busy at a stretch. */
const WAIT_MAX_MS = 1_000;

/** The part of the event bus that carries messages between processes. */
export type Signals = {
  /** Whether messages are heard now. */
  isListening: boolean;
  /** How many processes listen, this one included. */
  countListeners: (db: Database) => Promise<number>;
  sendSignal: (db: Database, text: string) => Promise<void>;
  hearSignals: (hear: (text: string) => void) => void;
};

const messageSchema = z.object({ kind: z.enum(["forget", "forgot"]), id: z.uuid() });

export class Everywhere {
  readonly #db: Database;
  readonly #signals: Signals;
  readonly #forgetHere: () => void;
  /** How many have said so, by the id of what they were asked. */
  readonly #answers = new Map<string, () => void>();

  constructor(db: Database, signals: Signals, forgetHere: () => void) {
    this.#db = db;
    this.#signals = signals;
    this.#forgetHere = forgetHere;
    signals.hearSignals((text) => this.#hear(text));
  }

  /** Resolves when all processes have forgotten. To be called when the change is committed. */
  async forget(): Promise<void> {
    this.#forgetHere();
    if (!this.#signals.isListening) return;
    const id = randomUUID();
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, WAIT_MAX_MS);
    try {
      const listeners = await this.#signals.countListeners(this.#db);
      let answers = 0;
      this.#answers.set(id, () => {
        answers += 1;
        if (answers >= listeners) resolve();
      });
      await this.#send("forget", id);
      await promise;
    } finally {
      clearTimeout(timer);
      this.#answers.delete(id);
    }
  }

  #hear(text: string): void {
    const message = messageSchema.safeParse(parse(text)).data;
    if (message === undefined) return;
    if (message.kind === "forgot") {
      this.#answers.get(message.id)?.();
      return;
    }
    this.#forgetHere();
    // Whoever waits for this does not wait for ever.
    void this.#send("forgot", message.id).catch(() => undefined);
  }

  #send(kind: "forget" | "forgot", id: string): Promise<void> {
    return this.#signals.sendSignal(this.#db, JSON.stringify({ kind, id }));
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
