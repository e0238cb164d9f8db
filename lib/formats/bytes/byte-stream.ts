/** Exact reads over bytes that arrive in pieces, with nothing kept that was read. */
import { RegistryError } from "#lib/errors.ts";

export class ByteStream {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #rest: Uint8Array = new Uint8Array(0);
  /** Bytes that were read so far. */
  position = 0;

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.#chunks = chunks[Symbol.asyncIterator]();
  }

  /** The next `length` bytes; null when the stream ends just here. Throws `invalid_model_file`. */
  async take(length: number): Promise<Uint8Array | null> {
    const parts: Uint8Array[] = [];
    for await (const part of this.#upTo(length)) parts.push(part);
    const bytes = Buffer.concat(parts);
    if (bytes.length === 0 && length > 0) return null;
    if (bytes.length < length) throw cutShort();
    return bytes;
  }

  /** The next `length` bytes as they come; a piece is valid until the next one is asked for. */
  async *stream(length: number): AsyncGenerator<Uint8Array, void, undefined> {
    let left = length;
    for await (const part of this.#upTo(length)) {
      left -= part.length;
      yield part;
    }
    if (left > 0) throw cutShort();
  }

  async skip(length: number): Promise<void> {
    for await (const _ of this.stream(length));
  }

  /** Reads to the end, so that a compressed stream proves its checksum. */
  async drain(): Promise<void> {
    this.#rest = new Uint8Array(0);
    while (!(await this.#chunks.next()).done);
  }

  async close(): Promise<void> {
    await this.#chunks.return?.();
  }

  async *#upTo(length: number): AsyncGenerator<Uint8Array, void, undefined> {
    let left = length;
    while (left > 0) {
      if (this.#rest.length === 0) {
        const next = await this.#chunks.next();
        if (next.done) return;
        this.#rest = next.value;
        continue;
      }
      const part = this.#rest.subarray(0, left);
      this.#rest = this.#rest.subarray(part.length);
      left -= part.length;
      this.position += part.length;
      yield part;
    }
  }
}

function cutShort(): RegistryError {
  return new RegistryError("invalid_model_file", "The archive is cut short.");
}
