/** Bytes that come in pieces of any length and are taken in pieces of another. */
export class ByteQueue {
  #pieces: Buffer[] = [];
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** Copies: the caller may use its buffer again. */
  add(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#pieces.push(Buffer.from(bytes));
    this.#length += bytes.length;
  }

  /** At most `length` bytes from the front, which stay. */
  peek(length: number): Buffer {
    if ((this.#pieces[0]?.length ?? 0) < Math.min(length, this.#length))
      this.#pieces = [Buffer.concat(this.#pieces)];
    return (this.#pieces[0] ?? Buffer.alloc(0)).subarray(0, length);
  }

  /** Takes `length` bytes, which must be there, from the front. */
  take(length: number): Buffer {
    if (length > this.#length) throw new RangeError("There are fewer bytes.");
    const taken: Buffer[] = [];
    for (let missing = length; missing > 0; ) {
      const first = this.#pieces[0] as Buffer;
      const part = first.subarray(0, missing);
      taken.push(part);
      missing -= part.length;
      if (part.length === first.length) this.#pieces.shift();
      else this.#pieces[0] = first.subarray(part.length);
    }
    this.#length -= length;
    return taken.length === 1 ? (taken[0] as Buffer) : Buffer.concat(taken);
  }
}
