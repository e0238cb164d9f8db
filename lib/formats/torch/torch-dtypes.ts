/** PyTorch's storage classes and dtypes in safetensors' spelling; PyTorch's own name for what that does not spell. */
import { globalName, type PickleValue } from "../pickle/pickle-values.ts";

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
  ["chalf", "complex32"],
  ["complex64", "C64"],
  ["cfloat", "C64"],
  ["complex128", "C128"],
  ["cdouble", "C128"],
  ["bit", "uint1"],
  ["qint8", "I8"],
  ["quint8", "U8"],
  ["qint32", "I32"],
  ["quint4x2", "U4"],
  ["quint2x4", "U2"],
  ["float8_e4m3fn", "F8_E4M3"],
  ["float8_e5m2", "F8_E5M2"],
  ["float8_e8m0fnu", "F8_E8M0"],
  ["float8_e4m3fnuz", "F8_E4M3FNUZ"],
  ["float8_e5m2fnuz", "F8_E5M2FNUZ"],
]);

/**
 * The list grows with PyTorch: a name that is spelled like a dtype (`torch.float4_e2m1fn_x2`) is one, and no other
 * name is.
 */
const DTYPE_NAME =
  /^(?:b?float|complex|u?int|qu?int|bits)\d{1,3}(?:x\d{1,2})?(?:_[a-z0-9]{1,16}){0,3}$/;

/** `torch.FloatStorage` -> `F32`; null when it is no storage class that is known. */
export function storageDtype(storageClass: PickleValue | undefined): string | null {
  const name = globalName(storageClass);
  if (name === null || !name.startsWith("torch.")) return null;
  return STORAGES.get(name.slice(name.lastIndexOf(".") + 1)) ?? null;
}

/** `torch.bfloat16` -> `BF16`; null when it is no dtype. */
export function torchDtype(dtype: PickleValue | undefined): string | null {
  const name = globalName(dtype);
  return name?.startsWith("torch.") ? torchDtypeNamed(name.slice("torch.".length)) : null;
}

/** `bfloat16` -> `BF16`; null when it is no dtype. */
export function torchDtypeNamed(name: string): string | null {
  return DTYPES.get(name) ?? (DTYPE_NAME.test(name) ? name : null);
}

/** True for names that mean nothing but a dtype when a checkpoint mentions them. */
export function isTorchDtypeName(name: string): boolean {
  return torchDtypeNamed(name) !== null;
}

export function isTorchStorageName(name: string): boolean {
  return STORAGES.has(name);
}
