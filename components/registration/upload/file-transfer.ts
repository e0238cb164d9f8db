import { ApiError } from "#components/api/request.ts";
import type { ChosenFile } from "../chosen-files.ts";
import { contentDigest, DIGEST_MAX_BYTES, sha256 } from "./content-digest.ts";
import type { FilePhase, FileRef, FileState } from "./file-state.ts";
import type { KeptUploads } from "./kept-uploads.ts";
import { type OpenUpload, openUpload, sliceOf } from "./open-upload.ts";
import type { Slots } from "./slots.ts";
import { readable } from "./unreadable-file.ts";
import type { UploadsApi } from "./uploads-api.ts";

/** When the removal takes longer, the server's own expiry removes the upload. */
const REMOVE_TIMEOUT_MS = 10_000;

export type TransferPlaces = { api: UploadsApi; kept: KeptUploads; form: string; slots: Slots };

/** One file on its way. Its methods may be called again after a pause or a failure and then do what is left. */
export class FileTransfer {
  readonly chosen: ChosenFile;
  readonly #places: TransferPlaces;
  readonly #onChange: () => void;
  #upload: OpenUpload | null = null;
  #storedAs: string | null = null;
  #phase: FilePhase = "waiting";
  #error: unknown = null;
  #retryAt: number | null | undefined;
  readonly #inFlight = new Map<number, number>();
  /** Parts that were cut on their way: only the server knows which of them have arrived. */
  readonly #cut = new Set<number>();

  constructor(chosen: ChosenFile, places: TransferPlaces, onChange: () => void) {
    this.chosen = chosen;
    this.#places = places;
    this.#onChange = onChange;
  }

  get state(): FileState {
    return {
      phase: this.#phase,
      sentBytes: this.#sentBytes(),
      sizeBytes: this.chosen.file.size,
      retryAt: this.#retryAt,
      error: this.#error,
      wasStored: this.#storedAs !== null,
    };
  }

  get uploadId(): string | null {
    return this.#upload?.id ?? null;
  }

  /** Null until the bytes are stored. */
  get ref(): FileRef | null {
    const { path } = this.chosen;
    if (this.#phase !== "stored") return null;
    if (this.#storedAs !== null) return { path, digest: this.#storedAs };
    return this.#upload && { path, upload_id: this.#upload.id };
  }

  fail(error: unknown): void {
    this.#error = error;
    this.#move("failed");
  }

  /** Makes sure that the server would take the file; sends none of it. */
  async open(signal: AbortSignal): Promise<void> {
    if (this.#upload !== null || this.#storedAs !== null) return;
    this.#move("opening");
    const { chosen } = this;
    const opened = await this.#places.slots.run(signal, () =>
      readable(openUpload(this.#places, chosen, { signal, onRetry: this.#noteRetry })),
    );
    if ("storedAs" in opened) this.#storedAs = opened.storedAs;
    else this.#upload = opened;
    this.#move(this.#storedAs !== null || this.#upload?.isSealed ? "stored" : "ready");
  }

  /** Opens, sends the parts that are missing, and seals. */
  async finish(signal: AbortSignal): Promise<void> {
    try {
      await this.#finishOnce(signal);
    } catch (error) {
      if (!isLost(error)) throw error;
      // The upload expired, or the server has other parts than we thought, so it is opened once more.
      this.reopen();
      await this.#finishOnce(signal);
    }
  }

  /** The next `open` asks the server anew. */
  reopen(): void {
    this.#upload = null;
    this.#storedAs = null;
    this.#cut.clear();
    this.#move("waiting");
  }

  /** Removes the upload from this browser's memory and then from the server. */
  async discard(): Promise<void> {
    const id = this.uploadId;
    await this.release();
    if (id === null) return;
    const { signal } = new AbortController();
    await this.#places.slots.run(signal, () =>
      this.#places.api.remove(id, { signal: AbortSignal.timeout(REMOVE_TIMEOUT_MS) }),
    );
  }

  /** Removes the upload from this browser's memory only. */
  async release(): Promise<void> {
    const id = this.uploadId;
    this.reopen();
    if (id !== null) await this.#places.kept.forget(id).catch(() => undefined);
  }

  async #finishOnce(signal: AbortSignal): Promise<void> {
    await this.open(signal);
    const upload = this.#upload;
    if (this.#phase === "stored" || upload === null) return;
    this.#move("ready");
    if (this.#cut.size > 0) await this.#askForCut(upload, signal);
    await this.#sendMissing(upload, signal);
    this.#move("sealing");
    await this.#places.slots.run(signal, () =>
      this.#places.api.complete(upload.id, { signal, onRetry: this.#noteRetry }),
    );
    upload.isSealed = true;
    this.#move("stored");
  }

  async #askForCut(upload: OpenUpload, signal: AbortSignal): Promise<void> {
    const wire = await this.#places.slots.run(signal, () =>
      this.#places.api.find(upload.id, { signal, onRetry: this.#noteRetry }),
    );
    for (const part of wire?.received ?? [])
      if (this.#cut.has(part) && !upload.unproven.has(part)) upload.received.add(part);
    this.#cut.clear();
  }

  /** The first part that fails for good stops the others of this file. */
  async #sendMissing(upload: OpenUpload, signal: AbortSignal): Promise<void> {
    const failed = new AbortController();
    const either = AbortSignal.any([signal, failed.signal]);
    const missing = Array.from({ length: upload.parts }, (_, part) => part).filter(
      (part) => !upload.received.has(part),
    );
    const sending = missing.map((part) =>
      this.#places.slots
        .run(either, () => readable(this.#sendPart(upload, part, either)))
        .catch((error) => {
          failed.abort(error);
          throw error;
        }),
    );
    const ends = await Promise.allSettled(sending);
    signal.throwIfAborted();
    if (failed.signal.aborted) throw failed.signal.reason;
    if (ends.some((end) => end.status === "rejected")) throw new Error("a part was not sent");
  }

  async #sendPart(upload: OpenUpload, part: number, signal: AbortSignal): Promise<void> {
    if (this.#phase !== "sending") this.#move("sending");
    const slice = sliceOf(this.chosen.file, part, upload.partSizeBytes);
    // The bytes that are hashed are those that are sent, even if the file changes meanwhile.
    const bytes = slice.size <= DIGEST_MAX_BYTES ? await slice.arrayBuffer() : null;
    const hash = bytes && (await sha256(bytes));
    const digest = hash && contentDigest(hash);
    // Chromium sends a Blob six times as fast as the same bytes in an ArrayBuffer.
    const body = bytes ? new Blob([bytes]) : slice;
    // The digest is kept before the part leaves: the answer may be lost with the page, and the server has the part
    // then.
    if (digest !== null)
      await this.#places.kept.keepPart(upload.id, part, digest).catch(() => undefined);
    try {
      await this.#places.api.putPart(
        upload.id,
        { number: part, body, digest },
        { signal, onRetry: this.#noteRetry, onProgress: (sent) => this.#noteSent(part, sent) },
      );
      upload.received.add(part);
    } catch (error) {
      if (signal.aborted) this.#cut.add(part);
      throw error;
    } finally {
      this.#inFlight.delete(part);
      this.#retryAt = undefined;
      this.#onChange();
    }
  }

  readonly #noteRetry = ({ at }: { at: number | null }): void => {
    this.#retryAt = at;
    this.#onChange();
  };

  #noteSent(part: number, sent: number): void {
    this.#inFlight.set(part, sent);
    this.#retryAt = undefined;
    this.#onChange();
  }

  #move(phase: FilePhase): void {
    this.#phase = phase;
    this.#retryAt = undefined;
    if (phase !== "failed") this.#error = null;
    this.#onChange();
  }

  #sentBytes(): number {
    const { size } = this.chosen.file;
    const upload = this.#upload;
    if (this.#phase === "stored") return size;
    if (upload === null) return 0;
    let sent = upload.received.size * upload.partSizeBytes;
    // The last part is shorter.
    if (upload.received.has(upload.parts - 1)) sent += size - upload.parts * upload.partSizeBytes;
    for (const part of this.#inFlight.values()) sent += part;
    return Math.min(sent, size);
  }
}

function isLost(error: unknown): boolean {
  return (
    error instanceof ApiError &&
    (error.status === 404 || error.status === 410 || error.status === 409)
  );
}
