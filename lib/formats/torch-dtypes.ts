/** PyTorch's storage classes and dtypes in safetensors' spelling. */
import { globalName, type PickleValue } from "./pickle-values.ts";

const STORAGES: ReadonlyMap<string, string> = new Map([
  ["DoubleStorage", "F64"],
  ["FloatStorage", "F32"],
  ["HalfStorage", "F16"],
  ["BFloat16Storage", "BF16"],
  ["LongStorage", "I64"],
  ["IntStorage", "I32"],
  ["ShortStorage", "I16"],
  ["CharStorage", "I8"],
  ["ByteStorage", "U8"],
  ["BoolStorage", "BOOL"],
  ["ComplexFloatStorage", "C64"],
  ["ComplexDoubleStorage", "C128"],
  ["QInt8Storage", "I8"],
  ["QUInt8Storage", "U8"],
  ["QInt32Storage", "I32"],
  ["QUInt4x2Storage", "U4"],
  ["QUInt2x4Storage", "U2"],
  // Bytes whose type another argument gives.
  ["UntypedStorage", "U8"],
]);

const DTYPES: ReadonlyMap<string, string> = new Map([
  ["float64", "F64"],
  ["double", "F64"],
  ["float32", "F32"],
  ["float", "F32"],
  ["float16", "F16"],
  ["half", "F16"],
  ["bfloat16", "BF16"],
  ["int64", "I64"],
  ["long", "I64"],
  ["int32", "I32"],
  ["int", "I32"],
  ["int16", "I16"],
  ["short", "I16"],
  ["int8", "I8"],
  ["uint8", "U8"],
  ["uint16", "U16"],
  ["uint32", "U32"],
  ["uint64", "U64"],
  ["bool", "BOOL"],
  ["complex64", "C64"],
  ["complex128", "C128"],
  ["qint8", "I8"],
  ["quint8", "U8"],
  ["qint32", "I32"],
  ["float8_e4m3fn", "F8_E4M3"],
  ["float8_e5m2", "F8_E5M2"],
  ["float8_e8m0fnu", "F8_E8M0"],
  ["float8_e4m3fnuz", "F8_E4M3FNUZ"],
  ["float8_e5m2fnuz", "F8_E5M2FNUZ"],
]);

/** `torch.FloatStorage` -> `F32`; null when it is no storage class that is known. */
export function storageDtype(storageClass: PickleValue | undefined): string | null {
  const name = globalName(storageClass);
  if (name === null || !name.startsWith("torch.")) return null;
  return STORAGES.get(name.slice(name.lastIndexOf(".") + 1)) ?? null;
}

/** `torch.bfloat16` -> `BF16`; null when it is no dtype that is known. */
export function torchDtype(dtype: PickleValue | undefined): string | null {
  const name = globalName(dtype);
  return name?.startsWith("torch.") ? (DTYPES.get(name.slice("torch.".length)) ?? null) : null;
}

/** The names that a checkpoint may mention without more than a dtype being meant. */
export function isTorchDtypeName(name: string): boolean {
  return DTYPES.has(name);
}

export function isTorchStorageName(name: string): boolean {
  return STORAGES.has(name);
}
