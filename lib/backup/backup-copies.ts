import type { SpareCopies } from "#lib/blobs/blob-store.ts";
import { isRegistryError } from "#lib/errors.ts";
import { backupBlobKey } from "#lib/storage/backup-layout.ts";
import type { BlobReader } from "#lib/storage/contract.ts";
import type { BackupTargets } from "./backup-targets.ts";
import { ByteQueue } from "./byte-queue.ts";
import type { BackupTarget } from "./target.ts";

/** Blobs of the backups, for the scrub to heal damaged ones from. */
export function backupCopies(backups: BackupTargets): SpareCopies {
  return {
    async open(sha256, sizeBytes) {
      if (!backups.isEnabled) return null;
      const target = await backups.open({ forWriting: false }).catch((error) => {
        // With a passphrase a new place has no key yet.
        if (isRegistryError(error) && error.code === "not_found") return null;
        throw error;
      });
      if (target === null) return null;
      const key = backupBlobKey(sha256);
      if ((await target.storage.stat(key + target.suffix)) !== null)
        return new CopyReader(target, target.read(key), sizeBytes);
      await target.close();
      return null;
    },
  };
}

/** Reads from the beginning to the end: what is encrypted has no other way. */
class CopyReader implements BlobReader {
  readonly sizeBytes: number;
  readonly #target: BackupTarget;
  readonly #source: AsyncGenerator<Uint8Array>;
  readonly #queue = new ByteQueue();
  #at = 0;

  constructor(target: BackupTarget, source: AsyncGenerator<Uint8Array>, sizeBytes: number) {
    this.#target = target;
    this.#source = source;
    this.sizeBytes = sizeBytes;
  }

  async read(into: Uint8Array, offset: number): Promise<number> {
    if (offset !== this.#at) throw new RangeError("A copy is read in order.");
    while (this.#queue.length < into.length) {
      const { value, done } = await this.#source.next();
      if (done) break;
      this.#queue.add(value);
    }
    const bytes = this.#queue.take(Math.min(into.length, this.#queue.length));
    into.set(bytes);
    this.#at += bytes.length;
    return bytes.length;
  }

  async close(): Promise<void> {
    await this.#source.return(undefined);
    await this.#target.close();
  }
}
