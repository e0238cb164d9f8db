/**
 * Compressed files as sources of what is in them, as joblib and gzip write them. Little is held in memory, a
 * large content is inflated again as it is read, and what expands beyond reason is refused.
 */
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip, createInflate } from "node:zlib";
import { RegistryError } from "#lib/errors.ts";
import { chunksOf, memorySource } from "../bytes/byte-source.ts";
import { DamagedStream, InputWindow } from "../bytes/input-window.ts";
import type { ByteSource } from "../contract.ts";
import { decodeBzip2 } from "./bzip2-stream.ts";
import { decodeLz4 } from "./lz4-stream.ts";
import { decodeLzma, decodeXz } from "./xz-stream.ts";

export type Compression = "gzip" | "zlib" | "bzip2" | "xz" | "lzma" | "lz4";

/** A content of up to this size is held in memory while readers look into it. */
const MAX_HELD_BYTES = 128 * 1024 * 1024;
/**
 * Every file may expand to this: arrays of zeros shrink a thousandfold, and a cache in a pickle may be 160 MB of
 * them.
 */
const MIN_CAP_BYTES = 512 * 1024 * 1024;
/** A large file may expand by this factor: weights and trees shrink to a tenth at best. */
const MAX_RATIO = 64;
const CHUNK_BYTES = 256 * 1024;
/** The first bytes of a content, which are kept: readers look ahead (heads, the first opcodes) and go back. */
const KEPT_BYTES = 1024 * 1024;

/** Tells by the first bytes. zlib and lzma have no magic number: another file may begin like theirs by chance. */
export function compressionOf(head: Uint8Array): Compression | null {
  const text = Buffer.from(head.buffer, head.byteOffset, Math.min(head.length, 6)).toString(
    "latin1",
  );
  if (text.startsWith("\x1f\x8b")) return "gzip";
  if (/^BZh[1-9]/.test(text)) return "bzip2";
  if (text === "\xfd7zXZ\0") return "xz";
  if (text.startsWith("\x04\x22\x4d\x18")) return "lz4";
  if (text.startsWith("\x5d\0\0")) return "lzma";
  // A deflate method of window 15, and a checksum of two bytes.
  const [first = 0, second = 0] = head;
  const isZlib = first === 0x78 && (first * 256 + second) % 31 === 0 && (second & 0x20) === 0;
  return isZlib ? "zlib" : null;
}

/** The first `length` bytes of the content; fewer where it is shorter or damaged. */
export async function inflatedHead(
  source: ByteSource,
  compression: Compression,
  length: number,
): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let have = 0;
  try {
    for await (const piece of inflate(source, compression)) {
      pieces.push(piece.slice());
      have += piece.length;
      if (have >= length) break;
    }
  } catch (cause) {
    if (!(cause instanceof RegistryError) || cause.status >= 500) throw cause;
  }
  return Buffer.concat(pieces).subarray(0, length);
}

/**
 * The content as a source, after one pass to its end. Throws `invalid_model_file` when the file is damaged, cut
 * short, followed by something else, or expands to more than a file of its size may.
 */
export async function openCompressed(
  source: ByteSource,
  compression: Compression,
): Promise<ByteSource> {
  const known = lastOpened.get(source);
  if (known) return known;
  const content = await inflateAll(source, compression);
  lastOpened = new WeakMap([[source, content]]);
  return content;
}

/**
 * A reader and the scan open the same file one after the other, so the content opened last is kept as long as its
 * file is.
 */
let lastOpened = new WeakMap<ByteSource, ByteSource>();

async function inflateAll(source: ByteSource, compression: Compression): Promise<ByteSource> {
  const cap = Math.max(MIN_CAP_BYTES, source.sizeBytes * MAX_RATIO);
  const held: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const piece of inflate(source, compression)) {
    sizeBytes += piece.length;
    if (sizeBytes > cap) throw refused("expands to unreasonably much");
    if (sizeBytes <= MAX_HELD_BYTES) held.push(piece.slice());
    else held.length = 0;
  }
  if (sizeBytes <= MAX_HELD_BYTES) return memorySource(Buffer.concat(held));
  return new InflatedSource(source, compression, sizeBytes);
}

/** Reads in order cost one pass; a read of earlier bytes begins another one. */
class InflatedSource implements ByteSource {
  readonly sizeBytes: number;
  readonly #source: ByteSource;
  readonly #compression: Compression;
  #pieces: AsyncGenerator<Uint8Array> | null = null;
  #window: Uint8Array = new Uint8Array(0);
  #start = 0;
  #first: Uint8Array | null = null;

  constructor(source: ByteSource, compression: Compression, sizeBytes: number) {
    this.#source = source;
    this.#compression = compression;
    this.sizeBytes = sizeBytes;
  }

  async read(offset: number, length: number): Promise<Uint8Array> {
    const end = Math.min(offset + length, this.sizeBytes);
    if (end <= offset) return new Uint8Array(0);
    this.#first ??= await inflatedHead(this.#source, this.#compression, KEPT_BYTES);
    if (end <= this.#first.length) return this.#first.subarray(offset, end);
    if (this.#pieces === null || offset < this.#start) await this.#restart();
    const parts: Uint8Array[] = [];
    let at = offset;
    while (at < end) {
      const windowEnd = this.#start + this.#window.length;
      if (at < windowEnd) {
        const part = this.#window.subarray(at - this.#start, end - this.#start);
        parts.push(part.slice());
        at += part.length;
      } else if (!(await this.#advance(windowEnd))) break;
    }
    return parts.length === 1 ? (parts[0] as Uint8Array) : Buffer.concat(parts);
  }

  async #restart(): Promise<void> {
    await this.#pieces?.return(undefined);
    this.#pieces = inflate(this.#source, this.#compression);
    this.#window = new Uint8Array(0);
    this.#start = 0;
  }

  async #advance(start: number): Promise<boolean> {
    const next = await this.#pieces?.next();
    if (!next || next.done) return false;
    this.#window = next.value;
    this.#start = start;
    return true;
  }
}

/** A piece is valid until the next one is asked for. */
async function* inflate(source: ByteSource, compression: Compression): AsyncGenerator<Uint8Array> {
  try {
    if (compression === "gzip" || compression === "zlib") yield* deflated(source, compression);
    else {
      const input = new InputWindow(source);
      yield* DECODERS[compression](input);
      if (await input.need(1)) throw refused("is followed by something else");
    }
  } catch (cause) {
    if (cause instanceof DamagedStream) throw refused("is damaged or cut short", cause);
    throw cause;
  }
}

const DECODERS = { bzip2: decodeBzip2, xz: decodeXz, lzma: decodeLzma, lz4: decodeLz4 };

/** The inflater goes at its reader's pace, since its output is pulled. */
async function* deflated(
  source: ByteSource,
  compression: "gzip" | "zlib",
): AsyncGenerator<Uint8Array> {
  const make = compression === "gzip" ? createGunzip : createInflate;
  const inflater = make({ chunkSize: CHUNK_BYTES });
  // A failure on either side destroys the other side, which ends the loop below.
  const feeding = pipeline(Readable.from(chunksOf(source, CHUNK_BYTES)), inflater).catch(() => {});
  try {
    for await (const piece of inflater) yield piece as Uint8Array;
  } catch (cause) {
    const isDamage = cause instanceof Error && "code" in cause && /^Z_/.test(String(cause.code));
    throw isDamage ? refused("is damaged or cut short", cause) : cause;
  } finally {
    inflater.destroy();
    await feeding;
  }
  if (!(await isPadding(source, inflater.bytesWritten)))
    throw refused("is followed by something else");
}

/** True for zeros to the end of the file: tapes leave them behind a gzip file. */
async function isPadding(source: ByteSource, offset: number): Promise<boolean> {
  const rest = await source.read(offset, CHUNK_BYTES);
  return offset + rest.length >= source.sizeBytes && rest.every((byte) => byte === 0);
}

function refused(what: string, cause?: unknown): RegistryError {
  return new RegistryError("invalid_model_file", `The compressed file ${what}.`, { cause });
}
