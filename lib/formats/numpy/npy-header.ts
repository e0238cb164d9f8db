/**
 * The header of an array as `numpy.save` writes it (numpy.lib.format): a mark, the version of the format, the length of the header,
 * and a dict of Python's: `descr` (the type of the elements), `fortran_order`, `shape`.
 */
import { elementCount, MAX_DIMENSIONS } from "../tensor-facts.ts";
import { LiteralProblem, type PythonLiteral, parsePythonLiteral } from "./python-literal.ts";

/** A structured type names its fields, some thousand at most; NumPy itself takes 10,000 characters by default. */
export const MAX_NPY_HEADER_BYTES = 1024 * 1024;
export const NPY_MAGIC = "\x93NUMPY";

export type NpyHeader = {
  /** Where the elements begin. */
  start: number;
  formatVersion: string;
  dtype: string;
  shape: number[];
  isFortran: boolean;
  isBigEndian: boolean;
  /** Objects are pickled. */
  hasObjects: boolean;
  /** Bytes of all elements; null for objects. */
  sizeBytes: number | null;
};

/** Letter and bytes of NumPy's array protocol in safetensors' spelling. */
const DTYPES: ReadonlyMap<string, string> = new Map([
  ["f2", "F16"],
  ["f4", "F32"],
  ["f8", "F64"],
  ["i1", "I8"],
  ["i2", "I16"],
  ["i4", "I32"],
  ["i8", "I64"],
  ["u1", "U8"],
  ["u2", "U16"],
  ["u4", "U32"],
  ["u8", "U64"],
  ["b1", "BOOL"],
  ["c8", "C64"],
  ["c16", "C128"],
]);
/** `<f4`, `|S12`, `<U3`, `<M8[ns]`, `|O`. */
const SIMPLE = /^([<>|=]?)([?bBhHiuIlLqQefdgFDGSaUVOMmc])(\d{0,9})(?:\[[\w/]{1,20}\])?$/;
/** Bytes of a character of NumPy's texts. */
const UTF32 = 4;

/** The bytes that the header takes from the start of the file, from its first twelve; null for no array. */
export function npyHeaderBytes(head: Uint8Array): number | null {
  const bytes = Buffer.from(head.buffer, head.byteOffset, head.length);
  if (bytes.length < 12 || bytes.toString("latin1", 0, NPY_MAGIC.length) !== NPY_MAGIC) return null;
  const major = bytes[6];
  if (major !== 1 && major !== 2 && major !== 3) return null;
  const length = major === 1 ? 10 + bytes.readUInt16LE(8) : 12 + bytes.readUInt32LE(8);
  return length <= MAX_NPY_HEADER_BYTES ? length : null;
}

/** `head` has at least the bytes that `npyHeaderBytes` says. Null for a header that NumPy would not read. */
export function parseNpyHeader(head: Uint8Array): NpyHeader | null {
  const start = npyHeaderBytes(head);
  if (start === null || head.length < start) return null;
  const [major = 0, minor = 0] = [head[6], head[7]];
  const text = Buffer.from(head.subarray(major === 1 ? 10 : 12, start));
  let header: PythonLiteral;
  try {
    header = parsePythonLiteral(text.toString(major === 3 ? "utf8" : "latin1"));
  } catch (error) {
    if (error instanceof LiteralProblem) return null;
    throw error;
  }
  if (!(header instanceof Map) || header.size !== 3) return null;
  const element = elementOf(header.get("descr") ?? null);
  const shape = shapeOf(header.get("shape") ?? null);
  const isFortran = header.get("fortran_order");
  if (element === null || shape === null || typeof isFortran !== "boolean") return null;
  const count = elementCount(shape);
  if (count === null) return null;
  const sizeBytes = element.hasObjects ? null : count * element.bytes;
  if (sizeBytes !== null && !Number.isSafeInteger(sizeBytes)) return null;
  const { dtype, isBigEndian, hasObjects } = element;
  const formatVersion = `${major}.${minor}`;
  return { start, formatVersion, dtype, shape, isFortran, isBigEndian, hasObjects, sizeBytes };
}

type Element = { dtype: string; bytes: number; isBigEndian: boolean; hasObjects: boolean };

/** A text, or the fields of a structure: `(name, type)` or `(name, type, shape)`. */
function elementOf(descr: PythonLiteral): Element | null {
  if (typeof descr === "string") return simpleOf(descr);
  if (!Array.isArray(descr) || descr.length === 0) return null;
  const whole: Element = { dtype: "STRUCT", bytes: 0, isBigEndian: false, hasObjects: false };
  for (const field of descr) {
    const [, type = null, shape = []] = Array.isArray(field) ? field : [];
    const element = elementOf(type);
    const sizes = shapeOf(shape);
    const count = sizes === null ? null : elementCount(sizes);
    if (element === null || count === null) return null;
    whole.bytes += element.bytes * count;
    whole.isBigEndian ||= element.isBigEndian;
    whole.hasObjects ||= element.hasObjects;
  }
  return whole;
}

function simpleOf(descr: string): Element | null {
  const [, order, kind = "", digits = ""] = SIMPLE.exec(descr) ?? [];
  if (kind === "") return null;
  const isBigEndian = order === ">";
  if (kind === "O") return { dtype: "OBJECT", bytes: 0, isBigEndian: false, hasObjects: true };
  if (digits === "") return null;
  const width = Number(digits);
  const known = { bytes: width, isBigEndian, hasObjects: false };
  if (kind === "U") return { ...known, dtype: "STRING", bytes: width * UTF32 };
  if (kind === "S" || kind === "a") return { ...known, dtype: "STRING" };
  // Times, and bytes without a type, such as bfloat16 by ml_dtypes: NumPy's own name says the most.
  return { ...known, dtype: DTYPES.get(kind + digits) ?? descr.replace(/^[<>|=]/, "") };
}

/** One number stands for a shape of one dimension. */
function shapeOf(value: PythonLiteral): number[] | null {
  const sizes = typeof value === "number" ? [value] : value;
  if (!Array.isArray(sizes) || sizes.length > MAX_DIMENSIONS) return null;
  return sizes.every((size): size is number => typeof size === "number" && size >= 0)
    ? sizes
    : null;
}
