/** The entries of a directory as bytes, and where each block is. */
import {
  type BlockEntry,
  corrupt,
  type ElementSize,
  ENCODING,
  ENCODING_NAMES,
  ENTRY_BYTES,
  type Grouping,
  HEAD_BYTES,
  MAX_BLOCK_BYTES,
  PIECE_BYTES,
  type SourceRef,
} from "./format.ts";

/** Bit 4 of the transform byte; bits 0 to 3 are the binary logarithm of the element's size. */
const ROTATED = 0x10;

export function encodeEntry(bytes: Buffer, at: number, entry: BlockEntry): void {
  const { grouping } = entry;
  bytes.writeUInt32LE(entry.lengthBytes, at);
  bytes.writeUInt32LE(entry.payloadBytes, at + 4);
  bytes.writeBigUInt64LE(entry.checksum, at + 8);
  bytes.writeUInt8(ENCODING[entry.encoding], at + 42);
  bytes.writeUInt8(
    grouping ? Math.log2(grouping.elementSize) | (grouping.isRotated ? ROTATED : 0) : 0,
    at + 43,
  );
  bytes.writeUInt8(grouping?.phase ?? 0, at + 44);
  bytes.writeUInt8(entry.fillByte, at + 45);
  bytes.set(entry.piece.subarray(0, PIECE_BYTES), at + 16);
  bytes.writeBigUInt64LE(BigInt(entry.sourceOffset), at + 32);
  bytes.writeUInt16LE(entry.source, at + 40);
}

/** All entries, checked; kept as bytes, since a file may have millions of them. */
export class BlockTable {
  readonly count: number;
  readonly rawBytes: number;
  readonly payloadEnd: number;
  readonly #bytes: Buffer;
  /** Where each block begins in the raw bytes, and where its payload does; one more for the end. */
  readonly #offsets: Float64Array;
  readonly #payloads: Float64Array;

  constructor(bytes: Buffer, sources: readonly SourceRef[]) {
    this.#bytes = bytes;
    this.count = bytes.length / ENTRY_BYTES;
    this.#offsets = new Float64Array(this.count + 1);
    this.#payloads = new Float64Array(this.count + 1);
    this.#payloads[0] = HEAD_BYTES;
    for (let block = 0; block < this.count; block += 1) {
      const entry = this.entry(block);
      this.#check(block, entry, sources);
      this.#offsets[block + 1] = this.offset(block) + entry.lengthBytes;
      this.#payloads[block + 1] = this.payloadOffset(block) + entry.payloadBytes;
    }
    this.rawBytes = this.offset(this.count);
    this.payloadEnd = this.payloadOffset(this.count);
  }

  offset(block: number): number {
    return this.#offsets[block] as number;
  }

  payloadOffset(block: number): number {
    return this.#payloads[block] as number;
  }

  /** The block that holds the raw byte at `offset`, which must be inside. */
  find(offset: number): number {
    let low = 0;
    let high = this.count - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.offset(middle) <= offset) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  entry(block: number): BlockEntry {
    const at = block * ENTRY_BYTES;
    const bytes = this.#bytes;
    const encoding = ENCODING_NAMES[bytes.readUInt8(at + 42)];
    if (encoding === undefined) throw corrupt("a block has an unknown encoding");
    const isGrouped = encoding === "grouped" || encoding === "delta";
    return {
      lengthBytes: bytes.readUInt32LE(at),
      payloadBytes: bytes.readUInt32LE(at + 4),
      checksum: bytes.readBigUInt64LE(at + 8),
      encoding,
      grouping: isGrouped ? parseGrouping(bytes, at + 43) : null,
      fillByte: bytes.readUInt8(at + 45),
      piece: bytes.subarray(at + 16, at + 16 + PIECE_BYTES),
      source: bytes.readUInt16LE(at + 40),
      sourceOffset: safeNumber(bytes.readBigUInt64LE(at + 32)),
    };
  }

  #check(block: number, entry: BlockEntry, sources: readonly SourceRef[]): void {
    const { lengthBytes, payloadBytes, encoding, source, sourceOffset } = entry;
    const at = block * ENTRY_BYTES;
    if (lengthBytes === 0 || lengthBytes > MAX_BLOCK_BYTES)
      throw corrupt(`a block of ${lengthBytes} bytes`);
    const isWhole = encoding === "raw" ? payloadBytes === lengthBytes : payloadBytes <= lengthBytes;
    const hasPayload = encoding === "raw" || encoding === "zstd" || entry.grouping !== null;
    if (!isWhole || payloadBytes > 0 !== hasPayload)
      throw corrupt("a payload has the wrong length");
    if (this.#bytes.subarray(at + 46, at + ENTRY_BYTES).some(Boolean))
      throw corrupt("reserved bytes of a block are in use");
    if (!entry.grouping && this.#bytes.readUInt16LE(at + 43) !== 0)
      throw corrupt("a block has a transform that it does not use");
    if (encoding !== "fill" && entry.fillByte !== 0) throw corrupt("a block has a needless fill");
    if (encoding === "reference" || encoding === "delta") {
      const from = sources[source];
      if (!from || sourceOffset + lengthBytes > from.sizeBytes)
        throw corrupt("a block refers to what is not there");
      return;
    }
    if (source !== 0 || (encoding !== "repeat" && sourceOffset !== 0))
      throw corrupt("a block refers to something without need");
    if (encoding === "repeat") this.#checkRepeat(block, entry);
  }

  /** A repetition must name an earlier block that is none itself: one step, whatever the file says. */
  #checkRepeat(block: number, { sourceOffset, lengthBytes, checksum }: BlockEntry): void {
    if (sourceOffset >= block) throw corrupt("a block repeats one that is not before it");
    const original = this.entry(sourceOffset);
    // The original's bytes are verified by its own checksum, so that they need not be hashed again for this one.
    const isAlike = original.lengthBytes === lengthBytes && original.checksum === checksum;
    if (original.encoding === "repeat" || !isAlike)
      throw corrupt("a block repeats one that is not like it");
  }
}

function parseGrouping(bytes: Buffer, at: number): Grouping {
  const transform = bytes.readUInt8(at);
  const phase = bytes.readUInt8(at + 1);
  const elementSize = 2 ** (transform & 0xf);
  if (elementSize > 8 || (transform & ~(0xf | ROTATED)) !== 0 || phase >= elementSize)
    throw corrupt("a block has an unknown transform");
  return { elementSize: elementSize as ElementSize, phase, isRotated: (transform & ROTATED) !== 0 };
}

/** A length or an offset that JavaScript can count with. Throws `storage_corrupt`. */
export function safeNumber(value: bigint): number {
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw corrupt(`a length of ${value}`);
  return Number(value);
}
