/**
 * Walks protobuf messages in the wire format (protobuf.dev/programming-guides/encoding) without a schema
 * compiler and without loading them: a length-delimited field is a range of the file, and a range that
 * nobody asks for is never read.
 */
import type { WindowReader } from "./window-reader.ts";

/** Control flow nested in control flow nested in functions stays far below; a stack overflow is above. */
const MAX_DEPTH = 64;
/** The largest graphs have some 10^5 nodes of some 20 fields; more is a file made to keep us busy. */
const MAX_FIELDS = 5_000_000;
/** A tag and a length take at most 5 + 10 bytes; a varint value 10. */
const HEAD_BYTES = 16;

export const VARINT = 0;
export const FIXED64 = 1;
export const LEN = 2;
export const FIXED32 = 5;
const START_GROUP = 3;

/** One field. For LEN its bytes are `[start, end)` of the file; for the others the encoded value is. */
export type ProtoField = { number: number; wireType: number; start: number; end: number };

export type FieldVisitor = (field: ProtoField) => Promise<void> | void;

export class ProtoWalker {
  readonly reader: WindowReader;
  #fields = 0;
  #depth = 0;
  /** Where the last varint ended: it spares an object for each of millions of them. */
  #at = 0;

  constructor(reader: WindowReader) {
    this.reader = reader;
  }

  /**
   * Calls `visit` for each field of the message in `[start, end)`, in order.
   * Throws `invalid_model_file` for everything that the wire format forbids.
   */
  async walk(start: number, end: number, visit: FieldVisitor): Promise<void> {
    if (this.#depth >= MAX_DEPTH) this.reader.fail(`it is nested more than ${MAX_DEPTH} deep`);
    this.#depth += 1;
    let at = start;
    while (at < end) {
      await this.#loadHead(at, end);
      const tag = this.#varint(at, end);
      at = this.#at;
      const field = this.#field(tag, at, end);
      at = field.end;
      this.#fields += 1;
      if (this.#fields > MAX_FIELDS) this.reader.fail(`it has more than ${MAX_FIELDS} fields`);
      const pending = visit(field);
      if (pending) await pending;
    }
    this.#depth -= 1;
  }

  #field(tag: bigint, at: number, end: number): ProtoField {
    const number = Number(tag >> 3n);
    const wireType = Number(tag & 7n);
    if (number === 0 || number > 536_870_911) this.reader.fail("a field number in it is not valid");
    if (wireType === VARINT) {
      this.#varint(at, end);
      return { number, wireType, start: at, end: this.#at };
    }
    if (wireType === LEN) {
      const length = this.#varint(at, end);
      const from = this.#at;
      if (length > BigInt(end - from)) {
        this.reader.fail("a part of it is longer than what is there: it is cut short or damaged");
      }
      return { number, wireType, start: from, end: from + Number(length) };
    }
    const width = wireType === FIXED64 ? 8 : wireType === FIXED32 ? 4 : 0;
    if (width === 0) {
      const what =
        wireType <= START_GROUP + 1 ? "uses groups, which no model format does" : "is not protobuf";
      this.reader.fail(`it ${what}`);
    }
    if (at + width > end) this.reader.fail("it ends too early");
    return { number, wireType, start: at, end: at + width };
  }

  /** A varint field as signed 64-bit, the way int32, int64 and enums are encoded. */
  async int(field: ProtoField): Promise<bigint> {
    if (field.wireType !== VARINT) this.reader.fail("a number in it has the wrong wire type");
    await this.#loadHead(field.start, field.end);
    return BigInt.asIntN(64, this.#varint(field.start, field.end));
  }

  /** An enum or a small count. Throws when it does not fit. */
  async smallInt(field: ProtoField): Promise<number> {
    const value = await this.int(field);
    if (value < -2_147_483_648n || value > 4_294_967_295n) {
      this.reader.fail("a number in it is out of range");
    }
    return Number(value);
  }

  /** `repeated int64`, packed or one value per field; appends to `into`, at most `max` values. */
  async ints(field: ProtoField, into: bigint[], max: number): Promise<void> {
    if (field.wireType === VARINT) into.push(await this.int(field));
    else {
      let at = this.#expectLen(field).start;
      while (at < field.end && into.length <= max) {
        await this.#loadHead(at, field.end);
        into.push(BigInt.asIntN(64, this.#varint(at, field.end)));
        at = this.#at;
      }
    }
    if (into.length > max) this.reader.fail(`a list in it has more than ${max} values`);
  }

  async text(field: ProtoField, maxBytes: number): Promise<string> {
    const { start, end } = this.#expectLen(field);
    return this.reader.text(start, end - start, maxBytes);
  }

  /** The first `maxBytes` characters of a text whose rest does not matter. */
  async textStart(field: ProtoField, maxBytes: number): Promise<string> {
    const { start, end } = this.#expectLen(field);
    const bytes = await this.reader.bytes(start, Math.min(end - start, maxBytes));
    return new TextDecoder().decode(bytes);
  }

  message(field: ProtoField, visit: FieldVisitor): Promise<void> {
    const { start, end } = this.#expectLen(field);
    return this.walk(start, end, visit);
  }

  #expectLen(field: ProtoField): ProtoField {
    if (field.wireType !== LEN) this.reader.fail("a field in it has the wrong wire type");
    return field;
  }

  async #loadHead(at: number, end: number): Promise<void> {
    const length = Math.min(HEAD_BYTES, end - at);
    if (!this.reader.holds(at, length)) await this.reader.load(at, length);
  }

  /** The bytes must be loaded. Leaves the end in `#at`. */
  #varint(start: number, end: number): bigint {
    let small = 0;
    let at = start;
    // Four bytes fit a small integer, which covers nearly every tag and length without BigInt arithmetic.
    for (let shift = 0; shift < 28 && at < end; shift += 7) {
      const byte = this.reader.byteAt(at);
      at += 1;
      small |= (byte & 0x7f) << shift;
      if (byte < 0x80) {
        this.#at = at;
        return BigInt(small);
      }
    }
    let value = BigInt(small);
    for (let shift = 28n; shift < 70n && at < end; shift += 7n) {
      const byte = this.reader.byteAt(at);
      at += 1;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) {
        this.#at = at;
        return BigInt.asUintN(64, value);
      }
    }
    return this.reader.fail(at < end ? "a number in it is too long" : "it ends too early");
  }
}
