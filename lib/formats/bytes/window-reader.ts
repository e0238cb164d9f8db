/**
 * Small exact reads of a file through one window of it, so that headers are parsed without one read per
 * byte and weights are skipped by never asking for them.
 */
import { RegistryError } from "#lib/errors.ts";
import type { SourceFile } from "../contract.ts";

/** One read of this size holds most headers; larger windows only fetch weights that nobody looks at. */
const WINDOW_BYTES = 64 * 1024;

/** Held in memory at once at most, whatever a reader asks for. */
const MAX_CHUNK_BYTES = 128 * 1024 * 1024;

const UTF8 = new TextDecoder("utf-8", { fatal: true });

export class WindowReader {
  readonly path: string;
  readonly sizeBytes: number;
  /** As of `ByteSource`. */
  readonly startsAt: number;
  readonly #file: SourceFile;
  /** What the file claims to be, for error sentences: "ONNX model". */
  readonly #kind: string;
  #window: Uint8Array = new Uint8Array(0);
  #view: DataView = new DataView(new ArrayBuffer(0));
  #start = 0;

  constructor(file: SourceFile, kind: string) {
    this.path = file.path;
    this.sizeBytes = file.source.sizeBytes;
    this.startsAt = file.source.startsAt ?? 0;
    this.#file = file;
    this.#kind = kind;
  }

  /** True when `[offset, offset + length)` can be looked at without waiting. */
  holds(offset: number, length: number): boolean {
    return offset >= this.#start && offset + length <= this.#start + this.#window.length;
  }

  /** Brings `[offset, offset + length)` into the window. Throws `invalid_model_file` past the end. */
  async load(offset: number, length: number): Promise<void> {
    if (this.holds(offset, length)) return;
    if (offset < 0 || length > this.sizeBytes - offset) this.fail("it ends too early");
    if (length > MAX_CHUNK_BYTES) this.fail("a part that describes it is unreasonably large");
    const want = Math.min(Math.max(length, WINDOW_BYTES), this.sizeBytes - offset);
    const bytes = await this.#file.source.read(offset, want);
    if (bytes.length < length) this.fail("it ends too early");
    this.#window = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#start = offset;
  }

  /** Loads as much of `[offset, offset + length)` as the file has; says how much. */
  async loadUpTo(offset: number, length: number): Promise<number> {
    const count = Math.max(0, Math.min(length, this.sizeBytes - offset));
    await this.load(offset, count);
    return count;
  }

  /** The byte at `offset`, which `holds` or `load` has vouched for. */
  byteAt(offset: number): number {
    return this.#window[offset - this.#start] as number;
  }

  /** A copy, safe to keep. */
  async bytes(offset: number, length: number): Promise<Uint8Array> {
    await this.load(offset, length);
    const from = offset - this.#start;
    return this.#window.slice(from, from + length);
  }

  async u32(offset: number, isLittleEndian = true): Promise<number> {
    await this.load(offset, 4);
    return this.#view.getUint32(offset - this.#start, isLittleEndian);
  }

  async u64(offset: number, isLittleEndian = true): Promise<bigint> {
    await this.load(offset, 8);
    return this.#view.getBigUint64(offset - this.#start, isLittleEndian);
  }

  /** Strict UTF-8. Throws `invalid_model_file` when it is not, or is longer than `maxBytes`. */
  async text(offset: number, length: number, maxBytes: number): Promise<string> {
    if (length > maxBytes) this.fail(`a text in it takes more than ${maxBytes} bytes`);
    await this.load(offset, length);
    const from = offset - this.#start;
    try {
      return UTF8.decode(this.#window.subarray(from, from + length));
    } catch (cause) {
      return this.fail("a text in it is not UTF-8", cause);
    }
  }

  /** Throws `invalid_model_file` with a sentence that names the file. */
  fail(what: string, cause?: unknown): never {
    throw invalidFile(this.path, this.#kind, what, cause);
  }
}

/** `model.onnx cannot be read as ONNX model: it ends too early.` */
export function invalidFile(
  path: string,
  kind: string,
  what: string,
  cause?: unknown,
): RegistryError {
  const name = plainText(path, 200);
  return new RegistryError("invalid_model_file", `${name} cannot be read as ${kind}: ${what}.`, {
    cause,
    problems: [{ pointer: "/file", detail: `${name}: ${what}` }],
  });
}

/**
 * Text from a file as it may be stored and shown: well-formed Unicode (PostgreSQL refuses NUL and lone
 * surrogates), control and bidi characters escaped, at most `maxLength` UTF-16 units.
 */
export function plainText(text: string, maxLength: number): string {
  const cut = text.length > maxLength ? `${text.slice(0, maxLength - 1)}…` : text;
  return cut.toWellFormed().replace(UNSHOWABLE, (char) => {
    const code = char.charCodeAt(0).toString(16).padStart(4, "0");
    return `\\u${code}`;
  });
}

const UNSHOWABLE = /[\p{Cc}\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;
