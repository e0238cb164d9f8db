import type { ChosenFile } from "../chosen-files.ts";
import type { FileRef, FileState } from "./file-state.ts";
import { FileTransfer, type TransferPlaces } from "./file-transfer.ts";
import { fingerprintOf, isSameFile } from "./kept-uploads.ts";
import { Slots } from "./slots.ts";

/** Browsers allow six connections per server over http; one is for live changes, one for everything else. */
const CONNECTIONS = 4;
/**
 * Files that the server is asked about before the first byte: one that is refused for its size is among the largest.
 */
const OPENED_FIRST = 50;
/** The server limits the open uploads of one actor, and a folder may have ten thousand files. */
const FILES_AT_ONCE = 8;

/** In `opening` the server is asked whether it takes the files, before the first byte. */
export type QueuePhase = "idle" | "opening" | "sending" | "paused";

export type QueueState = {
  phase: QueuePhase;
  sentBytes: number;
  totalBytes: number;
  files: ReadonlyMap<string, FileState>;
};

/** `failed` means that some file is not there, for the reason in its state; stored files stay for the next run. */
export type Outcome = "stored" | "failed" | "cancelled";

type Step = (transfer: FileTransfer, signal: AbortSignal) => Promise<void>;

/** All files of one registration: parts in parallel over all of them, pause, resume, retry, cancel. */
export class UploadQueue {
  readonly #places: TransferPlaces;
  readonly #onChange: () => void;
  #transfers: FileTransfer[] = [];
  #phase: QueuePhase = "idle";
  /** Aborted by a pause or the cancellation. */
  #span = new AbortController();
  #resumed = Promise.withResolvers<void>();
  #isCancelled = false;
  #step: Step | null = null;
  readonly #jobs = new Set<Promise<void>>();
  readonly #files = new Slots(FILES_AT_ONCE);

  constructor(places: Omit<TransferPlaces, "slots">, onChange: () => void) {
    this.#places = { ...places, slots: new Slots(CONNECTIONS) };
    this.#onChange = onChange;
  }

  get state(): QueueState {
    const files = new Map(this.#transfers.map((each) => [each.chosen.path, each.state]));
    let sentBytes = 0;
    let totalBytes = 0;
    for (const file of files.values()) {
      sentBytes += file.sentBytes;
      totalBytes += file.sizeBytes;
    }
    return { phase: this.#phase, sentBytes, totalBytes, files };
  }

  /** References for the registration; complete after a run that ended as `stored`. */
  get refs(): FileRef[] {
    return this.#transfers.flatMap((each) => each.ref ?? []);
  }

  /** Brings all files to the server. Files of an earlier run go on where they were. */
  async run(files: readonly ChosenFile[]): Promise<Outcome> {
    this.#begin();
    this.#take(files);
    this.#move("opening");
    const opened = await this.#all(this.#largest(), (each, signal) => each.open(signal));
    if (opened !== "stored") return this.#end(opened);
    this.#move("sending");
    return this.#end(await this.#all(this.#transfers, (each, signal) => each.finish(signal)));
  }

  /** Tries one failed file again: as a part of a run that is under way, else in a run of its own. */
  async retry(path: string): Promise<void> {
    const transfer = this.#transfers.find((each) => each.chosen.path === path);
    if (transfer?.state.phase !== "failed") return;
    if (this.#step !== null) {
      this.#start(transfer, this.#step);
      return;
    }
    this.#begin();
    this.#move("sending");
    this.#step = (each, signal) => each.finish(signal);
    this.#start(transfer, this.#step);
    await this.#drain();
    this.#end("stored");
  }

  /** Cuts the parts that are on their way; parts that have arrived stay. */
  pause(): void {
    if (this.#phase !== "sending") return;
    this.#resumed = Promise.withResolvers();
    this.#move("paused");
    this.#span.abort(new DOMException("paused", "AbortError"));
  }

  resume(): void {
    if (this.#phase !== "paused") return;
    this.#span = new AbortController();
    this.#move("sending");
    this.#resumed.resolve();
  }

  /** Ends the run and removes every upload of it from the server, as far as the server can be reached. */
  async cancel(): Promise<void> {
    this.#isCancelled = true;
    this.#span.abort(new DOMException("cancelled", "AbortError"));
    this.#resumed.resolve();
    await this.#drain();
    const gone = this.#transfers;
    this.#transfers = [];
    await Promise.allSettled(gone.map((each) => each.discard()));
    this.#onChange();
  }

  /** The server does not know the uploads any more: the next run asks for each. */
  reopen(): void {
    for (const transfer of this.#transfers) transfer.reopen();
  }

  /**
   * Forgets the uploads, which have become a version: this browser need not remember them, and their holds on the
   * bytes may go.
   */
  async release(): Promise<void> {
    const done = this.#transfers;
    this.#transfers = [];
    const ids = done.flatMap((each) => each.uploadId ?? []);
    await Promise.allSettled(done.map((each) => each.release()));
    const { signal } = new AbortController();
    // Nobody waits for the removal: an upload that is not removed expires.
    for (const id of ids)
      void this.#places.slots
        .run(signal, () => this.#places.api.remove(id, { signal }))
        .catch(() => undefined);
  }

  /** Stops without removing anything, because the page goes away. */
  abandon(): void {
    this.#isCancelled = true;
    this.#span.abort(new DOMException("left", "AbortError"));
    this.#resumed.resolve();
  }

  #begin(): void {
    this.#span = new AbortController();
    this.#isCancelled = false;
  }

  #end(outcome: Outcome): Outcome {
    this.#step = null;
    this.#move("idle");
    return this.#isCancelled ? "cancelled" : outcome;
  }

  /** The same file keeps its transfer; a file that is no longer chosen is removed from the server. */
  #take(files: readonly ChosenFile[]): void {
    const before = new Map(this.#transfers.map((each) => [each.chosen.path, each]));
    this.#transfers = files.map((chosen) => {
      const known = before.get(chosen.path);
      if (!known || !isSameFile(fingerprintOf(known.chosen), fingerprintOf(chosen)))
        return new FileTransfer(chosen, this.#places, this.#onChange);
      before.delete(chosen.path);
      return known;
    });
    for (const dropped of before.values()) void dropped.discard().catch(() => undefined);
  }

  #largest(): FileTransfer[] {
    const size = (each: FileTransfer) => each.chosen.file.size;
    return this.#transfers.toSorted((a, b) => size(b) - size(a)).slice(0, OPENED_FIRST);
  }

  async #all(transfers: readonly FileTransfer[], step: Step): Promise<Outcome> {
    this.#step = step;
    for (const transfer of transfers) this.#start(transfer, step);
    await this.#drain();
    const isFailed = this.#transfers.some((each) => each.state.phase === "failed");
    if (this.#isCancelled) return "cancelled";
    return isFailed ? "failed" : "stored";
  }

  #start(transfer: FileTransfer, step: Step): void {
    const job = this.#persist(transfer, step).finally(() => this.#jobs.delete(job));
    this.#jobs.add(job);
  }

  async #drain(): Promise<void> {
    while (this.#jobs.size > 0) await Promise.all([...this.#jobs]);
  }

  /** Brings a file through a step, over any number of pauses; never throws. */
  async #persist(transfer: FileTransfer, step: Step): Promise<void> {
    while (!this.#isCancelled) {
      if (this.#phase === "paused") await this.#resumed.promise;
      const { signal } = this.#span;
      try {
        return await this.#files.run(signal, () => step(transfer, signal));
      } catch (error) {
        if (signal.aborted) continue;
        transfer.fail(error);
        return;
      }
    }
  }

  #move(phase: QueuePhase): void {
    this.#phase = phase;
    this.#onChange();
  }
}
