/** NumPy's names of types, which Keras and Core ML's tools use too, in safetensors' spelling. */
const DTYPES: ReadonlyMap<string, string> = new Map([
  ["float64", "F64"],
  ["float32", "F32"],
  ["float16", "F16"],
  ["bfloat16", "BF16"],
  ["float8_e4m3fn", "F8_E4M3"],
  ["float8_e5m2", "F8_E5M2"],
  ["int64", "I64"],
  ["int32", "I32"],
  ["int16", "I16"],
  ["int8", "I8"],
  ["uint64", "U64"],
  ["uint32", "U32"],
  ["uint16", "U16"],
  ["uint8", "U8"],
  ["int4", "I4"],
  ["uint4", "U4"],
  ["bool", "BOOL"],
  ["complex64", "C64"],
  ["complex128", "C128"],
  ["string", "STRING"],
  ["str", "STRING"],
]);

/** Null for a name that is not known. */
export function dtypeOfName(name: string): string | null {
  return DTYPES.get(name) ?? null;
}
