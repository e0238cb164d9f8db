/** Files that are protobuf from the first byte to the last: SentencePiece models, SavedModel's records. */
import { isRegistryError } from "../errors.ts";
import type { ByteSource } from "../formats/contract.ts";
import { ProtoWalker } from "../formats/protobuf.ts";
import { WindowReader } from "../formats/window-reader.ts";

/** Shorter ones are too easily met by chance. */
const MIN_BYTES = 16;

export async function isProtobuf(source: ByteSource): Promise<boolean> {
  if (source.sizeBytes < MIN_BYTES) return false;
  const reader = new WindowReader({ path: "", source }, "protobuf");
  try {
    await new ProtoWalker(reader).walk(0, source.sizeBytes, () => undefined);
    return true;
  } catch (error) {
    if (isRegistryError(error) && error.status < 500) return false;
    throw error;
  }
}
