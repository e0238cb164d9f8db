/**
 * Arguments of pickle opcodes as values. Lenient where Python is strict (bad escapes, bad UTF-8): a scanner
 * that stops at an oddity is a scanner that does not see what follows it.
 */
import { OPAQUE, type PickleValue } from "./pickle-values.ts";

/** Longer integers are no sizes; Python itself takes seconds for them. */
const MAX_INTEGER_BYTES = 16;
const MAX_DIGITS = 40;

/** INT: `I01` and `I00` are booleans. */
export function decodeInt(text: string): PickleValue {
  const trimmed = text.trim();
  if (text === "01") return true;
  if (text === "00") return false;
  return decodeDigits(trimmed);
}

/** LONG: digits with an optional `L`. */
export function decodeLong(text: string): PickleValue {
  return decodeDigits(text.trim().replace(/L$/, ""));
}

function decodeDigits(text: string): PickleValue {
  if (text.length > MAX_DIGITS) return OPAQUE;
  const match = /^([+-]?)(0[xX][0-9a-fA-F]+|0[oO][0-7]+|0[bB][01]+|[0-9]+)$/.exec(text);
  if (!match) return OPAQUE;
  const magnitude = BigInt(match[2] as string);
  return narrow(match[1] === "-" ? -magnitude : magnitude);
}

/** LONG1 and LONG4: little-endian two's complement. */
export function decodeBinaryLong(buffer: Buffer, start: number, end: number): PickleValue {
  if (end === start) return 0;
  if (end - start <= 6) return buffer.readIntLE(start, end - start);
  if (end - start > MAX_INTEGER_BYTES) return OPAQUE;
  let value = 0n;
  for (let at = end - 1; at >= start; at -= 1) value = (value << 8n) | BigInt(buffer[at] as number);
  return narrow(BigInt.asIntN((end - start) * 8, value));
}

function narrow(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

/** STRING: a quoted Python literal of bytes, decoded the way `encoding="latin1"` would. */
export function decodeQuoted(text: string): string {
  const trimmed = text.trim();
  const body =
    /^(['"])[\s\S]*\1$/.test(trimmed) && trimmed.length > 1 ? trimmed.slice(1, -1) : trimmed;
  if (!body.includes("\\")) return body;
  return body.replace(/\\(x[0-9a-fA-F]{2}|[0-7]{1,3}|[\s\S])/g, (whole, code: string) => {
    if (code.length === 3 && code[0] === "x") return fromCode(code.slice(1), 16);
    if (/^[0-7]/.test(code)) return fromCode(code, 8);
    return ESCAPES.get(code) ?? whole;
  });
}

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ["\n", ""],
  ["\\", "\\"],
  ["'", "'"],
  ['"', '"'],
  ["a", "\x07"],
  ["b", "\b"],
  ["f", "\f"],
  ["n", "\n"],
  ["r", "\r"],
  ["t", "\t"],
  ["v", "\v"],
]);

/** UNICODE: Python's raw-unicode-code. */
export function decodeRawUnicode(text: string): string {
  if (!text.includes("\\")) return text;
  return text.replace(/\\(u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8})/g, (whole, code: string) => {
    const point = Number.parseInt(code.slice(1), 16);
    return point <= 0x10ffff ? String.fromCodePoint(point) : whole;
  });
}

function fromCode(digits: string, base: number): string {
  return String.fromCharCode(Number.parseInt(digits, base) & 0xff);
}

/** A place in the memo, as GET and PUT write it in a line; -1 for what is no number. */
export function decodeIndex(buffer: Buffer, start: number, end: number): number {
  const index = decodeInt(buffer.toString("latin1", start, Math.min(end, start + 40)));
  return typeof index === "boolean" ? Number(index) : typeof index === "number" ? index : -1;
}
