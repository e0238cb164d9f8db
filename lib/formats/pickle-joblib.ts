/**
 * joblib.dump puts an array's bytes into the stream, right after the BUILD of the `NumpyArrayWrapper` that
 * describes it (joblib/numpy_pickle.py): a padding length, the padding, the values.
 */
import { readExactly } from "./byte-source.ts";
import type { ByteSource } from "./contract.ts";
import { calleeName, entryOf, isObject, itemsOf, type PickleValue } from "./pickle-values.ts";
import { elementCount } from "./tensor-facts.ts";

const WRAPPER = "joblib.numpy_pickle.NumpyArrayWrapper";

/**
 * For `PickleOptions.bytesAfterBuild`: bytes of the array that follows at `offset`, 0 when none does. An
 * array of objects is a pickle of its own: nothing is skipped, so that it is looked into or refused.
 */
export function skipJoblibArray(source: ByteSource) {
  return async (built: PickleValue, offset: number): Promise<number> => {
    if (calleeName(built) !== WRAPPER || !isObject(built) || built.kind !== "call") return 0;
    const itemBytes = numpyItemBytes(entryOf(built.state, "dtype"));
    const shape = itemsOf(entryOf(built.state, "shape"))?.map(Number);
    const count = shape ? elementCount(shape) : null;
    if (itemBytes === null || count === null || offset >= source.sizeBytes) return 0;
    const isAligned = typeof entryOf(built.state, "numpy_array_alignment_bytes") === "number";
    const padding = isAligned ? 1 + ((await readExactly(source, offset, 1))[0] as number) : 0;
    return padding + itemBytes * count;
  };
}

/** Bytes of one element of `numpy.dtype("f8")`; null for objects and for records. */
function numpyItemBytes(dtype: PickleValue | undefined): number | null {
  if (calleeName(dtype) !== "numpy.dtype" || !isObject(dtype) || dtype.kind !== "call") return null;
  const code = itemsOf(dtype.args)?.[0];
  const match = typeof code === "string" ? /^[biufcSVU?](\d{1,6})$/.exec(code) : null;
  if (!match) return null;
  const isWide = (code as string).startsWith("U");
  return Number(match[1]) * (isWide ? 4 : 1);
}
