/**
 * Two calls that harmless pickles make and that bind a name to arguments: `functools.partial(function)` and
 * `getattr(object, "method")`, which is how Python writes a bound method. This tells a plain use from one that
 * reaches what the pickle does not name, or that calls what was bound.
 */
import { calleeName, globalName, isObject, itemsOf, type PickleValue } from "./pickle-values.ts";

const PARTIAL = "functools.partial";
const GETATTR: ReadonlySet<string> = new Set(["builtins.getattr", "__builtin__.getattr"]);
/** These keep what they are given and call it only when somebody uses the object. */
const KEEPERS: ReadonlySet<string> = new Set([PARTIAL, "collections.defaultdict"]);
/** Dunders, and the attributes of functions and frames, lead from any object to everything. */
const METHOD_NAME = /^(?!__|func_|im_|gi_|cr_|ag_|tb_|f_|mro$)[\p{ID_Start}_]\p{ID_Continue}*$/u;

export function isBinder(value: PickleValue | undefined): boolean {
  const name = globalName(value);
  return name !== null && (name === PARTIAL || GETATTR.has(name));
}

/** True for what a binder's call gave. */
export function isBound(value: PickleValue | undefined): boolean {
  const name = calleeName(value);
  return name !== null && (name === PARTIAL || GETATTR.has(name));
}

/**
 * True when `binder(*args)` binds what the pickle itself names or holds: a named function or class, or a
 * method of an object that the pickle makes.
 */
export function isPlainBinding(binder: PickleValue, args: PickleValue): boolean {
  const [target, name, ...more] = itemsOf(args) ?? [];
  if (globalName(binder) === PARTIAL) return isNamed(target) || isBoundMethod(target);
  const isMethod = typeof name === "string" && METHOD_NAME.test(name) && more.length === 0;
  return isMethod && isInstance(target);
}

/** `__setstate__` of a partial takes the function again: `(function, args, keywords, attributes)`. */
export function isPlainState(built: PickleValue, state: PickleValue): boolean {
  if (calleeName(built) !== PARTIAL) return !isBound(built);
  const target = itemsOf(state)?.[0];
  return isNamed(target) || isBoundMethod(target);
}

/** True when a call hands what was bound to a function, which would call it. */
export function handsOverBound(callee: PickleValue, args: PickleValue): boolean {
  const name = globalName(callee);
  if (name !== null && KEEPERS.has(name)) return false;
  return (itemsOf(args) ?? []).some((item) => isBound(item));
}

/** Plain data, or an object whose class the pickle names: not a class, a function or what a binder gave. */
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
