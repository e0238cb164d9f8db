/** Whole zstd frames, with the settings of the format's two kinds of content. */
import { constants, zstdCompressSync, zstdDecompressSync } from "node:zlib";
import { corrupt, MAX_WINDOW_LOG } from "./format.ts";

/**
 * `entropy`: Huffman coding and next to no search for matches, which planes of weights do not have; smaller and twice as
 * fast as any level. `general`: zstd's own choice for everything else.
 */
export type ZstdEffort = "entropy" | "general";

const PARAMETERS: Record<ZstdEffort, Record<number, number>> = {
  entropy: {
    [constants.ZSTD_c_compressionLevel]: 1,
    [constants.ZSTD_c_minMatch]: 7,
    [constants.ZSTD_c_hashLog]: 6,
  },
  general: { [constants.ZSTD_c_compressionLevel]: 3 },
};
const DECODING = { [constants.ZSTD_d_windowLogMax]: MAX_WINDOW_LOG };
/** A buffer that is filled to its end makes zlib allocate another one. */
const SPARE_BYTES = 64;

/** One frame that tells its length, so that it is decoded without an intermediate window. */
export function compressZstd(bytes: Uint8Array, effort: ZstdEffort): Uint8Array {
  return zstdCompressSync(bytes, {
    params: PARAMETERS[effort],
    pledgedSrcSize: bytes.length,
    // zstd's bound for what cannot be compressed.
    chunkSize: bytes.length + (bytes.length >> 7) + 1024,
  });
}

/** Throws `storage_corrupt` unless `frame` holds exactly `lengthBytes`. */
export function decompressZstd(frame: Uint8Array, lengthBytes: number): Uint8Array {
  try {
    return checked(zstdDecompressSync(frame, decodingOptions(lengthBytes)), lengthBytes);
  } catch (cause) {
    throw corrupt("a zstd frame cannot be decoded", cause);
  }
}

/**
 * Frees the memory of a frame, or of its content, at once; nobody may use it after this. Left to the garbage
 * collection it adds up to a hundred megabytes before it is collected, with all of the heap gone through each time.
 */
export function freeZstd(bytes: Uint8Array): void {
  // Shorter ones may share a buffer of Node's with others.
  if (bytes.buffer instanceof ArrayBuffer && bytes.buffer.byteLength > Buffer.poolSize)
    bytes.buffer.transfer(0);
}

function decodingOptions(lengthBytes: number) {
  return {
    params: DECODING,
    chunkSize: lengthBytes + SPARE_BYTES,
    maxOutputLength: lengthBytes + SPARE_BYTES,
    rejectGarbageAfterEnd: true,
  };
}

function checked(bytes: Uint8Array, lengthBytes: number): Uint8Array {
  if (bytes.length === lengthBytes) return bytes;
  throw new Error(`it holds ${bytes.length} bytes instead of ${lengthBytes}`);
}
