/**
 * Several processes behind one port, with Node's cluster: this one starts them, starts those again that die, and ends
 * them. Each is a whole server; the database, the store and PostgreSQL's notifications make them one registry, as they
 * do for replicas on several machines.
 */
import cluster, { type Worker } from "node:cluster";
import { setTimeout as sleep } from "node:timers/promises";
import { AggregatorRegistry } from "prom-client";

/** So that one that dies at each start does not take a core for it. */
const RESTART_AFTER_MS = 1_000;
/** Longer than a server gives its requests and its services to end. */
const STOP_TIMEOUT_MS = 35_000;
/** The variable that tells a worker its number, from 0; the first one also has the background work. */
const NUMBER = "MODEL_REGISTRY_WORKER";

type FromWorker = { kind: "ready"; address: string } | { kind: "ask-metrics"; id: number };
type ToWorker = { kind: "metrics"; id: number; text: string | null };

// The processes accept from one socket, whoever is free. Node's own way hands every connection over, and one that is
// on its way to a process that dies hangs for ever.
cluster.schedulingPolicy = cluster.SCHED_NONE;

/** null in a process that is no worker. */
export function workerNumber(): number | null {
  return cluster.isWorker ? Number(process.env[NUMBER]) : null;
}

export function tellReady(address: string): void {
  process.send?.({ kind: "ready", address } satisfies FromWorker);
}

let asked = 0;

/** In a worker: the metrics of all workers, added up, in the text exposition format; null when they do not come. */
export function askMetrics(): Promise<string | null> {
  asked += 1;
  const id = asked;
  return new Promise((resolve) => {
    const hear = (message: ToWorker) => {
      if (message.kind !== "metrics" || message.id !== id) return;
      process.off("message", hear);
      resolve(message.text);
    };
    process.on("message", hear);
    process.send?.({ kind: "ask-metrics", id } satisfies FromWorker);
  });
}

export class WorkerProcesses {
  readonly #workers = new Set<Worker>();
  readonly #environment: Record<string, string>;
  readonly #metrics = new AggregatorRegistry();
  #isStopping = false;

  /** `environment` is added to this process's own. */
  constructor(environment: Record<string, string>) {
    this.#environment = environment;
  }

  /** Resolves with the address when all of them answer. Rejects when one ends before that; it has said why. */
  async start(count: number): Promise<string> {
    const starting = Array.from({ length: count }, (_, number) => this.#fork(number));
    const [address = ""] = await Promise.all(starting);
    return address;
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    const workers = [...this.#workers];
    const ended = workers.map((worker) => new Promise((resolve) => worker.once("exit", resolve)));
    for (const worker of workers) worker.process.kill("SIGTERM");
    const late = sleep(STOP_TIMEOUT_MS, undefined, { ref: false }).then(() => {
      for (const worker of this.#workers) worker.process.kill("SIGKILL");
    });
    await Promise.race([Promise.all(ended), late]);
  }

  #fork(number: number): Promise<string> {
    const worker = cluster.fork({ ...this.#environment, [NUMBER]: String(number) });
    this.#workers.add(worker);
    let isReady = false;
    return new Promise((resolve, reject) => {
      worker.on("message", (message: FromWorker) => {
        if (message.kind === "ready") {
          isReady = true;
          resolve(message.address);
        } else if (message.kind === "ask-metrics") void this.#answerMetrics(worker, message.id);
      });
      worker.once("exit", (code, signal) => {
        this.#workers.delete(worker);
        if (!isReady) reject(new WorkerStartError(`Server process ${number} did not start.`));
        else if (!this.#isStopping) void this.#startAgain(number, signal ?? `code ${code}`);
      });
    });
  }

  async #startAgain(number: number, reason: string): Promise<void> {
    console.error(`  Server       process ${number} ended (${reason}); starting it again`);
    await sleep(RESTART_AFTER_MS);
    if (this.#isStopping) return;
    await this.#fork(number).catch(() => this.#startAgain(number, "it did not start"));
  }

  async #answerMetrics(worker: Worker, id: number): Promise<void> {
    const text = await this.#metrics.clusterMetrics().catch(() => null);
    if (worker.isConnected()) worker.send({ kind: "metrics", id, text } satisfies ToWorker);
  }
}

/** The message is for people; the process has printed its own. */
export class WorkerStartError extends Error {
  override readonly name = "WorkerStartError";
}
