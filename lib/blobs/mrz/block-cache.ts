/** Blocks that were decoded for a part of them; the next read mostly asks for the rest. */
import { MAX_BLOCK_BYTES } from "./format.ts";

type Slot = { block: number; bytes: Uint8Array; users: number; ready: Promise<unknown> };

/**
 * At most `capacity` decoded blocks, least recently used first out. Buffers are used again, but never while
 * somebody reads from them. However many ask for a block at once, it is decoded once.
 */
export class BlockCache {
  readonly #capacity: number;
  /** In the order of their last use. */
  readonly #slots = new Map<number, Slot>();
  #free: Uint8Array[] = [];

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  has(block: number): boolean {
    return this.#slots.has(block);
  }

  /** Calls `use` with the decoded block; `decode` fills a buffer of its length if it is not there. */
  async with(
    block: number,
    lengthBytes: number,
    decode: (into: Uint8Array) => Promise<void>,
    use: (bytes: Uint8Array) => void,
  ): Promise<void> {
    const slot = this.#slots.get(block) ?? this.#start(block, lengthBytes, decode);
    this.#slots.delete(block);
    this.#slots.set(block, slot);
    slot.users += 1;
    try {
      await slot.ready;
      use(slot.bytes);
    } catch (error) {
      // The next one tries again: the storage may have recovered.
      if (this.#slots.get(block) === slot) this.#slots.delete(block);
      throw error;
    } finally {
      slot.users -= 1;
      this.#shrink();
    }
  }

  #start(block: number, lengthBytes: number, decode: (into: Uint8Array) => Promise<void>): Slot {
    const whole = this.#free.pop() ?? new Uint8Array(MAX_BLOCK_BYTES);
    const bytes = whole.subarray(0, lengthBytes);
    return { block, bytes, users: 0, ready: decode(bytes) };
  }

  #shrink(): void {
    for (const [block, slot] of this.#slots) {
      if (this.#slots.size <= this.#capacity) return;
      if (slot.users > 0) continue;
      this.#slots.delete(block);
      if (this.#free.length === 0) this.#free = [new Uint8Array(slot.bytes.buffer)];
    }
  }
}
