/** Files that are protobuf from the first byte to the last: SentencePiece models, SavedModel's records. */
import { isRegistryError } from "#lib/errors.ts";
import { LEN, ProtoWalker } from "#lib/formats/bytes/protobuf.ts";
import { WindowReader } from "#lib/formats/bytes/window-reader.ts";
import type { ByteSource } from "#lib/formats/contract.ts";

/** Shorter ones are too easily met by chance. */
const MIN_BYTES = 16;
/** Numbers alone are a message only where they are few, as in SavedModel's fingerprint. */
const MAX_NUMBERS_BYTES = 256;
/** Core ML has a field 3000; numbers that are weights have all of them. */
const MAX_FIELD = 20_000;

export async function isProtobuf(source: ByteSource): Promise<boolean> {
  if (source.sizeBytes < MIN_BYTES) return false;
  const reader = new WindowReader({ path: "", source }, "protobuf");
  try {
    let hasParts = false;
    await new ProtoWalker(reader).walk(0, source.sizeBytes, ({ number, wireType }) => {
      if (number > MAX_FIELD) reader.fail("it has a field that no model has");
      hasParts ||= wireType === LEN;
    });
    return hasParts || source.sizeBytes <= MAX_NUMBERS_BYTES;
  } catch (error) {
    if (isRegistryError(error) && error.status < 500) return false;
    throw error;
  }
}
