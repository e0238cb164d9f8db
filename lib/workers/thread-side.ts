/** The inside of a worker thread that `thread.ts` started: answers its calls. */
import { parentPort } from "node:worker_threads";
import type { FromThread, ToThread } from "./thread.ts";
import { fromFailure, toFailure } from "./thread-failure.ts";

export type Call = {
  /** Aborted when the caller gives up. */
  signal: AbortSignal;
  tell: (event: unknown) => void;
  ask: (input: unknown) => Promise<unknown>;
};

export type Handlers = Record<string, (input: never, call: Call) => Promise<unknown>>;

/** A result whose buffer changes hands, instead of being copied. */
export class Transferred {
  readonly value: unknown;
  readonly buffer: ArrayBuffer;

  constructor(value: unknown, buffer: ArrayBuffer) {
    this.value = value;
    this.buffer = buffer;
  }
}

type Waiting = { resolve: (value: unknown) => void; reject: (error: unknown) => void };

export function serveCalls(handlers: Handlers): void {
  const port = parentPort;
  if (!port) throw new Error("This file is the inside of a worker thread.");
  const running = new Map<number, AbortController>();
  const questions = new Map<number, Waiting>();
  let lastQuestion = 0;
  const post = (message: FromThread, transfer: ArrayBuffer[] = []) =>
    port.postMessage(message, transfer);

  async function run({ id, kind, input }: ToThread & { type: "call" }): Promise<void> {
    const controller = new AbortController();
    running.set(id, controller);
    try {
      const handler = handlers[kind];
      if (!handler) throw new Error(`no such call: ${kind}`);
      const value = await handler(input as never, {
        signal: controller.signal,
        tell: (event) => post({ type: "event", id, event }),
        ask: (asked) =>
          new Promise((resolve, reject) => {
            lastQuestion += 1;
            questions.set(lastQuestion, { resolve, reject });
            post({ type: "question", id, question: lastQuestion, input: asked });
          }),
      });
      if (value instanceof Transferred)
        post({ type: "result", id, value: value.value }, [value.buffer]);
      else post({ type: "result", id, value });
    } catch (error) {
      post({ type: "failure", id, failure: toFailure(error) });
    } finally {
      running.delete(id);
    }
  }

  port.on("message", (message: ToThread) => {
    if (message.type === "call") void run(message);
    else if (message.type === "abort") running.get(message.id)?.abort();
    else {
      const waiting = questions.get(message.question);
      questions.delete(message.question);
      if (message.failure) waiting?.reject(fromFailure(message.failure));
      else waiting?.resolve(message.value);
    }
  });
}
