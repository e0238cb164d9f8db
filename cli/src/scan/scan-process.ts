/**
 * Scans files in a process of its own, which is ended when one of them costs too much: that file is unscannable then, and
 * another process goes on with the next one.
 */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { cpuMsOfProcess } from "../../../lib/inspection/process-time.ts";
import type { FileRecord } from "../../../lib/inspection/scan-files.ts";
import type { FromScan, ToScan } from "../../../lib/inspection/scan-messages.ts";
import { reasonOf, type ScanGroup } from "./list-files.ts";
import { FileBytes } from "./read-files.ts";
import type { Outcome } from "./report.ts";

/** The bundle has it as a file beside its own. */
declare const CLI_VERSION: string | undefined;
const CHILD =
  typeof CLI_VERSION === "string"
    ? { file: "./scan-child.js", readable: "./scan-child.js" }
    : { file: "../../../lib/inspection/scan-child.ts", readable: "../../../lib/*" };

/** As a server allows for a version: a pickle of nothing but opcodes takes some 150 ms for a MiB. */
const BASE_MS = 10_000;
const MS_PER_MIB = 200;
const MOST_MS = 120_000;
const HEAP_MB = 1024;
const CHECK_MS = 250;
/** A process that neither works nor waits for bytes, and a disk that does not answer. */
const MAX_STILL_MS = 30_000;
const MAX_READ_MS = 60_000;
const MAX_STDERR_CHARS = 2000;

export type ScanOptions = {
  /** Processor time for one file in place of what its size allows. */
  maxSeconds: number | undefined;
  signal: AbortSignal;
  onOutcome: (outcome: Outcome) => void;
};

export async function scanGroup(group: ScanGroup, options: ScanOptions): Promise<void> {
  const scan = new GroupScan(group, options);
  try {
    while (scan.isUnfinished) await scan.runProcess();
  } finally {
    await scan.close();
  }
}

class GroupScan {
  readonly #group: ScanGroup;
  readonly #options: ScanOptions;
  readonly #bytes: FileBytes;
  readonly #records: (FileRecord | null | undefined)[] = [];
  readonly #left: Set<number>;
  #child: ChildProcess | null = null;
  /** The file that the process is at, its processor time when it got there, and when that last grew. */
  #at: { index: number; fromMs: number | null; lastMs: number; grewAt: number } | null = null;
  readonly #reads = new Map<number, number>();
  #exhausted: "time" | "memory" | null = null;
  #stderr = "";

  constructor(group: ScanGroup, options: ScanOptions) {
    this.#group = group;
    this.#options = options;
    this.#bytes = new FileBytes(group.files);
    this.#left = new Set(group.files.slice(0, group.wanted).keys());
  }

  get isUnfinished(): boolean {
    return this.#left.size > 0;
  }

  close(): Promise<void> {
    return this.#bytes.close();
  }

  /** One process, to the end of the work or to the file that ends it. */
  async runProcess(): Promise<void> {
    this.#options.signal.throwIfAborted();
    const child = startChild();
    this.#child = child;
    this.#at = null;
    this.#exhausted = null;
    this.#reads.clear();
    this.#stderr = "";
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-MAX_STDERR_CHARS);
    });
    child.on("message", (message: FromScan) => this.#hear(child, message));
    const interrupt = () => child.kill("SIGKILL");
    this.#options.signal.addEventListener("abort", interrupt);
    const closed = once(child, "close");
    const watching = setInterval(() => void this.#check(child), CHECK_MS);
    try {
      this.#send(child, {
        kind: "job",
        files: this.#group.files.map(({ name, sizeBytes }) => ({ path: name, sizeBytes })),
        records: this.#records,
        wanted: [...this.#left],
      });
      const [code, signal] = await closed;
      this.#options.signal.throwIfAborted();
      if (this.#left.size > 0) this.#blame(String(signal ?? code));
    } finally {
      clearInterval(watching);
      this.#options.signal.removeEventListener("abort", interrupt);
      child.kill("SIGKILL");
    }
  }

  #hear(child: ChildProcess, message: FromScan): void {
    if (message.kind === "at") {
      this.#at = { index: message.index, fromMs: null, lastMs: 0, grewAt: Date.now() };
    } else if (message.kind === "read") void this.#serve(child, message);
    else if (message.kind === "record") this.#records[message.index] = message.record;
    else if (message.kind === "verdict") {
      const { index, verdict, findings } = message;
      this.#tell(index, { kind: "scanned", verdict, findings });
    } else if (message.kind === "failed") {
      this.#tell(message.index, { kind: "unreadable", reason: message.reason });
    } else child.kill("SIGKILL");
  }

  #tell(index: number, result: Outcome["result"]): void {
    const file = this.#group.files[index];
    this.#records[index] ??= null;
    if (this.#left.delete(index) && file) this.#options.onOutcome({ file, result });
  }

  async #serve(child: ChildProcess, read: FromScan & { kind: "read" }): Promise<void> {
    const { id, file, offset, length } = read;
    this.#reads.set(id, Date.now());
    try {
      const bytes = await this.#bytes.read(file, offset, length);
      this.#send(child, { kind: "bytes", id, bytes });
    } catch (error) {
      this.#send(child, { kind: "failed", id, reason: reasonOf(error) });
    } finally {
      this.#reads.delete(id);
    }
  }

  /** Processor time counts: on a busy machine the time on the clock says nothing about a file. */
  async #check(child: ChildProcess): Promise<void> {
    const at = this.#at;
    const cpuMs = await cpuMsOfProcess(child.pid);
    if (at === null || at !== this.#at || child !== this.#child) return;
    at.fromMs ??= cpuMs;
    if (cpuMs !== at.lastMs) Object.assign(at, { lastMs: cpuMs, grewAt: Date.now() });
    const [oldestRead] = this.#reads.values();
    const isStuck =
      oldestRead === undefined
        ? Date.now() - at.grewAt > MAX_STILL_MS
        : Date.now() - oldestRead > MAX_READ_MS;
    if (cpuMs - at.fromMs <= this.#mostMs(at.index) && !isStuck) return;
    this.#exhausted = "time";
    child.kill("SIGKILL");
  }

  #mostMs(index: number): number {
    const { maxSeconds } = this.#options;
    if (maxSeconds !== undefined) return maxSeconds * 1000;
    const sizeBytes = this.#group.files[index]?.sizeBytes ?? 0;
    return Math.min(BASE_MS + (sizeBytes / 1024 ** 2) * MS_PER_MIB, MOST_MS);
  }

  /** The process is gone, and the file that it was at is why. */
  #blame(how: string): void {
    const at = this.#at;
    if (at === null) throw new Error(`The scan did not start (${how}): ${this.#stderr}`);
    // V8 ends a process whose heap is full by SIGABRT, and Linux one for which no memory is left by SIGKILL.
    const bound = this.#exhausted ?? (/^SIG(?:ABRT|KILL|TRAP)$/.test(how) ? "memory" : null);
    const detail =
      bound === null
        ? `The scan of the file ended with ${how}.`
        : `Reading the file took more ${bound} than a file of its size may take, and was stopped.`;
    const code = bound === null ? "unreadable" : `${bound}_exceeded`;
    const file = this.#group.files[at.index]?.name ?? "";
    const findings = [{ severity: "unscannable", code, detail, file } as const];
    this.#tell(at.index, { kind: "scanned", verdict: "unscannable", findings });
  }

  #send(child: ChildProcess, message: ToScan): void {
    // A child that has just ended drops the message.
    if (child.connected) child.send(message, () => {});
  }
}

/** Without the environment, and without any right but to read its own code. */
function startChild(): ChildProcess {
  const place = (path: string) => fileURLToPath(new URL(path, import.meta.url));
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  const isStable = major > 23 || (major === 23 && minor >= 5) || (major === 22 && minor >= 13);
  return fork(place(CHILD.file), [], {
    env: { NODE_ENV: "production" },
    execArgv: [
      `--max-old-space-size=${HEAP_MB}`,
      isStable ? "--permission" : "--experimental-permission",
      `--allow-fs-read=${place(CHILD.readable)}`,
    ],
    serialization: "advanced",
    stdio: ["ignore", "ignore", "pipe", "ipc"],
  });
}
