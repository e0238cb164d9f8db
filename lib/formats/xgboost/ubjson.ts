/**
 * Walks UBJSON (ubjson.org, draft 12) without building it: strings are kept when they are short, arrays of one type
 * are stepped over, and everything else is only followed to its end. UBJSON can carry no code.
 */
import type { WindowReader } from "../bytes/window-reader.ts";

/** The trees of a forest are 7 deep. */
const MAX_DEPTH = 32;
/** A forest of 100,000 trees has some 30 values and keys for each; what has more is there to keep us busy. */
const MAX_VALUES = 20_000_000;
const MAX_KEY_BYTES = 4096;
const MAX_KEPT_BYTES = 1000;

const WIDTHS: Readonly<Record<string, number>> = {
  Z: 0,
  N: 0,
  T: 0,
  F: 0,
  i: 1,
  U: 1,
  C: 1,
  I: 2,
  l: 4,
  d: 4,
  L: 8,
  D: 8,
};

/** `path` is the keys of the objects around a value, the innermost last; an array's items have the array's. */
export type UbjsonVisitor = (path: readonly string[], value: string | number) => void;

export class UbjsonWalker {
  readonly #reader: WindowReader;
  readonly #visit: UbjsonVisitor;
  readonly #path: string[] = [];
  #at = 0;
  #values = 0;
  #depth = 0;

  constructor(reader: WindowReader, visit: UbjsonVisitor) {
    this.#reader = reader;
    this.#visit = visit;
  }

  /** Throws `invalid_model_file` unless the file is one value. */
  async walk(): Promise<void> {
    await this.#value(await this.#marker());
    if (this.#at < this.#reader.sizeBytes) this.#reader.fail("something follows its end");
  }

  async #value(marker: string): Promise<void> {
    this.#values += 1;
    if (this.#values > MAX_VALUES) this.#reader.fail(`it has more than ${MAX_VALUES} values`);
    if (marker === "{") return this.#nested(() => this.#object());
    if (marker === "[") return this.#nested(() => this.#array());
    if (marker === "S" || marker === "H") return this.#text();
    const width = WIDTHS[marker];
    if (width === undefined) this.#reader.fail("a value in it has an unknown type");
    else if ("iUIlL".includes(marker)) this.#visit(this.#path, await this.#integer(marker));
    else this.#skip(width);
  }

  async #nested(walk: () => Promise<void>): Promise<void> {
    if (this.#depth >= MAX_DEPTH) this.#reader.fail(`it is nested more than ${MAX_DEPTH} deep`);
    this.#depth += 1;
    await walk();
    this.#depth -= 1;
  }

  async #object(): Promise<void> {
    const { type, count } = await this.#header();
    for (let index = 0; count === null || index < count; index += 1) {
      const marker = await this.#marker();
      if (count === null && marker === "}") return;
      const length = await this.#integer(marker);
      this.#path.push(await this.#string(length, MAX_KEY_BYTES));
      await this.#value(type ?? (await this.#marker()));
      this.#path.pop();
    }
  }

  async #array(): Promise<void> {
    const { type, count } = await this.#header();
    const width = type === null ? undefined : WIDTHS[type];
    if (width !== undefined && count !== null) {
      const isFew = count <= 8 && type !== null && "iUIlL".includes(type);
      if (!isFew) return this.#skip(width * count);
    }
    for (let index = 0; count === null || index < count; index += 1) {
      const marker = type ?? (await this.#marker());
      if (count === null && marker === "]") return;
      await this.#value(marker);
    }
  }

  /** `$` and a type, `#` and a count: either is optional, a type only with a count. */
  async #header(): Promise<{ type: string | null; count: number | null }> {
    const first = await this.#peek();
    if (first !== "$" && first !== "#") return { type: null, count: null };
    this.#at += 1;
    const type = first === "$" ? await this.#marker() : null;
    if (type !== null && (await this.#marker()) !== "#") {
      this.#reader.fail("a list in it has a type and no count");
    }
    const count = await this.#integer(await this.#marker());
    // Items without bytes count as none: the end of the file would not bound how many are claimed.
    if (type !== null && WIDTHS[type] === 0) return { type, count: 0 };
    return { type, count };
  }

  async #text(): Promise<void> {
    const length = await this.#integer(await this.#marker());
    if (length > MAX_KEPT_BYTES) this.#skip(length);
    else this.#visit(this.#path, await this.#string(length, MAX_KEPT_BYTES));
  }

  async #string(length: number, max: number): Promise<string> {
    if (length < 0) this.#reader.fail("a length in it is negative");
    const text = await this.#reader.text(this.#at, length, max);
    this.#at += length;
    return text;
  }

  /** The integer of a length, a count or a value. */
  async #integer(marker: string): Promise<number> {
    const width = "iUIlL".includes(marker) ? WIDTHS[marker] : undefined;
    if (width === undefined) return this.#reader.fail("a number in it has the wrong type");
    const bytes = Buffer.from(await this.#reader.bytes(this.#at, width));
    this.#at += width;
    const value =
      marker === "L"
        ? Number(bytes.readBigInt64BE())
        : marker === "U"
          ? bytes.readUInt8()
          : bytes.readIntBE(0, width);
    if (!Number.isSafeInteger(value)) this.#reader.fail("a number in it is out of range");
    return value;
  }

  #skip(bytes: number): void {
    if (!(bytes >= 0 && bytes <= this.#reader.sizeBytes - this.#at)) {
      this.#reader.fail("it ends too early");
    }
    this.#at += bytes;
  }

  async #marker(): Promise<string> {
    const marker = await this.#peek();
    this.#at += 1;
    return marker;
  }

  async #peek(): Promise<string> {
    await this.#reader.load(this.#at, 1);
    return String.fromCharCode(this.#reader.byteAt(this.#at));
  }
}
