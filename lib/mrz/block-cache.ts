/** Blocks that were decoded for a part of them; the next read mostly asks for the rest. */
import { MAX_BLOCK_BYTES } from "./format.ts";

/** Bytes of a block from `from` to its end, once `ready`. */
type Slot = { bytes: Uint8Array; from: number; users: number; ready: Promise<unknown> };

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

  /** Whether a block is here, or soon will be, from its byte `from` to its end. */
  has(block: number, from: number): boolean {
    const slot = this.#slots.get(block);
    return slot !== undefined && slot.from <= from;
  }

  /** Calls `use` with a block that is here. Bytes before the `from` that it was kept with may be anything. */
  async with(block: number, use: (bytes: Uint8Array) => void): Promise<void> {
    const slot = this.#slots.get(block);
    if (!slot) throw new Error(`Block ${block} is not here.`);
    await this.#hold(block, slot, use);
  }

  /** Keeps a block from byte `from` to its end; `decode` puts these bytes into a buffer of the block's length. */
  async keep(
    block: number,
    range: { from: number; lengthBytes: number },
    decode: (into: Uint8Array) => Promise<void>,
  ): Promise<void> {
    const whole = this.#free.pop() ?? new Uint8Array(MAX_BLOCK_BYTES);
    const bytes = whole.subarray(0, range.lengthBytes);
    await this.#hold(block, { bytes, from: range.from, users: 0, ready: decode(bytes) });
  }

  async #hold(block: number, slot: Slot, use?: (bytes: Uint8Array) => void): Promise<void> {
    this.#slots.delete(block);
    this.#slots.set(block, slot);
    slot.users += 1;
    try {
      await slot.ready;
      use?.(slot.bytes);
    } catch (error) {
      // The next read tries again: the storage may have recovered.
      if (this.#slots.get(block) === slot) this.#slots.delete(block);
      throw error;
    } finally {
      slot.users -= 1;
      this.#shrink();
    }
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
