/**
 * Binary relatives of JSON: MessagePack (Flax writes it) and UBJSON (XGBoost does). They are walked value by
 * value without being built; depth and the number of values are bounded.
 */
import { UbjsonWalker } from "#lib/formats/xgboost/ubjson.ts";
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

/** UBJSON (ubjson.org, draft 12): one object that fills the file. Throws `invalid_model_file` for what is none. */
export async function isUbjson(walk: Walk): Promise<boolean> {
  if (String.fromCharCode(await walk.byte()) !== "{") return false;
  await new UbjsonWalker(walk.reader, () => {}).walk();
  return true;
}
