import type { Database } from "#lib/db/client.ts";
import { areSumsOf } from "#lib/storage/block-sums.ts";
import { saveBlockSums } from "./save-block-sums.ts";

/** Checksums of about 2 TiB. The longest unasked ones are forgotten first. */
const KEPT_BYTES = 32 * 1024 * 1024;
/** Bytes that an entry takes besides its checksums, about. */
const ENTRY_BYTES = 256;

/** The checksums of blobs, from the database; those in use stay in memory. */
export class KnownSums {
  readonly #db: Database;
  readonly #kept = new Map<string, Uint8Array>();
  #keptBytes = 0;

  constructor(db: Database) {
    this.#db = db;
  }

  /** null when the database has no checksums of so many bytes. */
  async find(sha256: string, sizeBytes: number): Promise<Uint8Array | null> {
    const kept = this.#kept.get(sha256);
    const sums = kept ?? (await this.#load(sha256));
    if (sums === null || !areSumsOf(sums, sizeBytes)) return null;
    this.#keep(sha256, sums);
    return sums;
  }

  /** Makes the next `find` ask the database again. */
  forget(sha256: string): void {
    const kept = this.#kept.get(sha256);
    if (!kept) return;
    this.#kept.delete(sha256);
    this.#keptBytes -= kept.byteLength + ENTRY_BYTES;
  }

  /** Saves the checksums of a blob whose bytes were read whole and found right. */
  async save(sha256: string, sums: Uint8Array): Promise<void> {
    await saveBlockSums(this.#db, [{ sha256, blockSums: sums }]);
    this.#keep(sha256, sums);
  }

  async #load(sha256: string): Promise<Uint8Array | null> {
    const row = await this.#db.blockSums.findUnique({ where: { digest: sha256 } });
    return row?.sums ?? null;
  }

  #keep(sha256: string, sums: Uint8Array): void {
    this.forget(sha256);
    this.#kept.set(sha256, sums);
    this.#keptBytes += sums.byteLength + ENTRY_BYTES;
    for (const oldest of this.#kept.keys()) {
      if (this.#keptBytes <= KEPT_BYTES) break;
      this.forget(oldest);
    }
  }
}
