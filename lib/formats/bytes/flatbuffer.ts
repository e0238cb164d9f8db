/**
 * FlatBuffers (flatbuffers.dev, "FlatBuffers internals") without a schema compiler: a table's fields are found by their
 * slots, and every offset is checked against the file.
 */
import type { SourceFile } from "../contract.ts";
import { PageCache } from "./page-cache.ts";
import { invalidFile } from "./window-reader.ts";

/** A root's offset, and the identifier after it. */
const IDENTIFIER_OFFSET = 4;
/**
 * Tables may share what they point to: a small file could have the same bytes read again and again. An honest file's
 * description is read a few times over.
 */
const MAX_READ_RATIO = 16;
const FREE_READ_BYTES = 1024 * 1024;
/** A vtable has two bytes for each field of its type; TensorFlow Lite's largest has some 20. */
const MAX_VTABLE_BYTES = 4096;

export type FlatVector = { start: number; length: number };

export function flatbufferIdentifier(head: Uint8Array): string {
  const identifier = head.subarray(IDENTIFIER_OFFSET, IDENTIFIER_OFFSET + 4);
  return Buffer.from(identifier).toString("latin1");
}

export class FlatBuffer {
  readonly path: string;
  readonly sizeBytes: number;
  readonly #pages: PageCache;
  readonly #kind: string;
  readonly #vtables = new Map<number, Buffer>();
  #asked = 0;

  constructor(file: SourceFile, kind: string) {
    this.path = file.path;
    this.sizeBytes = file.source.sizeBytes;
    this.#pages = new PageCache(file.source);
    this.#kind = kind;
  }

  async root(): Promise<FlatTable> {
    return this.table(await this.follow(0));
  }

  async table(at: number): Promise<FlatTable> {
    const back = (await this.bytes(at, 4)).readInt32LE();
    return new FlatTable(this, at, await this.#vtable(at - back));
  }

  /** The position that the offset at `at` points to. */
  async follow(at: number): Promise<number> {
    return at + (await this.bytes(at, 4)).readUInt32LE();
  }

  /** A copy. Throws `invalid_model_file` when that is not in the file. */
  async bytes(at: number, length: number): Promise<Buffer> {
    this.#asked += length;
    if (this.#asked > this.sizeBytes * MAX_READ_RATIO + FREE_READ_BYTES) {
      this.fail("its parts point to each other again and again");
    }
    if (!(at >= 0 && at + length <= this.sizeBytes)) this.fail("it is cut short or damaged");
    return (await this.#pages.read(at, length)) ?? this.fail("it ends too early");
  }

  /** The vector at `at`, all of whose items are in the file. */
  async vector(at: number, itemBytes: number): Promise<FlatVector> {
    const length = (await this.bytes(at, 4)).readUInt32LE();
    if (at + 4 + length * itemBytes > this.sizeBytes) this.fail("it is cut short or damaged");
    return { start: at + 4, length };
  }

  async #vtable(at: number): Promise<Buffer> {
    const known = this.#vtables.get(at);
    if (known) return known;
    const size = (await this.bytes(at, 2)).readUInt16LE();
    if (size < 4 || size > MAX_VTABLE_BYTES) this.fail("a table in it is damaged");
    const vtable = await this.bytes(at, size);
    this.#vtables.set(at, vtable);
    return vtable;
  }

  fail(what: string): never {
    throw invalidFile(this.path, this.#kind, what);
  }
}

/** A table's fields by slot; each is null, or its type's default, where the file leaves it out. */
export class FlatTable {
  readonly #buffer: FlatBuffer;
  readonly #at: number;
  readonly #vtable: Buffer;

  constructor(buffer: FlatBuffer, at: number, vtable: Buffer) {
    this.#buffer = buffer;
    this.#at = at;
    this.#vtable = vtable;
  }

  #field(slot: number): number | null {
    const entry = 4 + slot * 2;
    const offset = entry + 2 <= this.#vtable.length ? this.#vtable.readUInt16LE(entry) : 0;
    return offset === 0 ? null : this.#at + offset;
  }

  async int8(slot: number): Promise<number> {
    const at = this.#field(slot);
    return at === null ? 0 : (await this.#buffer.bytes(at, 1)).readInt8();
  }

  async int32(slot: number): Promise<number> {
    const at = this.#field(slot);
    return at === null ? 0 : (await this.#buffer.bytes(at, 4)).readInt32LE();
  }

  async uint32(slot: number): Promise<number> {
    return (await this.int32(slot)) >>> 0;
  }

  async uint64(slot: number): Promise<bigint> {
    const at = this.#field(slot);
    return at === null ? 0n : (await this.#buffer.bytes(at, 8)).readBigUInt64LE();
  }

  /** Throws `invalid_model_file` for a text of more than `maxBytes`. */
  async text(slot: number, maxBytes: number): Promise<string | null> {
    const { length, start } = (await this.vector(slot, 1)) ?? { length: -1, start: 0 };
    if (length < 0) return null;
    if (length > maxBytes) this.#buffer.fail(`a text in it takes more than ${maxBytes} bytes`);
    return (await this.#buffer.bytes(start, length)).toString("utf8");
  }

  async vector(slot: number, itemBytes: number): Promise<FlatVector | null> {
    const at = this.#field(slot);
    return at === null ? null : this.#buffer.vector(await this.#buffer.follow(at), itemBytes);
  }

  /** Throws `invalid_model_file` for more than `max` numbers. */
  async int32s(slot: number, max: number): Promise<number[]> {
    const vector = await this.vector(slot, 4);
    if (vector === null) return [];
    if (vector.length > max) this.#buffer.fail(`a list in it has more than ${max} numbers`);
    const bytes = await this.#buffer.bytes(vector.start, vector.length * 4);
    return Array.from({ length: vector.length }, (_, at) => bytes.readInt32LE(at * 4));
  }

  /** The tables of a vector, one after the other. Throws `invalid_model_file` for more than `max`. */
  async *tables(slot: number, max: number): AsyncGenerator<FlatTable> {
    const vector = await this.vector(slot, 4);
    if (vector === null) return;
    if (vector.length > max) this.#buffer.fail(`a list in it has more than ${max} items`);
    for (let at = 0; at < vector.length; at += 1) {
      yield this.#buffer.table(await this.#buffer.follow(vector.start + at * 4));
    }
  }
}
