import { RegistryError } from "#lib/errors.ts";
import type { UploadArea } from "#lib/storage/contract.ts";
import { shapeOf, type UploadRow } from "./upload-rows.ts";

/** Reads a part that is stored along with one that comes in. Throws `upload_conflict` when they differ. */
export async function compareWithStored(
  area: UploadArea,
  upload: UploadRow,
  part: number,
  receive: (take: (chunk: Uint8Array) => Promise<void>) => Promise<void>,
): Promise<void> {
  const reader = await area.openReader();
  let at = part * shapeOf(upload).partSizeBytes;
  let stored = Buffer.alloc(0);
  try {
    await receive(async (chunk) => {
      if (stored.length < chunk.length) stored = Buffer.allocUnsafe(chunk.length);
      for (let read = 0; read < chunk.length; ) {
        const count = await reader.read(stored.subarray(read, chunk.length), at + read);
        if (count === 0) throw otherBytes(part);
        read += count;
      }
      if (stored.compare(chunk, 0, chunk.length, 0, chunk.length) !== 0) throw otherBytes(part);
      at += chunk.length;
    });
  } finally {
    await reader.close();
  }
}

function otherBytes(part: number): RegistryError {
  return new RegistryError(
    "upload_conflict",
    `Part ${part} was received with other bytes before. Remove the upload and begin a new one.`,
  );
}
