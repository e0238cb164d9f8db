/** One process that inspects versions, one at a time and within bounds, as the server sees it. */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { getPriority, setPriority } from "node:os";
import { join } from "node:path";
import type { SourceFile } from "#lib/formats/contract.ts";
import { errorFromMessage, errorToMessage, type FromChild, type ToChild } from "./messages.ts";
import { cpuMsOfProcess } from "./process-time.ts";
import { type Exhausted, unscannableFacts, type VersionFacts } from "./version-facts.ts";

export type InspectionBounds = {
  /** Processor time that an inspection of so many bytes may take. */
  cpuMsFor: (sizeBytes: number) => number;
  /** Limit of the process's heap; each reader's caps bound its buffers. */
  heapMb: number;
  /** Nobody waits for it: it computes behind the server and behind the inspections of what is registered. */
  isBehind?: boolean;
};

/** The niceness of a process for which nobody waits. */
const BEHIND = 10;

const CHECK_MS = 250;
/** Checks in a row in which the process neither worked nor waited for bytes: half a minute. */
const MAX_STILL_CHECKS = 120;
/** A process that holds more after a job is not kept; an idle one takes 70 MB. */
const MAX_KEPT_BYTES = 256 * 1024 * 1024;
const MAX_STDERR_CHARS = 4000;

type Job = {
  files: readonly SourceFile[];
  end: (outcome: () => VersionFacts) => void;
  rows: string[];
  openReads: number;
  /** An error of the storage; it ends the job whatever the parser makes of it. */
  readFailure: { error: unknown } | null;
};

export class FactsProcess {
  readonly #bounds: InspectionBounds;
  readonly #child: ChildProcess;
  #job: Job | null = null;
  #stderr = "";
  /** False after a job that had to be stopped: the process is gone. */
  isAlive = true;

  constructor(bounds: InspectionBounds) {
    this.#bounds = bounds;
    this.#child = startChild(bounds.heapMb);
    if (bounds.isBehind) putBehind(this.#child);
    this.#child.on("message", (message: FromChild) => this.#hear(message));
    this.#child.on("error", (error) => this.#fail(error));
    this.#child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-MAX_STDERR_CHARS);
    });
    this.#child.on("close", (code, signal) => {
      // V8 ends a process whose heap is full by SIGABRT, and Linux one for which no memory is left by SIGKILL.
      if (signal === "SIGABRT" || signal === "SIGKILL") this.#giveUp("memory");
      else this.#fail(new Error(`An inspection ended with ${code ?? signal}: ${this.#stderr}`));
    });
  }

  /** Throws `empty_file`, `invalid_model_file`, and what reading the files throws. */
  async run(files: readonly SourceFile[]): Promise<VersionFacts> {
    const { promise, resolve: end } = Promise.withResolvers<() => VersionFacts>();
    this.#job = { files, end, rows: [], openReads: 0, readFailure: null };
    this.#send({
      kind: "job",
      files: files.map(({ path, source }) => ({ path, sizeBytes: source.sizeBytes })),
    });
    try {
      return (await promise)();
    } finally {
      this.#job = null;
    }
  }

  async end(): Promise<void> {
    this.isAlive = false;
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const closed = once(this.#child, "close");
    this.#child.kill("SIGKILL");
    await closed;
  }

  #hear(message: FromChild): void {
    const job = this.#job;
    if (job === null) return;
    if (message.kind === "begun") void this.#watch(job);
    else if (message.kind === "read") void this.#serve(job, message);
    else if (message.kind === "rows") job.rows.push(message.text);
    else {
      if (message.residentBytes > MAX_KEPT_BYTES) void this.end();
      job.end(() => {
        if (job.readFailure) throw job.readFailure.error;
        if (message.kind === "error") throw errorFromMessage(message.error);
        return { ...message.facts, tensorRows: job.rows.join("") };
      });
    }
  }

  async #serve(job: Job, { id, file, offset, length }: FromChild & { kind: "read" }) {
    job.openReads += 1;
    try {
      const bytes = await job.files[file]?.source.read(offset, length);
      this.#send({ kind: "bytes", id, bytes: bytes ?? new Uint8Array(0) });
    } catch (error) {
      job.readFailure ??= { error };
      this.#send({ kind: "failed", id, error: errorToMessage(error) });
    } finally {
      job.openReads -= 1;
    }
  }

  /**
   * Stops a job that takes too long. Processor time counts: on a busy machine the time on the clock says nothing
   * about a file.
   */
  async #watch(job: Job): Promise<void> {
    const sizeBytes = job.files.reduce((sum, { source }) => sum + source.sizeBytes, 0);
    const mostMs = this.#bounds.cpuMsFor(sizeBytes);
    const begunAt = await cpuMsOfProcess(this.#child.pid);
    let lastMs = begunAt;
    let still = 0;
    while (this.#job === job) {
      await pause(CHECK_MS);
      const cpuMs = await cpuMsOfProcess(this.#child.pid);
      if (this.#job !== job) return;
      still = cpuMs === lastMs && job.openReads === 0 ? still + 1 : 0;
      lastMs = cpuMs;
      if (cpuMs - begunAt > mostMs || still > MAX_STILL_CHECKS) this.#giveUp("time");
    }
  }

  #giveUp(exhausted: Exhausted): void {
    const job = this.#job;
    job?.end(() => unscannableFacts(job.files, exhausted));
    void this.end();
  }

  #fail(error: Error): void {
    this.#job?.end(() => {
      throw error;
    });
    void this.end();
  }

  #send(message: ToChild): void {
    // A child that has just ended drops the message; the job fails by the child's end.
    if (this.isAlive && this.#child.connected) this.#child.send(message, () => {});
  }
}

/**
 * The path is built at run time from the server's current folder, the project's: the bundler must not make the child
 * a part of itself.
 */
function startChild(heapMb: number): ChildProcess {
  const rooms = join(/* turbopackIgnore: true */ process.cwd(), "lib");
  const path = join(rooms, "inspection", "facts-child.ts");
  return fork(/* turbopackIgnore: true */ path, [], {
    // The child needs nothing of the server's environment, and must not be able to reveal it.
    env: { NODE_ENV: "production" },
    execArgv: [
      `--max-old-space-size=${heapMb}`,
      "--permission",
      `--allow-fs-read=${rooms}/*`,
      // The one package that a reader needs.
      `--allow-fs-read=${join(rooms, "..", "node_modules", "yaml")}/*`,
    ],
    serialization: "advanced",
    stdio: ["ignore", "ignore", "pipe", "ipc"],
  });
}

/** Only root could raise a priority again, but everybody may lower that of a child. */
function putBehind({ pid }: ChildProcess): void {
  if (pid !== undefined && getPriority(pid) < BEHIND) setPriority(pid, BEHIND);
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds).unref());
}
