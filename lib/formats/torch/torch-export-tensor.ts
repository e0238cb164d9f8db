/** One tensor of an exported program as torch/_export/serde/schema.py describes it (`PayloadMeta`, `TensorMeta`). */

import type { Json } from "../bytes/strict-json.ts";
import { invalidFile, plainText } from "../bytes/window-reader.ts";
import type { SourceFile, TensorFact } from "../contract.ts";
import { byteCount, canHold, DTYPE_BITS, elementCount, MAX_DIMENSIONS } from "../tensor-facts.ts";
import { torchDtypeNamed } from "./torch-dtypes.ts";

const KIND = "an exported PyTorch program";
const MAX_NAME_CHARS = 4096;

/** The numbers of `ScalarType`. */
const SCALAR_TYPES: ReadonlyMap<number, string> = new Map([
  [1, "uint8"],
  [2, "int8"],
  [3, "int16"],
  [4, "int32"],
  [5, "int64"],
  [6, "float16"],
  [7, "float32"],
  [8, "float64"],
  [9, "complex32"],
  [10, "complex64"],
  [11, "complex128"],
  [12, "bool"],
  [13, "bfloat16"],
  [28, "uint16"],
  [29, "float8_e4m3fn"],
  [30, "float8_e5m2"],
  [31, "float8_e4m3fnuz"],
  [32, "float8_e5m2fnuz"],
  [33, "float8_e8m0fnu"],
  [34, "uint32"],
  [35, "uint64"],
]);

export type PlacedTensor = {
  fact: TensorFact;
  isParameter: boolean;
  /** Two names with one place are one parameter. */
  place: string;
};

type Payload = {
  name: string;
  /** Bytes of the member beside the configuration; null when it is not there. */
  sizeOf: (path: string) => number | null;
};

/** Null for what is no tensor (an object of a custom class). Throws `invalid_model_file`. */
export function exportedTensor(
  file: SourceFile,
  payload: Json,
  { name, sizeOf }: Payload,
): PlacedTensor | null {
  const fail = (what: string) =>
    invalidFile(file.path, KIND, `the tensor ${plainText(name, 100)} ${what}`);
  if (!(payload instanceof Map)) throw fail("is not described by an object");
  const meta = payload.get("tensor_meta");
  const path = payload.get("path_name");
  if (!(meta instanceof Map)) return null;
  const shape = integers(meta.get("sizes"));
  const strides = integers(meta.get("strides"));
  const offset = integer(meta.get("storage_offset")) ?? 0;
  const count = shape ? elementCount(shape) : null;
  if (typeof path !== "string" || !shape || !strides || count === null) {
    throw fail("has no shape that a tensor can have");
  }
  if (strides.length !== shape.length || offset < 0 || strides.some((stride) => stride < 0)) {
    throw fail("has no layout that a tensor can have");
  }
  const have = sizeOf(path);
  if (have === null) throw fail("has no values in the file");
  const dtype = scalarType(meta.get("dtype"));
  const bits = DTYPE_BITS.get(dtype);
  const reach = shape.reduce((sum, size, at) => sum + (size - 1) * (strides[at] as number), offset);
  const needed = bits === undefined || count === 0 ? 0 : Math.ceil(((reach + 1) * bits) / 8);
  // A pickled tensor lies in a checkpoint of its own, which is longer than its values.
  if (needed > have) throw fail(`needs ${needed} bytes and has ${have}`);
  if (bits === undefined && !canHold(have, count)) {
    throw fail(`has more elements than its ${have} bytes can hold`);
  }
  return {
    fact: {
      name: plainText(name, MAX_NAME_CHARS),
      dtype,
      shape,
      sizeBytes: byteCount(dtype, count) ?? have,
      file: file.path,
    },
    isParameter: payload.get("is_param") === true,
    place: JSON.stringify([path, offset, shape, strides]),
  };
}

/** The tensor type of a number of `ScalarType`. */
export function scalarType(value: Json | undefined): string {
  const name = SCALAR_TYPES.get(typeof value === "number" ? value : 0);
  return torchDtypeNamed(name ?? "") ?? `TORCH_TYPE_${typeof value === "number" ? value : "?"}`;
}

function integers(value: Json | undefined): number[] | null {
  if (!Array.isArray(value) || value.length > MAX_DIMENSIONS) return null;
  const numbers = value.map(integer);
  return numbers.every((number) => number !== null) ? numbers : null;
}

/** `{"as_int": 3}`; a weight has no symbolic sizes. */
function integer(value: Json | undefined): number | null {
  const number = value instanceof Map ? value.get("as_int") : null;
  return typeof number === "number" && Number.isSafeInteger(number) ? number : null;
}
