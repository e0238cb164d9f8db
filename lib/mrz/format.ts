/**
 * The numbers of the `.mrz` format, version 3; docs/mrz-format.md describes it byte by byte. All integers are little
 * endian.
 *
 *   head        16 bytes: magic, version
 *   payloads    of the blocks, one after the other
 *   directory   raw length and digest, sources, one entry for each block
 *   footer      32 bytes: where the directory is, its checksum
 */
import { RegistryError } from "#lib/errors.ts";

export const FORMAT_VERSION = 3;

/** As PNG's: a transfer that changes line ends or strips the high bit is noticed at once. */
export const HEAD_MAGIC = Uint8Array.from([0x89, 0x4d, 0x52, 0x5a, 0x0d, 0x0a, 0x1a, 0x0a]);
export const FOOTER_MAGIC = Uint8Array.from([0x7a, 0x72, 0x6d, 0x2d, 0x65, 0x6e, 0x64, 0x0a]);
export const HEAD_BYTES = 16;
export const FOOTER_BYTES = 32;
export const SUMMARY_BYTES = 48;
export const SOURCE_BYTES = 40;
export const ENTRY_BYTES = 48;
export const PIECE_BYTES = 16;
export const SHA256_BYTES = 32;
/** Length of a plane; the highest bit is set if it is a zstd frame, and not if it is stored as it is. */
export const PLANE_HEAD_BYTES = 4;
export const PLANE_IS_ZSTD = 0x80000000;

/** A random read decodes one; larger ones gain nothing. */
export const MAX_BLOCK_BYTES = 1024 * 1024;
/** 4 TiB in full blocks; the directory of it would be 192 MiB, which must be in the file to be believed. */
export const MAX_BLOCKS = 4 * 1024 * 1024;
/** Each is another file to open for a read, and to keep for as long as this one lives. */
export const MAX_SOURCES = 64;
/** How many blobs an encoder may put one behind the other, each needed to decode the next. */
export const MAX_CHAIN_DEPTH = 3;
/**
 * How many files a reader opens one behind the other. More than an encoder makes, since a source may have been
 * encoded anew meanwhile; bounded, since damaged files may refer to each other in a circle.
 */
export const MAX_OPEN_DEPTH = 8;
/** Frames that need more memory than two blocks to be decoded are not ours. */
export const MAX_WINDOW_LOG = 21;

export const ENCODING = {
  /** The bytes themselves. */
  raw: 0,
  /** One zstd frame. */
  zstd: 1,
  /** Elements split into planes of bytes, each plane raw or one zstd frame. */
  grouped: 2,
  /** Bytes of another blob. */
  reference: 3,
  /** Planes of the difference to bytes of another blob. */
  delta: 4,
  /** One byte, repeated. */
  fill: 5,
  /** The bytes of an earlier block of this file. */
  repeat: 6,
} as const;
export type EncodingName = keyof typeof ENCODING;

export const ENCODING_NAMES = Object.keys(ENCODING) as EncodingName[];

export type ElementSize = 1 | 2 | 4 | 8;

/** How a block is split into planes: `phase` bytes, elements, and what is left. */
export type Grouping = {
  elementSize: ElementSize;
  /** Bytes before the first whole element, less than one element. */
  phase: number;
  /** The sign goes to the lowest bit (floating point; a difference needs none). */
  isRotated: boolean;
};

/** A blob by the SHA-256 of its raw bytes, lower-case hex. */
export type SourceRef = { sha256: string; sizeBytes: number };

/** A directory entry. Fields that its encoding does not use are zero. */
export type BlockEntry = {
  lengthBytes: number;
  payloadBytes: number;
  /** XXH64 of the raw bytes, seed 0. */
  checksum: bigint;
  encoding: EncodingName;
  grouping: Grouping | null;
  fillByte: number;
  /** First bytes of the SHA-256 of the raw bytes. */
  piece: Uint8Array;
  /** Place in the list of sources. */
  source: number;
  /** In the raw bytes of the source; for `repeat` the number of the block. */
  sourceOffset: number;
};

/** Anything that can be read at random, e.g. a BlobReader of lib/storage. */
export type RandomAccess = {
  readonly sizeBytes: number;
  /** Fills `into` from `offset`; gives the count of bytes read (less only at the end). */
  read(into: Uint8Array, offset: number): Promise<number>;
};

export type BlockRange = { offset: number; lengthBytes: number };

/** The raw bytes of another blob, however they are stored. */
export type SourceReader = RandomAccess & {
  close(): Promise<void>;
  /** 0 or absent when it needs no other blob. */
  readonly chainDepth?: number;
  /** Where a block is in the raw bytes; absent when the blob is not stored in blocks. */
  blockRange?(block: number): BlockRange | null;
};

/** The error for stored bytes that are not those that were written. `what` is a clause that only the log shows. */
export function corrupt(what: string, cause?: unknown): RegistryError {
  return new RegistryError("storage_corrupt", "The stored bytes are missing or damaged.", {
    cause: new Error(`mrz: ${what}`, { cause }),
  });
}

/** The cause of the error for a file of another version of the format, which may be sound. */
export class OtherVersion extends Error {
  readonly version: number;

  constructor(version: number) {
    super(`mrz: format version ${version}`);
    this.version = version;
  }
}

/** The version that a file has which cannot be read because it is of another version; null for any other error. */
export function otherVersionOf(error: unknown): number | null {
  return error instanceof Error && error.cause instanceof OtherVersion ? error.cause.version : null;
}

/** The sentence for a file of another version, after the words for what is stored so. */
export function storedInVersion(version: number): string {
  return `stored in version ${version} of the compressed form, which this release does not read`;
}
