import { crc32 } from "node:zlib";
import type { Digested } from "./digest-blocks.ts";
import type { DirectoryPlace } from "./directory.ts";
import type { EncodedBlock } from "./encode-block.ts";
import { type BlockEntry, ENCODING_NAMES, type EncodingName } from "./format.ts";
import type { Reference } from "./reference.ts";

/** Takes the file's bytes in order; `chunk` is used again after it resolves. A BlobWriter of lib/storage fits. */
export type Sink = { write(chunk: Uint8Array): Promise<void> };

export type MrzReport = {
  rawBytes: number;
  /** Length of the file. */
  storedBytes: number;
  /** SHA-256 of the source's bytes, lower-case hex. */
  sha256: string;
  chainDepth: number;
  /** SHA-256 of the blobs that the file refers to. */
  sources: string[];
  blocks: Record<EncodingName, { count: number; rawBytes: number; storedBytes: number }>;
  /** Blocks whose bytes are in this file, the first of each content. */
  pieces: { piece: Uint8Array; block: number }[];
};

/** Other blobs do not look for blocks shorter than this: they are not worth it. */
const MIN_PIECE_BYTES = 64 * 1024;

/** The file as it grows. */
export class MrzOutput {
  readonly entries: BlockEntry[] = [];
  readonly #sink: Sink;
  /** Piece digest -> the block that has these bytes. */
  readonly #blocks = new Map<string, number>();
  readonly #report: MrzReport["blocks"];
  readonly #pieces: MrzReport["pieces"] = [];
  #buffer = new Uint8Array(0);
  #storedBytes = 0;

  constructor(sink: Sink) {
    this.#sink = sink;
    const counts = ENCODING_NAMES.map((name) => [name, { count: 0, rawBytes: 0, storedBytes: 0 }]);
    this.#report = Object.fromEntries(counts);
  }

  get storedBytes(): number {
    return this.#storedBytes;
  }

  has(digest: string): boolean {
    return this.#blocks.has(digest);
  }

  findRepeat(digest: string): (EncodedBlock & Reference) | null {
    const block = this.#blocks.get(digest);
    if (block === undefined) return null;
    return {
      encoding: "repeat",
      grouping: null,
      fillByte: 0,
      payload: [],
      payloadBytes: 0,
      source: 0,
      sourceOffset: block,
    };
  }

  async add(encoded: EncodedBlock & Partial<Reference>, block: Digested): Promise<void> {
    const { encoding, payloadBytes } = encoded;
    const number = this.entries.length;
    const piece = Uint8Array.from(Buffer.from(block.digest, "hex"));
    this.entries.push({
      lengthBytes: block.bytes.length,
      payloadBytes,
      checksum: block.checksum,
      encoding,
      grouping: encoded.grouping,
      fillByte: encoded.fillByte,
      piece,
      source: encoded.source ?? 0,
      sourceOffset: encoded.sourceOffset ?? 0,
    });
    if (!this.#blocks.has(block.digest)) this.#blocks.set(block.digest, number);
    const counts = this.#report[encoding];
    counts.count += 1;
    counts.rawBytes += block.bytes.length;
    counts.storedBytes += payloadBytes;
    const isHere = encoding === "raw" || encoding === "zstd" || encoding === "grouped";
    if (isHere && block.bytes.length >= MIN_PIECE_BYTES)
      this.#pieces.push({ piece, block: number });
    await this.write(...encoded.payload);
  }

  /** The parts as one chunk. */
  async write(...parts: readonly Uint8Array[]): Promise<void> {
    const lengthBytes = parts.reduce((sum, part) => sum + part.length, 0);
    if (lengthBytes === 0) return;
    if (this.#buffer.length < lengthBytes) this.#buffer = new Uint8Array(lengthBytes);
    let at = 0;
    for (const part of parts) {
      this.#buffer.set(part, at);
      at += part.length;
    }
    this.#storedBytes += lengthBytes;
    await this.#sink.write(this.#buffer.subarray(0, lengthBytes));
  }

  report(rest: Omit<MrzReport, "storedBytes" | "blocks" | "pieces">): MrzReport {
    return {
      ...rest,
      storedBytes: this.#storedBytes,
      blocks: this.#report,
      pieces: this.#pieces,
    };
  }
}

/** What the footer says of a directory that is written at `offset`. */
export function directoryPlace(offset: number, directory: Uint8Array): DirectoryPlace {
  return { offset, lengthBytes: directory.length, crc32: crc32(directory) };
}
