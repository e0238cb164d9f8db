/**
 * What a pickle describes, as data. A call is the record of a call, never its result.
 * Values may refer to each other in circles: whoever walks them bounds the walk.
 */
export type PickleValue = null | boolean | number | bigint | string | PickleObject;

export type PickleObject =
  | { kind: "bytes"; length: number }
  | { kind: "tuple" | "list" | "set"; items: PickleValue[] }
  /** Key, value, key, value ... */
  | { kind: "dict"; entries: PickleValue[] }
  | GlobalValue
  | CallValue
  | { kind: "persistent"; id: PickleValue }
  /** A value of which only the existence is known: a string too long to keep, the result of an underflow. */
  | { kind: "opaque" };

export type GlobalValue = { kind: "global"; module: string; name: string };

/** `callee(*args)`, with the state that BUILD set and what APPENDS and SETITEMS put into it. */
export type CallValue = {
  kind: "call";
  callee: PickleValue;
  args: PickleValue;
  state: PickleValue | undefined;
  items: PickleValue[];
  entries: PickleValue[];
};

export const OPAQUE: PickleObject = { kind: "opaque" };

export function isObject(value: PickleValue | undefined): value is PickleObject {
  return typeof value === "object" && value !== null;
}

/** Items of a tuple or list; null for anything else. */
export function itemsOf(value: PickleValue | undefined): readonly PickleValue[] | null {
  return isObject(value) && (value.kind === "tuple" || value.kind === "list") ? value.items : null;
}

/** `module.name` of a global; null for anything else. */
export function globalName(value: PickleValue | undefined): string | null {
  return isObject(value) && value.kind === "global" ? `${value.module}.${value.name}` : null;
}

/** `module.name` of what a recorded call calls; null for anything else. */
export function calleeName(value: PickleValue | undefined): string | null {
  return isObject(value) && value.kind === "call" ? globalName(value.callee) : null;
}

/** Flat key, value list of a dict or of a dict-like object (OrderedDict, defaultdict); null for anything else. */
export function entriesOf(value: PickleValue | undefined): readonly PickleValue[] | null {
  if (!isObject(value)) return null;
  if (value.kind === "dict") return value.entries;
  if (value.kind !== "call") return null;
  const callee = calleeName(value);
  if (callee === "collections.defaultdict") return value.entries;
  if (callee !== "collections.OrderedDict") return null;
  // Protocol 0 and 1 of Python 2 wrote OrderedDict([[key, value], ...]).
  const pairs = itemsOf(itemsOf(value.args)?.[0]);
  const given = (pairs ?? []).flatMap((pair) => {
    const [key, item] = itemsOf(pair) ?? [];
    return key === undefined || item === undefined ? [] : [key, item];
  });
  return [...given, ...value.entries];
}

/** The value of a string key; undefined without it. */
export function entryOf(value: PickleValue | undefined, key: string): PickleValue | undefined {
  const entries = entriesOf(value) ?? [];
  for (let at = 0; at + 1 < entries.length; at += 2) {
    if (entries[at] === key) return entries[at + 1];
  }
  return undefined;
}

/** True for names that an import can find. The lines of a text, taken for opcodes, name things like `mport os`. */
export function isResolvable(module: string, name: string): boolean {
  return /^[\p{ID_Start}_][\p{ID_Continue}.]*$/u.test(`${module}.${name}`);
}
