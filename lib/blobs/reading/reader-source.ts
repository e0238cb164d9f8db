import type { ByteSource } from "#lib/formats/contract.ts";
import type { BlobReader } from "#lib/storage/contract.ts";

/** A blob as `lib/formats` reads it. */
export function readerSource(reader: BlobReader): ByteSource {
  return {
    sizeBytes: reader.sizeBytes,
    async read(offset, length) {
      const into = new Uint8Array(Math.max(0, Math.min(length, reader.sizeBytes - offset)));
      const count = await reader.read(into, offset);
      return into.subarray(0, count);
    },
  };
}
