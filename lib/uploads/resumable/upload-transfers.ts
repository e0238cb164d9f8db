import type { Ctx } from "#lib/context.ts";
import type { CompletedUpload } from "../schema.ts";
import { PartTurns } from "./part-turns.ts";
import type { UploadHasher } from "./upload-hasher.ts";
import { countContiguous, shapeOf, type UploadRow } from "./upload-rows.ts";

/** What this process remembers of uploads in progress. All of it may be lost: the store and the database have the rest. */
export class UploadTransfers {
  readonly hasher: UploadHasher;
  readonly turns = new PartTurns();
  readonly #following = new Map<string, { isAgain: boolean; isOver: boolean }>();
  readonly #completing = new Map<string, Promise<CompletedUpload>>();

  constructor(hasher: UploadHasher) {
    this.hasher = hasher;
  }

  /** Hashes as far as parts are there without a gap, in the background; parts may have come to another replica. */
  follow(ctx: Ctx, upload: UploadRow): void {
    const running = this.#following.get(upload.id);
    if (running) {
      running.isAgain = true;
      return;
    }
    void this.#follow(ctx, upload).catch((error: unknown) =>
      // Completing the upload hashes it from its beginning.
      ctx.log.warn({ operation: "hash_upload", upload: upload.id, error }, "failed"),
    );
  }

  /** Completes the upload once, however many ask at once; all get the one result. */
  async completeOnce(
    id: string,
    complete: () => Promise<CompletedUpload>,
  ): Promise<CompletedUpload> {
    const running = this.#completing.get(id);
    if (running) return running;
    const started = complete().finally(() => {
      this.#stopFollowing(id);
      this.#completing.delete(id);
    });
    this.#completing.set(id, started);
    return started;
  }

  /** To be called when the upload is gone or stored: nothing here may touch its bytes any more. */
  async end(id: string): Promise<void> {
    this.#stopFollowing(id);
    await this.hasher.forget(id);
  }

  close(): Promise<void> {
    return this.hasher.close();
  }

  async #follow(ctx: Ctx, upload: UploadRow): Promise<void> {
    const state = { isAgain: true, isOver: false };
    this.#following.set(upload.id, state);
    const shape = shapeOf(upload);
    let parts = 0;
    try {
      while (state.isAgain) {
        state.isAgain = false;
        const more = await countContiguous(ctx, upload.id, parts);
        // The request that completes the upload hashes the rest. Asking afterwards would begin the transfer anew in
        // the store.
        if (state.isOver || this.#completing.has(upload.id)) return;
        if (more === 0) continue;
        parts += more;
        const toBytes = Math.min(parts * shape.partSizeBytes, shape.sizeBytes);
        await this.hasher.advance(upload.id, shape, toBytes);
      }
    } finally {
      this.#following.delete(upload.id);
    }
  }

  #stopFollowing(id: string): void {
    const following = this.#following.get(id);
    if (following) following.isOver = true;
  }
}
