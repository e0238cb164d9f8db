/** GGUF's numbers and texts one after the other, in the byte order of the file. */
import type { WindowReader } from "../bytes/window-reader.ts";

export class GgufReader {
  readonly window: WindowReader;
  at = 4;
  listItems = 0;
  isLittleEndian = true;

  constructor(window: WindowReader) {
    this.window = window;
  }

  /** Tells the byte order: files for s390x are big-endian throughout, and their small version number shows it. */
  async version(): Promise<number> {
    const first = await this.window.u32(this.at);
    this.isLittleEndian = first === 0 || (first & 0xffff) !== 0;
    return this.u32();
  }

  async u32(): Promise<number> {
    const value = await this.window.u32(this.at, this.isLittleEndian);
    this.at += 4;
    return value;
  }

  async u64(): Promise<bigint> {
    const value = await this.window.u64(this.at, this.isLittleEndian);
    this.at += 8;
    return value;
  }

  /** A u64 that counts something; the file fails when it is above `max`. */
  async count(max: number, what: string): Promise<number> {
    const value = await this.u64();
    if (value > BigInt(max)) this.fail(`it claims ${value} ${what}, and ${max} is the limit`);
    return Number(value);
  }

  skip(bytes: number): void {
    if (bytes > this.window.sizeBytes - this.at) this.fail("it ends too early");
    this.at += bytes;
  }

  async text(maxBytes: number): Promise<string> {
    const length = await this.length();
    const text = await this.window.text(this.at, length, maxBytes);
    this.at += length;
    return text;
  }

  async length(): Promise<number> {
    return this.count(this.window.sizeBytes, "bytes of text");
  }

  fail(what: string): never {
    return this.window.fail(what);
  }
}
