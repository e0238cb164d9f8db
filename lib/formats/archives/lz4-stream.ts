/** LZ4 frames (github.com/lz4/lz4, doc/lz4_Frame_format.md 1.6), as joblib writes them. */
import { DamagedStream, type InputWindow } from "../bytes/input-window.ts";

const MAGIC = 0x184d2204;
const REACH_BYTES = 64 * 1024;
const BLOCK_BYTES = [0, 0, 0, 0, 64 * 1024, 256 * 1024, 1024 * 1024, 4 * 1024 * 1024];

/** Throws `DamagedStream`, also for a dictionary from outside. Checksums are passed over. */
export async function* decodeLz4(input: InputWindow): AsyncGenerator<Uint8Array> {
  while (await input.need(1)) {
    const head = Buffer.from(await input.take(6));
    const flags = head[4] as number;
    const maxBytes = BLOCK_BYTES[((head[5] as number) >> 4) & 7] ?? 0;
    if (head.readUInt32LE(0) !== MAGIC || flags >> 6 !== 1 || (flags & 3) !== 0 || maxBytes === 0) {
      throw new DamagedStream();
    }
    await input.take(((flags & 8) !== 0 ? 8 : 0) + 1);
    // The bytes decoded before stand in front: blocks may reach back into them.
    const output = new Uint8Array(REACH_BYTES + maxBytes);
    let kept = 0;
    for (;;) {
      const size = Buffer.from(await input.take(4)).readUInt32LE(0);
      if (size === 0) break;
      const length = size & 0x7fffffff;
      if (length > maxBytes) throw new DamagedStream();
      const block = await input.take(length);
      let end: number;
      if (size >>> 31 === 1) {
        output.set(block, kept);
        end = kept + length;
      } else end = decodeBlock(block, output, kept, kept + maxBytes);
      yield output.slice(kept, end);
      const next = Math.min(end, REACH_BYTES);
      output.copyWithin(0, end - next, end);
      kept = next;
      if ((flags & 16) !== 0) await input.take(4);
    }
    if ((flags & 4) !== 0) await input.take(4);
  }
}

function decodeBlock(block: Uint8Array, output: Uint8Array, start: number, limit: number): number {
  let at = 0;
  let end = start;
  const length = (nibble: number): number => {
    if (nibble < 15) return nibble;
    let total = 15;
    for (;;) {
      const byte = block[at];
      at += 1;
      if (byte === undefined) throw new DamagedStream();
      total += byte;
      if (byte !== 255) return total;
    }
  };
  while (at < block.length) {
    const token = block[at] as number;
    at += 1;
    const literals = length(token >> 4);
    if (literals > block.length - at || literals > limit - end) throw new DamagedStream();
    output.set(block.subarray(at, at + literals), end);
    at += literals;
    end += literals;
    if (at === block.length) return end;
    const distance = (block[at] as number) + (block[at + 1] ?? 0) * 256;
    at += 2;
    const match = length(token & 15) + 4;
    if (distance === 0 || distance > end || match > limit - end) throw new DamagedStream();
    if (distance >= match) output.copyWithin(end, end - distance, end - distance + match);
    else for (let to = end; to < end + match; to += 1) output[to] = output[to - distance] as number;
    end += match;
  }
  return end;
}
