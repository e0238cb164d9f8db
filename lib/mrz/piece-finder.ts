import { isRegistryError } from "#lib/errors.ts";
import type { Digested } from "./digest-blocks.ts";
import type { EncodedBlock } from "./encode-block.ts";
import type { SourceReader, SourceRef } from "./format.ts";
import { type Reference, referenceTo } from "./reference.ts";
import type { SourceList } from "./source-list.ts";

/** A block of another blob's `.mrz` file. */
export type FoundPiece = SourceRef & { block: number };

/** Where blocks are stored. Answers in the order of the question, null for what is stored nowhere. */
export type PieceLookup = {
  find(pieces: Uint8Array[]): Promise<(FoundPiece | null)[]>;
};

export type SourceOpener = (source: SourceRef) => Promise<SourceReader>;

/** A reference ties two blobs together and costs an open file at each read: not for less than this. */
const MIN_REFERENCE_BYTES = 64 * 1024;

/** Blocks that another blob has already. What the lookup says is only believed after a comparison of the bytes. */
export class PieceFinder {
  readonly #lookup: PieceLookup;
  readonly #open: SourceOpener;
  readonly #sources: SourceList;
  /** null for a blob that could not be opened. */
  readonly #readers = new Map<string, SourceReader | null>();
  #found = new Map<string, FoundPiece>();
  #scratch = new Uint8Array(0);

  constructor(lookup: PieceLookup, open: SourceOpener, sources: SourceList) {
    this.#lookup = lookup;
    this.#open = open;
    this.#sources = sources;
  }

  /** Asks about blocks that `find` will be called with. */
  async prepare(blocks: readonly Digested[]): Promise<void> {
    const wanted = blocks.filter(({ bytes }) => bytes.length >= MIN_REFERENCE_BYTES);
    this.#found = new Map();
    if (wanted.length === 0 || !this.#sources.isOpen) return;
    const found = await this.#lookup.find(
      wanted.map(({ digest }) => Uint8Array.from(Buffer.from(digest, "hex"))),
    );
    wanted.forEach(({ digest }, index) => {
      const piece = found[index];
      if (piece) this.#found.set(digest, piece);
    });
  }

  async find(block: Digested): Promise<(EncodedBlock & Reference) | null> {
    const piece = this.#found.get(block.digest);
    if (!piece) return null;
    const reader = await this.#readerOf(piece);
    const range = reader?.blockRange?.(piece.block);
    if (!reader || !range || range.lengthBytes !== block.bytes.length) return null;
    if (!(await this.#hasSameBytes(reader, range.offset, block.bytes))) return null;
    return referenceTo(this.#sources.use(piece, reader), range.offset);
  }

  async close(): Promise<void> {
    for (const reader of this.#readers.values()) await reader?.close();
    this.#readers.clear();
  }

  async #readerOf(piece: FoundPiece): Promise<SourceReader | null> {
    const known = this.#readers.get(piece.sha256);
    if (known !== undefined) return known;
    let reader: SourceReader | null = null;
    try {
      reader = await this.#open(piece);
    } catch (error) {
      // The piece is gone or damaged meanwhile: the block is stored here instead, and the scrub reports the damage.
      if (!isRegistryError(error)) throw error;
    }
    if (reader && !this.#sources.accepts(piece, reader)) {
      await reader.close();
      reader = null;
    }
    this.#readers.set(piece.sha256, reader);
    return reader;
  }

  async #hasSameBytes(reader: SourceReader, offset: number, bytes: Uint8Array): Promise<boolean> {
    if (this.#scratch.length < bytes.length) this.#scratch = new Uint8Array(bytes.length);
    const there = this.#scratch.subarray(0, bytes.length);
    try {
      return (
        (await reader.read(there, offset)) === bytes.length && Buffer.compare(there, bytes) === 0
      );
    } catch (error) {
      if (!isRegistryError(error)) throw error;
      return false;
    }
  }
}
