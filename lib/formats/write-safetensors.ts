/** The head of a safetensors file (github.com/huggingface/safetensors, "Format"): u64 length, JSON, blanks up to a multiple of 8. */
import { RegistryError } from "#lib/errors.ts";
import { plainText } from "./bytes/window-reader.ts";
import { MAX_HEADER_BYTES } from "./safetensors.ts";
import { byteCount, DTYPE_BITS, elementCount, MAX_NAME_BYTES } from "./tensor-facts.ts";

/** What the reference implementation and PyTorch both have. */
const DTYPES: ReadonlySet<string> = new Set(
  "BOOL U8 I8 F8_E4M3 F8_E5M2 U16 I16 F16 BF16 U32 I32 F32 U64 I64 F64 C64".split(" "),
);
const ALIGNMENT = 8;
const NAME_MAX_CHARS = 200;

type Tensor = { name: string; dtype: string; shape: readonly number[] };
export type SafetensorsHead<T extends Tensor> = {
  head: Uint8Array;
  /** In the order in which their bytes follow the head. */
  order: (T & { lengthBytes: number })[];
  /** Of the whole file. */
  sizeBytes: number;
};

/** Larger elements come first, so that every tensor begins at a multiple of its own. Throws `not_convertible`. */
export function safetensorsHead<T extends Tensor>(tensors: readonly T[]): SafetensorsHead<T> {
  const names = new Set<string>();
  const order = tensors.map((tensor) => {
    checkName(tensor.name, names);
    const lengthBytes = byteCount(tensor.dtype, elementCount(tensor.shape) ?? Number.NaN);
    if (!DTYPES.has(tensor.dtype) || lengthBytes === null)
      refuse(tensor.name, `has the type ${tensor.dtype}, which safetensors does not have`);
    return { ...tensor, lengthBytes };
  });
  const widthOf = ({ dtype }: Tensor) => DTYPE_BITS.get(dtype) ?? 0;
  order.sort((a, b) => widthOf(b) - widthOf(a) || (a.name < b.name ? -1 : 1));
  let at = 0;
  const entries: [string, unknown][] = [["__metadata__", { format: "pt" }]];
  for (const { name, dtype, shape, lengthBytes } of order) {
    entries.push([name, { dtype, shape, data_offsets: [at, at + lengthBytes] }]);
    at += lengthBytes;
  }
  // Joined by hand: an object would put names that look like numbers first, and take `__proto__` for something else.
  const json = Buffer.from(
    `{${entries.map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`).join(",")}}`,
  );
  const lengthBytes = Math.ceil(json.length / ALIGNMENT) * ALIGNMENT;
  if (lengthBytes > MAX_HEADER_BYTES)
    throw new RegistryError("not_convertible", "The names of the tensors take too many bytes.");
  const head = Buffer.alloc(8 + lengthBytes, " ");
  head.writeBigUInt64LE(BigInt(lengthBytes), 0);
  json.copy(head, 8);
  return { head, order, sizeBytes: head.length + at };
}

function checkName(name: string, names: Set<string>): void {
  if (names.has(name)) refuse(name, "is there twice");
  const isPlain = name.isWellFormed() && plainText(name, MAX_NAME_BYTES) === name;
  if (name === "__metadata__" || !isPlain)
    refuse(name, "has a name that safetensors does not allow");
  names.add(name);
}

function refuse(name: string, why: string): never {
  throw new RegistryError(
    "not_convertible",
    `The tensor ${plainText(name, NAME_MAX_CHARS)} ${why}.`,
  );
}
