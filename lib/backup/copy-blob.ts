/** Copies and checks single blobs between the registry's store and a place for backups. Runs in a thread. */
import { createHash } from "node:crypto";
import { openStored } from "#lib/blobs/reading/open-stored.ts";
import { RegistryError } from "#lib/errors.ts";
import { backupBlobKey } from "#lib/storage/backup-layout.ts";
import type { StorageDriver } from "#lib/storage/contract.ts";
import { blobKey } from "#lib/storage/layout.ts";
import type { ListedBlob } from "./blob-list.ts";
import { type BackupTarget, readAhead, writeAll } from "./target.ts";

export type CopyWork = { storage: StorageDriver; target: BackupTarget; signal: AbortSignal };

/** The content of a blob, decoded from whatever form it has, into the target. Throws `storage_corrupt`, and for the target what writing throws. */
export async function copyOut(work: CopyWork, blob: ListedBlob): Promise<void> {
  const { storage, target } = work;
  const reader = await openStored(storage, blob.sha256, blob.sizeBytes);
  try {
    const sum = new Sum(work.signal);
    const writer = await target.storage.createWriter();
    try {
      await writeAll(writer, target.encrypt(sum.tap(readAhead(reader), !target.isEncrypted)));
      const written = await writer.finish();
      // Plain bytes are hashed by the writer already.
      assertSame(blob, target.isEncrypted ? sum.result() : written);
      await writer.commit(backupBlobKey(blob.sha256) + target.suffix);
    } finally {
      await writer.abort();
    }
  } finally {
    await reader.close();
  }
}

/** Reads a blob of the target to its end. Throws `blob_not_found`, `storage_corrupt`. */
export async function checkCopy(work: CopyWork, blob: ListedBlob): Promise<void> {
  const sum = new Sum(work.signal);
  for await (const _bytes of sum.tap(work.target.read(backupBlobKey(blob.sha256))));
  assertSame(blob, sum.result());
}

/** A blob of the target into the store, raw; false when one of that length is there. Throws `blob_not_found`, `storage_corrupt`. */
export async function copyIn(work: CopyWork, blob: ListedBlob): Promise<boolean> {
  const { storage, target } = work;
  const key = blobKey(blob.sha256);
  if ((await storage.stat(key))?.sizeBytes === blob.sizeBytes) return false;
  const writer = await storage.createWriter();
  try {
    const sum = new Sum(work.signal);
    await writeAll(writer, sum.tap(target.read(backupBlobKey(blob.sha256)), true));
    assertSame(blob, await writer.finish());
    await writer.commit(key);
    return true;
  } finally {
    await writer.abort();
  }
}

function assertSame(
  blob: ListedBlob,
  { sha256, sizeBytes }: { sha256: string; sizeBytes: number },
): void {
  if (sha256 === blob.sha256 && sizeBytes === blob.sizeBytes) return;
  throw new RegistryError("storage_corrupt", `The bytes of sha256:${blob.sha256} are others.`);
}

class Sum {
  readonly #signal: AbortSignal;
  readonly #hash = createHash("sha256");
  #bytes = 0;

  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  /** `isHashedLater`: somebody else does it. */
  async *tap(source: AsyncIterable<Uint8Array>, isHashedLater = false): AsyncGenerator<Uint8Array> {
    for await (const bytes of source) {
      this.#signal.throwIfAborted();
      if (!isHashedLater) this.#hash.update(bytes);
      this.#bytes += bytes.length;
      yield bytes;
    }
  }

  result(): ListedBlob {
    return { sha256: this.#hash.digest("hex"), sizeBytes: this.#bytes };
  }
}
