/**
 * A worker thread that answers calls, with the program's own TypeScript: Node 24 runs it as it is. Bundlers must
 * not see the file, hence a path that only exists at run time. The other side is `thread-side.ts`.
 */
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type ResourceLimits, Worker } from "node:worker_threads";
import { loadKernels } from "#lib/mrz/kernels/kernels.ts";
import { type Failure, fromFailure, toFailure } from "./thread-failure.ts";

export type ToThread =
  | { type: "call"; id: number; kind: string; input: unknown }
  | { type: "abort"; id: number }
  | { type: "answer"; id: number; question: number; value?: unknown; failure?: Failure };

export type FromThread =
  | { type: "result"; id: number; value: unknown }
  | { type: "failure"; id: number; failure: Failure }
  | { type: "event"; id: number; event: unknown }
  | { type: "question"; id: number; question: number; input: unknown };

export type CallOptions = {
  signal?: AbortSignal | undefined;
  /** Called with what the thread reports while it works. */
  onEvent?: (event: never) => void;
  /** Answers what the thread asks while it works. */
  onQuestion?: (input: never) => Promise<unknown>;
  /** Buffers of the input that change hands: the thread has them from now on, and nobody here. */
  transfer?: readonly ArrayBuffer[];
};

type Pending = {
  options: CallOptions;
  resolve: (value: never) => void;
  reject: (error: unknown) => void;
};

export class Thread {
  readonly #worker: Worker;
  readonly #pending = new Map<number, Pending>();
  #lastId = 0;
  #death: Error | null = null;

  /** `fileName` is a path below `lib/`; `workerData` is cloned. A thread over its `resourceLimits` ends. */
  constructor(fileName: string, workerData: unknown, resourceLimits: ResourceLimits = {}) {
    loadKernels();
    const path = join(/* turbopackIgnore: true */ process.cwd(), "lib", fileName);
    this.#worker = new Worker(/* turbopackIgnore: true */ pathToFileURL(path), {
      workerData,
      resourceLimits,
    });
    this.#worker.unref();
    this.#worker.on("message", (message: FromThread) => this.#receive(message));
    this.#worker.on("error", (error) => this.#die(error));
    this.#worker.on("exit", (code) => this.#die(new Error(`the thread ended with code ${code}`)));
  }

  get isAlive(): boolean {
    return this.#death === null;
  }

  get pendingCalls(): number {
    return this.#pending.size;
  }

  /** Throws what the thread's handler threw; a RegistryError arrives as one. */
  call<T>(kind: string, input: unknown, options: CallOptions = {}): Promise<T> {
    if (this.#death) return Promise.reject(this.#death);
    if (options.signal?.aborted) return Promise.reject(options.signal.reason);
    this.#lastId += 1;
    const id = this.#lastId;
    const onAbort = () => this.#post({ type: "abort", id });
    return new Promise<T>((resolve, reject) => {
      this.#pending.set(id, { options, resolve, reject });
      options.signal?.addEventListener("abort", onAbort, { once: true });
      this.#worker.ref();
      this.#post({ type: "call", id, kind, input }, options.transfer);
    }).finally(() => {
      options.signal?.removeEventListener("abort", onAbort);
      if (this.#pending.size === 0) this.#worker.unref();
    });
  }

  /** Processor time that the thread has taken so far; null before it has started and after its end. */
  async cpuMs(): Promise<number | null> {
    const used = await this.#worker.cpuUsage().catch(() => null);
    return used && (used.user + used.system) / 1000;
  }

  /** Ends the thread; calls in progress fail. */
  async end(): Promise<void> {
    await this.#worker.terminate();
  }

  #receive(message: FromThread): void {
    const pending = this.#pending.get(message.id);
    if (!pending) return;
    if (message.type === "event") pending.options.onEvent?.(message.event as never);
    else if (message.type === "question") void this.#answer(message, pending);
    else {
      this.#pending.delete(message.id);
      if (message.type === "result") pending.resolve(message.value as never);
      else pending.reject(fromFailure(message.failure));
    }
  }

  async #answer(message: FromThread & { type: "question" }, { options }: Pending): Promise<void> {
    const { id, question } = message;
    try {
      const value = await options.onQuestion?.(message.input as never);
      this.#post({ type: "answer", id, question, value });
    } catch (error) {
      this.#post({ type: "answer", id, question, failure: toFailure(error) });
    }
  }

  #post(message: ToThread, transfer: readonly ArrayBuffer[] = []): void {
    if (!this.#death) this.#worker.postMessage(message, transfer);
  }

  #die(error: unknown): void {
    this.#death ??= error instanceof Error ? error : new Error(String(error));
    for (const pending of this.#pending.values()) pending.reject(this.#death);
    this.#pending.clear();
  }
}
