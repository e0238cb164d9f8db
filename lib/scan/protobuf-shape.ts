/** Files that are protobuf from the first byte to the last: SentencePiece models, SavedModel's records. */
import { isRegistryError } from "../errors.ts";
import type { ByteSource } from "../formats/contract.ts";
import { ProtoWalker } from "../formats/protobuf.ts";
import { WindowReader } from "../formats/window-reader.ts";

/** Vocabularies take some megabytes. What is larger is a model, and a reader should have known it. */
const MAX_BYTES = 32 * 1024 * 1024;
/** Shorter ones are too easily met by chance. */
const MIN_BYTES = 16;

export async function isProtobuf(source: ByteSource): Promise<boolean> {
  if (source.sizeBytes < MIN_BYTES || source.sizeBytes > MAX_BYTES) return false;
  const reader = new WindowReader({ path: "", source }, "protobuf");
  try {
    await new ProtoWalker(reader).walk(0, source.sizeBytes, () => undefined);
    return true;
  } catch (error) {
    if (isRegistryError(error)) return false;
    throw error;
  }
}
