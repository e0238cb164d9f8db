/** A tar file by file: NeMo's models and old checkpoints are such archives. */
import { isRegistryError } from "../errors.ts";
import { chunksOf, memorySource, sliceSource } from "../formats/byte-source.ts";
import type { ByteSource } from "../formats/contract.ts";
import { readTar } from "../formats/tar.ts";
import type { ScanContent, ScanContext } from "./scan-context.ts";

const CHUNK_BYTES = 1024 * 1024;
/** Larger ones are read from the archive again, which costs a compressed archive another pass. */
const MAX_HELD_BYTES = 16 * 1024 * 1024;
const MAX_FILES = 65_000;

export async function scanTar(
  context: ScanContext,
  source: ByteSource,
  where: string,
  depth: number,
  scanContent: ScanContent,
): Promise<void> {
  let files = 0;
  try {
    for await (const { path, sizeBytes, offset, bytes } of readTar(chunksOf(source, CHUNK_BYTES))) {
      files += 1;
      if (files > MAX_FILES) {
        context.add("unscannable", "tar_unreadable", "The tar has too many files.", where);
        return;
      }
      let content = sliceSource(source, offset, sizeBytes);
      if (sizeBytes <= MAX_HELD_BYTES) {
        const pieces: Uint8Array[] = [];
        for await (const piece of bytes) pieces.push(piece.slice());
        content = memorySource(Buffer.concat(pieces));
      }
      await scanContent(context, content, `${where}!/${path}`, depth + 1);
    }
  } catch (error) {
    if (!isRegistryError(error) || error.status >= 500) throw error;
    context.add("unscannable", "tar_unreadable", error.detail, where);
  }
}
