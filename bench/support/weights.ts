import { randomBytes, randomFillSync } from "node:crypto";
import { open } from "node:fs/promises";

const CHUNK_BYTES = 4 * 1024 * 1024;
const HEAD_BYTES = 256;
/** Spread of the values, as layers are initialised and end up. */
const DEVIATION = 0.02;

let pool: Float32Array | null = null;

/** Normally distributed values by the method of Box and Muller. */
function gaussians(): Float32Array {
  if (pool) return pool;
  const values = new Float32Array(CHUNK_BYTES / 2);
  for (let at = 0; at < values.length; at += 2) {
    const radius = DEVIATION * Math.sqrt(-2 * Math.log(1 - Math.random()));
    const angle = 2 * Math.PI * Math.random();
    values[at] = radius * Math.cos(angle);
    values[at + 1] = radius * Math.sin(angle);
  }
  pool = values;
  return values;
}

/**
 * A safetensors file with one bfloat16 tensor whose bytes are distributed as those of real weights: exponents of
 * normally distributed values, random mantissas. No part of it repeats another one.
 */
export async function writeWeights(path: string, sizeBytes: number): Promise<void> {
  const values = new Uint32Array(gaussians().buffer);
  const file = await open(path, "w");
  try {
    await file.write(head(sizeBytes));
    const chunk = new Uint16Array(CHUNK_BYTES / 2);
    const bytes = new Uint8Array(chunk.buffer);
    for (let at = HEAD_BYTES; at < sizeBytes; at += CHUNK_BYTES) {
      randomFillSync(bytes);
      const shift = randomBytes(4).readUInt32LE() % values.length;
      for (let index = 0; index < chunk.length; index += 1) {
        const value = values[(index + shift) % values.length] ?? 0;
        chunk[index] = ((value >>> 16) & 0xff80) | ((chunk[index] ?? 0) & 0x7f);
      }
      await file.write(bytes, 0, Math.min(CHUNK_BYTES, sizeBytes - at), at);
    }
  } finally {
    await file.close();
  }
}

/** Eight bytes of length, then JSON padded with spaces (the format allows that). */
function head(sizeBytes: number): Buffer {
  const dataBytes = sizeBytes - HEAD_BYTES;
  const json = JSON.stringify({
    __metadata__: { run: randomBytes(8).toString("hex") },
    weight: { dtype: "BF16", shape: [dataBytes / 2], data_offsets: [0, dataBytes] },
  });
  const bytes = Buffer.alloc(HEAD_BYTES, " ");
  bytes.writeBigUInt64LE(BigInt(HEAD_BYTES - 8), 0);
  bytes.write(json, 8);
  return bytes;
}
