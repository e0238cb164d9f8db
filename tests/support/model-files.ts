/** Small real model files, made in memory. */
import { randomBytes } from "node:crypto";

type Entry = { dtype: string; shape: readonly number[]; bytes: Uint8Array };

/** A safetensors file (huggingface/safetensors format): u64 header length, JSON header, data. */
export function safetensors(
  tensors: Record<string, Entry>,
  metadata: Record<string, string> = {},
): Uint8Array<ArrayBuffer> {
  const header: Record<string, unknown> = {};
  if (Object.keys(metadata).length > 0) header.__metadata__ = metadata;
  let offset = 0;
  for (const [name, { dtype, shape, bytes }] of Object.entries(tensors)) {
    header[name] = { dtype, shape, data_offsets: [offset, offset + bytes.length] };
    offset += bytes.length;
  }
  const json = new TextEncoder().encode(JSON.stringify(header));
  const file = new Uint8Array(8 + json.length + offset);
  new DataView(file.buffer).setBigUint64(0, BigInt(json.length), true);
  file.set(json, 8);
  let at = 8 + json.length;
  for (const { bytes } of Object.values(tensors)) {
    file.set(bytes, at);
    at += bytes.length;
  }
  return file;
}

/** One float32 tensor of `elements` values filled from `seed`: different seeds, different bytes. */
export function tinyModel(seed = 1, elements = 4): Uint8Array<ArrayBuffer> {
  const values = Float32Array.from({ length: elements }, (_, index) => seed + index / elements);
  return safetensors(
    { weight: { dtype: "F32", shape: [elements], bytes: new Uint8Array(values.buffer) } },
    { format: "pt" },
  );
}

/** Many small tensors, for tables that must stay fast. */
export function manyTensors(count: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(4);
  const entries = Array.from({ length: count }, (_, index): [string, Entry] => [
    `model.layers.${Math.floor(index / 10)}.part${index % 10}.weight`,
    { dtype: "F32", shape: [1], bytes },
  ]);
  return safetensors(Object.fromEntries(entries), { format: "pt" });
}

/** Values of a bfloat16 tensor that compress to about half. */
export function halfCompressible(lengthBytes: number): Uint8Array<ArrayBuffer> {
  const values = new Uint8Array(randomBytes(lengthBytes));
  for (let at = 1; at < lengthBytes; at += 2) values[at] = 0x3c;
  return values;
}

/** A bfloat16 tensor for each of `layers`, with metadata that no other file has. */
export function layeredModel(...layers: Uint8Array[]): Uint8Array<ArrayBuffer> {
  const tensors = layers.map(
    (bytes, index) =>
      [`layer.${index}`, { dtype: "BF16", shape: [bytes.length / 2], bytes }] as const,
  );
  return safetensors(Object.fromEntries(tensors), { run: randomBytes(8).toString("hex") });
}
