/** A tar file by file: NeMo's models and old checkpoints are such archives. */
import { isRegistryError } from "#lib/errors.ts";
import { readTar } from "#lib/formats/archives/tar.ts";
import {
  chunksOf,
  memberSource,
  memorySource,
  sliceSource,
} from "#lib/formats/bytes/byte-source.ts";
import type { ByteSource } from "#lib/formats/contract.ts";
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
  let end = source.sizeBytes;
  const chunks = chunksOf(source, CHUNK_BYTES);
  try {
    for await (const { path, sizeBytes, offset, bytes } of readTar(chunks, (at) => {
      end = at;
    })) {
      files += 1;
      if (files > MAX_FILES) {
        context.add("unscannable", "tar_unreadable", "The tar has too many files.", where);
        return;
      }
      let content = memberSource(source, offset, sizeBytes);
      if (sizeBytes <= MAX_HELD_BYTES) {
        const pieces: Uint8Array[] = [];
        for await (const piece of bytes) pieces.push(piece.slice());
        content = memorySource(Buffer.concat(pieces));
      }
      await scanContent(context, content, `${where}!/${path}`, depth + 1);
    }
    const rest = await afterZeros(source, end);
    if (rest !== null) {
      const at = (source.startsAt ?? 0) + source.sizeBytes - rest.sizeBytes;
      context.add("suspicious", "tar_appended", "Bytes follow the end of the tar.", where, at);
      await scanContent(context, rest, where, depth + 1);
    }
  } catch (error) {
    if (!isRegistryError(error) || error.status >= 500) throw error;
    context.add("unscannable", "tar_unreadable", error.detail, where);
  }
}

/**
 * The bytes behind the zeros that fill up a tar, which a reader that is told to go on finds; null when there are
 * none.
 */
async function afterZeros(source: ByteSource, from: number): Promise<ByteSource | null> {
  let at = from;
  for await (const chunk of chunksOf(
    sliceSource(source, from, source.sizeBytes - from),
    CHUNK_BYTES,
  )) {
    const first = chunk.findIndex((byte) => byte !== 0);
    if (first >= 0) return sliceSource(source, at + first, source.sizeBytes - at - first);
    at += chunk.length;
  }
  return null;
}
