/**
 * One tensor out of the recorded call that would rebuild it (torch/_utils.py and torch/_tensor.py,
 * `_rebuild_*`): which storage, from where, which shape.
 */
import {
  calleeName,
  entriesOf,
  entryOf,
  globalName,
  isObject,
  itemsOf,
  type PickleValue,
} from "../pickle/pickle-values.ts";
import { canHold, DTYPE_BITS, elementCount, MAX_DIMENSIONS } from "../tensor-facts.ts";
import { storageDtype, torchDtype } from "./torch-dtypes.ts";

/** A parameter in a wrapper in a wrapper ...: real ones are two deep. */
const MAX_WRAPPERS = 8;

/** The element of the storage that a tensor begins at, and its steps between elements, one for each dimension. */
export type Steps = { offset: number; strides: readonly number[] };
/** How a tensor has its values where no steps through one storage say it. */
export type OddLayout =
  | "quantized"
  | "sparse"
  | "nested"
  | "without values"
  | "lazy"
  | "of a device";

export type TorchTensor = {
  dtype: string;
  shape: number[];
  /** Name of the storage inside the file; null for a tensor without bytes (meta) or with several (sparse). */
  storageKey: string | null;
  /** Bytes of that storage that the tensor reaches to. */
  storageBytes: number;
  /** Which elements of its storage the tensor is, in any order: equal for tied weights; null without a storage. */
  region: string | null;
  /** The element of its storage that it begins at, where it is all that follows there, row by row; null for a strided view. */
  start: number | null;
  layout: Steps | OddLayout;
  isParameter: boolean;
};

/** Null when `value` is no tensor. */
export function readTorchTensor(value: PickleValue | undefined, depth = 0): TorchTensor | null {
  const callee = calleeName(value);
  if (callee === null || depth > MAX_WRAPPERS || !isObject(value) || value.kind !== "call")
    return null;
  const args = itemsOf(value.args) ?? [];
  switch (callee) {
    case "torch._utils._rebuild_tensor":
    case "torch._utils._rebuild_tensor_v2":
      return lazyBy(args[6], fromStorage(args, storageDtype(storageOf(args[0])?.[1])));
    case "torch._utils._rebuild_qtensor":
      return laidOut("quantized", fromStorage(args, storageDtype(storageOf(args[0])?.[1])));
    case "torch._utils._rebuild_tensor_v3":
      return lazyBy(args[7], fromStorage(args, torchDtype(args[6])));
    case "torch._utils._rebuild_parameter":
    case "torch._utils._rebuild_parameter_with_state": {
      const data = readTorchTensor(args[0], depth + 1);
      return data && { ...data, isParameter: true };
    }
    case "torch._utils._rebuild_sparse_tensor":
    case "torch._utils._rebuild_sparse_csr_tensor":
      return fromSparse(itemsOf(args[1]) ?? [], depth);
    case "torch._utils._rebuild_meta_tensor_no_storage":
      return withoutStorage(torchDtype(args[0]), args[1]);
    case "torch._utils._rebuild_wrapper_subclass":
      return withoutStorage(torchDtype(args[1]), args[2]);
    // Tensors of different lengths behind each other; their lengths are values, which are not read.
    case "torch._utils._rebuild_nested_tensor":
      return laidOut("nested", readTorchTensor(args[0], depth + 1));
    case "torch._utils._rebuild_device_tensor_from_cpu_tensor":
      return laidOut("of a device", readTorchTensor(args[0], depth + 1));
    case "torch.nested._internal.nested_tensor._rebuild_njt":
      return laidOut("nested", readTorchTensor(entryOf(args[0], "values"), depth + 1));
    case "torch._tensor._rebuild_from_type":
    case "torch._tensor._rebuild_from_type_v2":
      return fromSubclass(args, depth);
    default:
      return null;
  }
}

function laidOut(layout: OddLayout, tensor: TorchTensor | null): TorchTensor | null {
  return tensor && { ...tensor, layout };
}

/** Complex conjugates and negatives may be marked as such, and have the values of what they are made of. */
function lazyBy(marks: PickleValue | undefined, tensor: TorchTensor | null): TorchTensor | null {
  const isMarked = (entriesOf(marks) ?? []).some((entry) => entry === true);
  return isMarked ? laidOut("lazy", tensor) : tensor;
}

/** `("storage", class, key, location, elements)` of a persistent id. */
export function storageOf(value: PickleValue | undefined): readonly PickleValue[] | null {
  if (!isObject(value) || value.kind !== "persistent") return null;
  return storageTuple(value.id);
}

export function storageTuple(id: PickleValue | undefined): readonly PickleValue[] | null {
  const parts = itemsOf(id);
  return parts && parts[0] === "storage" && parts.length >= 5 ? parts : null;
}

function fromStorage(args: readonly PickleValue[], dtype: string | null): TorchTensor | null {
  const storage = storageOf(args[0]);
  const shape = sizesOf(args[2]);
  const strides = sizesOf(args[3]);
  const offset = args[1];
  if (!storage || !shape || !strides || dtype === null) return null;
  if (typeof offset !== "number" || offset < 0 || strides.length !== shape.length) return null;
  const count = elementCount(shape);
  if (count === null) return null;
  let last = offset;
  shape.forEach((size, at) => {
    last += Math.max(0, size - 1) * (strides[at] as number);
  });
  const bits = DTYPE_BITS.get(dtype);
  const storageBytes =
    bits === undefined ? bytesOf(storage) : count === 0 ? 0 : Math.ceil(((last + 1) * bits) / 8);
  if (bits === undefined && !canHold(storageBytes, count)) return null;
  const storageKey = String(storage[2]);
  const region = `${storageKey} ${dtype} ${offset} ${layoutOf(shape, strides)}`;
  const start = isRowByRow(shape, strides) ? offset : null;
  const layout = { offset, strides };
  return { dtype, shape, storageKey, storageBytes, region, start, layout, isParameter: false };
}

/** Whether the elements follow each other in the order of the dimensions. */
function isRowByRow(shape: readonly number[], strides: readonly number[]): boolean {
  let step = 1;
  for (let at = shape.length - 1; at >= 0; at -= 1) {
    const size = shape[at] as number;
    // A dimension of one element is never stepped through.
    if (size !== 1 && strides[at] !== step) return false;
    step *= size;
  }
  return true;
}

/** Steps and sizes without the order of the dimensions: a transposed or reshaped view has the same. */
function layoutOf(shape: readonly number[], strides: readonly number[]): string {
  const steps: { step: number; size: number }[] = [];
  const dimensions = shape
    .map((size, at) => ({ step: strides[at] as number, size }))
    .filter(({ size }) => size > 1)
    .sort((a, b) => b.step - a.step);
  for (const { step, size } of dimensions) {
    const outer = steps.at(-1);
    if (outer && outer.step === step * size)
      steps[steps.length - 1] = { step, size: outer.size * size };
    else steps.push({ step, size });
  }
  return steps.map(({ step, size }) => `${size}/${step}`).join(" ");
}

/** Bytes of a storage whose type has no known size, as the storage itself states them. */
function bytesOf([, , , , elements]: readonly PickleValue[]): number {
  return typeof elements === "number" && Number.isSafeInteger(elements) ? elements : 0;
}

/** A sparse tensor's shape is its own, its bytes are those of two others. */
function fromSparse(parts: readonly PickleValue[], depth: number): TorchTensor | null {
  const tensors = parts.map((part) => readTorchTensor(part, depth + 1));
  const values = tensors.filter((tensor) => tensor !== null).at(-1);
  const shape = parts.map((part) => sizesOf(part)).find(Boolean);
  if (!values || !shape) return null;
  const nowhere = { storageKey: null, storageBytes: 0, region: null, start: null };
  return { ...values, shape, ...nowhere, layout: "sparse" };
}

function withoutStorage(dtype: string | null, size: PickleValue | undefined): TorchTensor | null {
  const shape = sizesOf(size);
  if (!shape || dtype === null) return null;
  const nowhere = { storageKey: null, storageBytes: 0, region: null, start: null };
  return { dtype, shape, ...nowhere, layout: "without values", isParameter: false };
}

/** `(rebuild, class, args, state)`: the tensor is what `rebuild(*args)` would give. */
function fromSubclass(args: readonly PickleValue[], depth: number): TorchTensor | null {
  const [rebuild, type, inner] = args;
  if (rebuild === undefined || inner === undefined) return null;
  const call: PickleValue = {
    kind: "call",
    callee: rebuild,
    args: inner,
    state: undefined,
    items: [],
    entries: [],
  };
  const tensor = readTorchTensor(call, depth + 1);
  const isParameter = globalName(type) === "torch.nn.parameter.Parameter";
  return tensor && { ...tensor, isParameter: tensor.isParameter || isParameter };
}

/** A tuple of sizes or a `torch.Size`; null for anything else. */
export function sizesOf(value: PickleValue | undefined): number[] | null {
  const items =
    itemsOf(value) ?? (isObject(value) && value.kind === "call" ? sizeItems(value) : null);
  if (!items || items.length > MAX_DIMENSIONS) return null;
  const sizes = items.map((item) => (typeof item === "number" ? item : -1));
  return sizes.every((size) => Number.isSafeInteger(size) && size >= 0) ? sizes : null;
}

function sizeItems(value: PickleValue): readonly PickleValue[] | null {
  if (calleeName(value) !== "torch.Size" || !isObject(value) || value.kind !== "call") return null;
  return itemsOf(itemsOf(value.args)?.[0]);
}
