/** A file from its first byte on, for parsers that only prove that a file is what it says, to its last byte. */

import { WindowReader } from "#lib/formats/bytes/window-reader.ts";
import type { ByteSource } from "#lib/formats/contract.ts";

/** Images and fonts have some thousand parts, music some hundred thousand frames. */
const MAX_STEPS = 5_000_000;

/** Throws `invalid_model_file` for reads past the end, and when `step` was called unreasonably often. */
export class Walk {
  readonly sizeBytes: number;
  readonly reader: WindowReader;
  at = 0;
  #steps = 0;

  constructor(source: ByteSource) {
    this.reader = new WindowReader({ path: "", source }, "data");
    this.sizeBytes = source.sizeBytes;
  }

  get left(): number {
    return this.sizeBytes - this.at;
  }

  get isAtEnd(): boolean {
    return this.at === this.sizeBytes;
  }

  async bytes(length: number): Promise<Buffer> {
    this.step();
    const bytes = await this.reader.bytes(this.at, length);
    this.at += length;
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  /** Bytes at a place, without going there. */
  async bytesAt(offset: number, length: number): Promise<Buffer> {
    this.step();
    const bytes = await this.reader.bytes(offset, length);
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  async text(length: number): Promise<string> {
    return (await this.bytes(length)).toString("latin1");
  }

  async byte(): Promise<number> {
    this.step();
    if (!this.reader.holds(this.at, 1)) await this.reader.load(this.at, 1);
    this.at += 1;
    return this.reader.byteAt(this.at - 1);
  }

  /** Big-endian. */
  async u16(): Promise<number> {
    return (await this.bytes(2)).readUInt16BE(0);
  }

  /** Big-endian. */
  async u32(): Promise<number> {
    return (await this.bytes(4)).readUInt32BE(0);
  }

  async u32le(): Promise<number> {
    return (await this.bytes(4)).readUInt32LE(0);
  }

  skip(length: number): void {
    if (!Number.isSafeInteger(length) || length < 0 || length > this.left) {
      this.reader.fail("it ends too early");
    }
    this.at += length;
  }

  step(): void {
    this.#steps += 1;
    if (this.#steps > MAX_STEPS) this.reader.fail("it has unreasonably many parts");
  }
}
