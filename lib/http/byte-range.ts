/** Ranges of bytes (RFC 9110, section 14), after the conditions of the request. */
import {
  checkConditions,
  isRangeStillValid,
  type Representation,
  readHeader,
} from "./conditional.ts";

/** Bytes `start` to `end`, both included. */
export type ByteRange = { start: number; end: number };

/** How to answer: with everything, a part, nothing new, or a refusal. */
export type RangeDecision =
  | { status: 200 }
  | { status: 206; range: ByteRange }
  | { status: 304 }
  | { status: 412 }
  | { status: 416 };

/** Section 14.2: ranges are defined for GET only, so HEAD answers for the whole. */
export function decideRange(
  method: string,
  headers: Headers,
  representation: Representation,
): RangeDecision {
  const status = checkConditions(headers, representation);
  if (status !== null) return { status };
  const range = readHeader(headers, "range");
  if (range === null || method !== "GET" || !isRangeStillValid(headers, representation))
    return { status: 200 };
  const parsed = parseRange(range, representation.sizeBytes);
  if (parsed === null) return { status: 200 };
  return parsed === "unsatisfiable" ? { status: 416 } : { status: 206, range: parsed };
}

/**
 * One range of bytes. null for a header to be ignored: one that is not understood, and several ranges at once, which
 * a server may answer whole (section 14.2), since overlapping ones are an old way to make a server work hard.
 * Positions have any number of digits, so they are compared as BigInt, not as rounded numbers.
 */
export function parseRange(text: string, sizeBytes: number): ByteRange | "unsatisfiable" | null {
  const match = /^bytes[ \t]*=[ \t]*(\d*)-(\d*)[ \t]*$/i.exec(text);
  if (!match) return null;
  const [, first = "", last = ""] = match;
  const size = BigInt(sizeBytes);
  if (first === "") {
    if (last === "") return null;
    const length = smaller(BigInt(last), size);
    if (length === 0n) return "unsatisfiable";
    return { start: Number(size - length), end: sizeBytes - 1 };
  }
  const start = BigInt(first);
  if (last !== "" && BigInt(last) < start) return null;
  if (start >= size) return "unsatisfiable";
  const end = last === "" ? size - 1n : smaller(BigInt(last), size - 1n);
  return { start: Number(start), end: Number(end) };
}

function smaller(one: bigint, other: bigint): bigint {
  return one < other ? one : other;
}
