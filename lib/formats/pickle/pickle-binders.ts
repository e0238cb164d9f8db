/**
 * Calls that harmless pickles make and that bind a name to arguments: `functools.partial(function)`,
 * `getattr(object, "method")`, which is how Python writes a bound method, and `numpy.vectorize`. This tells a plain use from one that
 * reaches what the pickle does not name, or that calls what was bound.
 */
import { isDistribution } from "./pickle-distributions.ts";
import {
  calleeName,
  entryOf,
  globalName,
  isObject,
  itemsOf,
  type PickleValue,
} from "./pickle-values.ts";

const PARTIAL = "functools.partial";
const VECTORIZE = "numpy.vectorize";
const GETATTR: ReadonlySet<string> = new Set(["builtins.getattr", "__builtin__.getattr"]);
/** These keep what they are given and call it only when somebody uses the object. */
const KEEPERS: ReadonlySet<string> = new Set([PARTIAL, VECTORIZE, "collections.defaultdict"]);
/** Dunders, and the attributes of functions and frames, lead from any object to everything. */
const METHOD_NAME = /^(?!__|func_|im_|gi_|cr_|ag_|tb_|f_|mro$)[\p{ID_Start}_]\p{ID_Continue}*$/u;

export function isBinder(value: PickleValue | undefined): boolean {
  return isBinderName(globalName(value));
}

/** True for the result of a binder's call. */
export function isBound(value: PickleValue | undefined): boolean {
  return isBinderName(calleeName(value));
}

function isBinderName(name: string | null): boolean {
  return name !== null && (name === PARTIAL || name === VECTORIZE || GETATTR.has(name));
}

/** True for a `numpy.vectorize` that has not been given its function yet. */
export function isEmptyBinding(binder: PickleValue, args: PickleValue): boolean {
  return globalName(binder) === VECTORIZE && itemsOf(args)?.length === 0;
}

/**
 * True for binding a method of one of SciPy's distributions, which only computes, and for a `numpy.vectorize` still
 * empty.
 */
export function isHarmlessBinding(binder: PickleValue, args: PickleValue): boolean {
  const [target] = itemsOf(args) ?? [];
  return (
    isEmptyBinding(binder, args) ||
    (GETATTR.has(globalName(binder) ?? "") && isDistribution(target))
  );
}

/** True for the state of a `numpy.vectorize` whose function is a bound method. */
export function isHarmlessState(built: PickleValue, state: PickleValue): boolean {
  return calleeName(built) === VECTORIZE && isBoundMethod(entryOf(state, "pyfunc"));
}

/**
 * True when `binder(*args)` binds what the pickle itself names or holds: a named function or class, or a
 * method of an object that the pickle makes.
 */
export function isPlainBinding(binder: PickleValue, args: PickleValue): boolean {
  const [target, name, ...more] = itemsOf(args) ?? [];
  if (isEmptyBinding(binder, args)) return true;
  if (!GETATTR.has(globalName(binder) ?? "")) return isNamed(target) || isBoundMethod(target);
  const isMethod = typeof name === "string" && METHOD_NAME.test(name) && more.length === 0;
  return isMethod && isInstance(target);
}

/** `__setstate__` of a partial takes the function again: `(function, args, keywords, attributes)`. */
export function isPlainState(built: PickleValue, state: PickleValue): boolean {
  const name = calleeName(built);
  if (name !== PARTIAL && name !== VECTORIZE) return !isBound(built);
  const target = name === PARTIAL ? itemsOf(state)?.[0] : entryOf(state, "pyfunc");
  return isNamed(target) || isBoundMethod(target);
}

/** True when a call hands what was bound to a function, which would call it. */
export function handsOverBound(callee: PickleValue, args: PickleValue): boolean {
  const name = globalName(callee);
  if (name !== null && KEEPERS.has(name)) return false;
  return (itemsOf(args) ?? []).some((item) => isBound(item));
}

/**
 * True for plain data and for an object whose class the pickle names; false for a class, a function or a binder's
 * result.
 */
function isInstance(value: PickleValue | undefined): boolean {
  if (!isObject(value)) return value !== undefined;
  if (value.kind === "call") return !isBound(value) && globalName(value.callee) !== null;
  return value.kind !== "global" && value.kind !== "opaque" && value.kind !== "persistent";
}

function isNamed(value: PickleValue | undefined): boolean {
  return globalName(value) !== null && !isBinder(value);
}

function isBoundMethod(value: PickleValue | undefined): boolean {
  const name = calleeName(value);
  return name !== null && GETATTR.has(name);
}
