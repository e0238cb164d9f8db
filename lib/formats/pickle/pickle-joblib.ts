/**
 * joblib.dump puts an array's bytes into the stream, right after the BUILD of the `NumpyArrayWrapper` that
 * describes it (joblib/numpy_pickle.py): a padding length, the padding, the values. An array of objects is a
 * whole pickle instead.
 */
import { readExactly } from "../bytes/byte-source.ts";
import type { PickleGlobal } from "../bytes/reader.ts";
import type { ByteSource } from "../contract.ts";
import { elementCount } from "../tensor-facts.ts";
import { type PickleStream, parsePickle } from "./pickle.ts";
import { calleeName, globalName, isObject, itemsOf, type PickleValue } from "./pickle-values.ts";

const WRAPPER_MODULE = "joblib.numpy_pickle";
const WRAPPER_NAME = "NumpyArrayWrapper";
const WRAPPER = `${WRAPPER_MODULE}.${WRAPPER_NAME}`;
const HAS_OBJECT = 1;

/** True for a stream that may hold arrays as joblib writes them. */
export function namesJoblibArray(globals: readonly PickleGlobal[]): boolean {
  return globals.some(({ module, name }) => module === WRAPPER_MODULE && name === WRAPPER_NAME);
}

/**
 * For `PickleOptions.bytesAfterBuild`: bytes of the array that follows at `offset`, 0 when none does, null when
 * that cannot be told. Pickles of objects are handed to `nested`, and count against `maxOpcodes()`.
 */
export function skipJoblibArray(
  source: ByteSource,
  nested: (stream: PickleStream) => void,
  maxOpcodes: () => number,
) {
  return async (
    built: PickleValue,
    offset: number,
    globals: ReadonlyMap<string, PickleGlobal>,
  ): Promise<number | null> => {
    if (!globals.has(`${WRAPPER_MODULE}\n${WRAPPER_NAME}`)) return 0;
    if (!isObject(built) || built.kind === "opaque") return null;
    if (!isWrapper(built)) return mentionsWrapper(built) ? null : 0;
    const state = built.kind === "call" ? built.state : undefined;
    const itemBytes = numpyItemBytes(lastEntryOf(state, "dtype"));
    const shape = itemsOf(lastEntryOf(state, "shape"))?.map(Number);
    const count = shape ? elementCount(shape) : null;
    if (itemBytes === null || count === null || offset >= source.sizeBytes) return null;
    if (itemBytes === "objects") {
      const stream = await parsePickle(source, { offset, maxOpcodes: maxOpcodes() });
      nested(stream);
      return stream.parsedToEnd ? stream.endOffset - offset : null;
    }
    const isAligned = typeof lastEntryOf(state, "numpy_array_alignment_bytes") === "number";
    const padding = isAligned ? 1 + ((await readExactly(source, offset, 1))[0] as number) : 0;
    return padding + itemBytes * count;
  };
}

/** True for an object that the wrapper's class made, or the function that protocols 0 and 1 name instead. */
function isWrapper(value: PickleValue): boolean {
  const name = calleeName(value);
  if (name === WRAPPER) return true;
  if (name !== "copyreg._reconstructor" && name !== "copy_reg._reconstructor") return false;
  return (
    isObject(value) && value.kind === "call" && globalName(itemsOf(value.args)?.[0]) === WRAPPER
  );
}

/**
 * True for a call that may return a wrapper: of an unknown function, or with the class or an unread wrapper among its
 * arguments.
 */
function mentionsWrapper(value: PickleValue): boolean {
  if (!isObject(value) || value.kind !== "call") return false;
  if (!isObject(value.callee) || value.callee.kind !== "global") return true;
  return (itemsOf(value.args) ?? []).some(
    (item) => globalName(item) === WRAPPER || (isWrapper(item) && !hasState(item)),
  );
}

function hasState(value: PickleValue): boolean {
  return isObject(value) && value.kind === "call" && value.state !== undefined;
}

/** The value that Python would find: of a key that occurs twice the last one counts. Only plain dicts are read. */
function lastEntryOf(value: PickleValue | undefined, key: string): PickleValue | undefined {
  if (!isObject(value) || value.kind !== "dict") return undefined;
  const { entries } = value;
  for (let at = entries.length - 2; at >= 0; at -= 2)
    if (entries[at] === key) return entries[at + 1];
  return undefined;
}

/**
 * Bytes of one element of `numpy.dtype("f8")`; null where they cannot be told. The state of a dtype of
 * flexible size says the size again, and that one counts.
 */
function numpyItemBytes(dtype: PickleValue | undefined): number | "objects" | null {
  if (calleeName(dtype) !== "numpy.dtype" || !isObject(dtype) || dtype.kind !== "call") return null;
  const code = itemsOf(dtype.args)?.[0];
  const match = typeof code === "string" ? /^[<>|=]?([biufcmMSVUO?])(\d{1,9})$/.exec(code) : null;
  if (!match) return code === "?" ? 1 : null;
  const [, kind, digits] = match;
  if (kind === "O") return "objects";
  const width = Number(digits) * (kind === "U" ? 4 : 1);
  if (!/[SVU]/.test(kind as string) || dtype.state === undefined) return width;
  const state = itemsOf(dtype.state);
  const [, , , , , size, , flags = 0] = state ?? [];
  if (typeof size !== "number" || typeof flags !== "number") return null;
  if ((flags & HAS_OBJECT) !== 0) return "objects";
  return size >= 0 ? size : width;
}
