/**
 * Binary relatives of JSON: MessagePack (Flax writes it) and UBJSON (XGBoost does). They are walked value by
 * value without being built; depth and the number of values are bounded.
 */
import type { Walk } from "./walk.ts";

const MAX_DEPTH = 256;

/** Bytes inside of the file that a value brings along. */
export type Blob = { start: number; length: number };

/**
 * MessagePack (github.com/msgpack/msgpack, spec.md): one map or array that fills the file, or values of which the
 * first is a map with texts for keys. Almost all bytes are values by themselves. Null when it is none of these.
 */
export async function msgpackBlobs(walk: Walk): Promise<Blob[] | null> {
  const blobs: Blob[] = [];
  const isStream = await beginsWithKey(walk);
  while (await msgpackValue(walk, blobs)) {
    if (walk.isAtEnd) return blobs;
    if (!isStream) return null;
  }
  return null;
}

/** A map, and as its first key a short text. */
async function beginsWithKey(walk: Walk): Promise<boolean> {
  const head = await walk.bytesAt(0, Math.min(walk.sizeBytes, 64));
  const [map = 0] = head;
  const at = map === 0xde ? 3 : map === 0xdf ? 5 : map > 0x80 && map < 0x90 ? 1 : 64;
  const key = head[at] ?? 0;
  const length = key > 0xa0 && key < 0xc0 ? key & 31 : 0;
  const text = head.toString("latin1", at + 1, at + 1 + length);
  return length > 0 && text.length === length && /^[\x20-\x7e]+$/.test(text);
}

async function msgpackValue(walk: Walk, blobs: Blob[]): Promise<boolean> {
  // How many values are still to come, for each map and array that is open.
  const open: number[] = [1];
  let isFirst = walk.at === 0;
  while (open.length > 0) {
    const left = open.pop() as number;
    if (left === 0) continue;
    open.push(left - 1);
    const code = await walk.byte();
    const inside = await msgpackItems(walk, code);
    if (inside === null || (isFirst && inside.items === undefined)) return false;
    isFirst = false;
    if (inside.items !== undefined) open.push(inside.items);
    else if (inside.bytes !== undefined) {
      if (inside.isBlob) blobs.push({ start: walk.at, length: inside.bytes });
      walk.skip(inside.bytes);
    }
    if (open.length > MAX_DEPTH) return false;
  }
  return true;
}

type Inside = { items?: number; bytes?: number; isBlob?: boolean };

async function msgpackItems(walk: Walk, code: number): Promise<Inside | null> {
  if (code < 0x80 || code >= 0xe0) return {};
  if (code < 0x90) return { items: (code & 15) * 2 };
  if (code < 0xa0) return { items: code & 15 };
  if (code < 0xc0) return { bytes: code & 31 };
  const length = async (width: number) => (await walk.bytes(width)).readUIntBE(0, width);
  switch (code) {
    case 0xc0:
    case 0xc2:
    case 0xc3:
      return {};
    case 0xc4:
    case 0xc5:
    case 0xc6:
      return { bytes: await length(2 ** (code - 0xc4)), isBlob: true };
    case 0xc7:
    case 0xc8:
    case 0xc9: {
      const bytes = await length(2 ** (code - 0xc7));
      walk.skip(1);
      return { bytes, isBlob: true };
    }
    case 0xca:
    case 0xcb:
      return { bytes: code === 0xca ? 4 : 8 };
    case 0xd4:
    case 0xd5:
    case 0xd6:
    case 0xd7:
    case 0xd8:
      return { bytes: 1 + 2 ** (code - 0xd4) };
    case 0xd9:
    case 0xda:
    case 0xdb:
      return { bytes: await length(2 ** (code - 0xd9)) };
    case 0xdc:
    case 0xdd:
      return { items: await length(code === 0xdc ? 2 : 4) };
    case 0xde:
    case 0xdf:
      return { items: 2 * (await length(code === 0xde ? 2 : 4)) };
    default:
      return code >= 0xcc && code <= 0xd3 ? { bytes: 2 ** ((code - 0xcc) % 4) } : null;
  }
}

const UBJSON_BYTES: Readonly<Record<string, number>> = {
  Z: 0,
  N: 0,
  T: 0,
  F: 0,
  i: 1,
  U: 1,
  I: 2,
  l: 4,
  L: 8,
  d: 4,
  D: 8,
  C: 1,
};

/** UBJSON (ubjson.org, draft 12): one object that fills the file. */
export async function isUbjson(walk: Walk): Promise<boolean> {
  if (String.fromCharCode(await walk.byte()) !== "{") return false;
  return (await ubjsonContainer(walk, "{", 0)) && walk.isAtEnd;
}

async function ubjsonValue(walk: Walk, type: string, depth: number): Promise<boolean> {
  if (type === "{" || type === "[") return ubjsonContainer(walk, type, depth + 1);
  if (type === "S" || type === "H") return skipText(walk, await marker(walk));
  const bytes = UBJSON_BYTES[type];
  if (bytes === undefined) return false;
  walk.step();
  walk.skip(bytes);
  return true;
}

async function ubjsonContainer(walk: Walk, open: "{" | "[", depth: number): Promise<boolean> {
  if (depth > MAX_DEPTH) return false;
  let next = await marker(walk);
  let type: string | null = null;
  let count = Number.POSITIVE_INFINITY;
  if (next === "$") {
    type = await marker(walk);
    next = await marker(walk);
    if (next !== "#") return false;
  }
  if (next === "#") {
    const size = await ubjsonInt(walk, await marker(walk));
    if (size === null) return false;
    count = size;
    const width = type === null ? undefined : UBJSON_BYTES[type];
    if (open === "[" && width !== undefined) {
      walk.skip(count * width);
      return true;
    }
    next = count > 0 && (type === null || open === "{") ? await marker(walk) : "";
  }
  const close = open === "{" ? "}" : "]";
  for (let done = 0; done < count; done += 1) {
    if (count === Number.POSITIVE_INFINITY && next === close) return true;
    if (open === "{" && !(await skipText(walk, next))) return false;
    const itemType: string = type ?? (open === "{" ? await marker(walk) : next);
    if (!(await ubjsonValue(walk, itemType, depth))) return false;
    const isLast = done + 1 >= count;
    if (!isLast && (open === "{" || type === null)) next = await marker(walk);
  }
  return true;
}

async function marker(walk: Walk): Promise<string> {
  return String.fromCharCode(await walk.byte());
}

/** A text whose length has the type `type`. */
async function skipText(walk: Walk, type: string): Promise<boolean> {
  const length = await ubjsonInt(walk, type);
  if (length === null) return false;
  walk.skip(length);
  return true;
}

async function ubjsonInt(walk: Walk, type: string): Promise<number | null> {
  const width = "iUIlL".includes(type) ? UBJSON_BYTES[type] : undefined;
  if (width === undefined) return null;
  const bytes = await walk.bytes(width);
  const value = width === 8 ? Number(bytes.readBigInt64BE(0)) : bytes.readIntBE(0, width);
  if (type === "U") return bytes[0] as number;
  return value >= 0 && Number.isSafeInteger(value) ? value : null;
}
