/** Fonts, records, columns and other tables that only hold data, walked as far as they describe themselves. */
import { crc32c } from "./crc32c.ts";
import type { Walk } from "./walk.ts";

/** OpenType (ISO/IEC 14496-22): a directory of tables inside the file. */
export async function isFont(walk: Walk): Promise<boolean> {
  let starts = [0];
  if ((await walk.bytesAt(0, 4)).toString("latin1") === "ttcf") {
    walk.skip(8);
    const count = await walk.u32();
    if (count === 0 || count > 1000) return false;
    const offsets = await walk.bytes(count * 4);
    starts = Array.from({ length: count }, (_, at) => offsets.readUInt32BE(at * 4));
  }
  for (const start of starts) {
    const count = (await walk.bytesAt(start, 12)).readUInt16BE(4);
    const tables = await walk.bytesAt(start + 12, count * 16);
    if (count === 0) return false;
    for (let at = 0; at < tables.length; at += 16) {
      if (!/^[\x20-\x7e]{4}$/.test(tables.toString("latin1", at, at + 4))) return false;
      if (tables.readUInt32BE(at + 8) + tables.readUInt32BE(at + 12) > walk.sizeBytes) return false;
    }
  }
  return true;
}

/** WOFF and WOFF2: the header says the length. */
export async function isWebFont(walk: Walk): Promise<boolean> {
  return (await walk.bytesAt(8, 4)).readUInt32BE(0) === walk.sizeBytes;
}

/** The Finder's .DS_Store: a buddy allocator whose blocks are inside the file, each a power of two. */
export async function isDsStore(walk: Walk): Promise<boolean> {
  const head = await walk.bytes(20);
  const [root, size] = [head.readUInt32BE(8) + 4, head.readUInt32BE(12)];
  if (root !== head.readUInt32BE(16) + 4 || root + size > walk.sizeBytes + 4) return false;
  walk.at = root;
  const count = await walk.u32();
  walk.skip(4);
  if (count > 100_000) return false;
  for (let left = count; left > 0; left -= 1) {
    const address = await walk.u32();
    if ((address & ~0x1f) + 2 ** (address & 0x1f) > walk.sizeBytes) return false;
  }
  return count > 0;
}

/** TFRecord, as TensorBoard's events: each length has its own checksum (tensorflow/core/lib/io/record_writer.h). */
export async function isRecords(walk: Walk): Promise<boolean> {
  while (!walk.isAtEnd) {
    const head = await walk.bytes(12);
    if (head.readUInt32LE(8) !== crc32c(head.subarray(0, 8))) return false;
    walk.skip(Number(head.readBigUInt64LE(0)) + 4);
  }
  return true;
}

/** SQLite 3: pages that fill the file. */
export async function isSqlite(walk: Walk): Promise<boolean> {
  const head = await walk.bytes(100);
  const pageBytes = head.readUInt16BE(16) === 1 ? 65_536 : head.readUInt16BE(16);
  const isPower = pageBytes >= 512 && (pageBytes & (pageBytes - 1)) === 0;
  return isPower && walk.sizeBytes % pageBytes === 0;
}

/** What pyarrow unpickles by itself when it meets it in a schema (CVE-2023-47248). */
const PICKLED_TYPE = "arrow.py_extension_type";
/** Parquet holds Arrow's schema in base64, which begins at one of three places of the text. */
const PICKLED_TYPES = [
  PICKLED_TYPE,
  ...[0, 1, 2].map((shift) => {
    const text = Buffer.from(`${" ".repeat(shift)}${PICKLED_TYPE}`)
      .toString("base64")
      .replace(/=+$/, "");
    // The characters at both ends depend on the neighbours.
    return text.slice(shift === 0 ? 0 : 4, -4);
  }),
];
const MAX_FOOTER_BYTES = 32 * 1024 * 1024;

/** Parquet and Arrow's file format; null when the schema has a type that is pickled. */
export async function isColumns(walk: Walk): Promise<boolean | null> {
  const isParquet = (await walk.bytesAt(0, 4)).toString("latin1") === "PAR1";
  const markBytes = isParquet ? 4 : 6;
  const mark = await walk.bytesAt(0, markBytes);
  const tail = await walk.bytesAt(walk.sizeBytes - markBytes - 4, markBytes + 4);
  const footerBytes = tail.readUInt32LE(0);
  if (!tail.subarray(4).equals(mark) || footerBytes > MAX_FOOTER_BYTES) return false;
  const footer = await walk.bytesAt(walk.sizeBytes - markBytes - 4 - footerBytes, footerBytes);
  // Arrow has the schema at the start as well.
  const start = await walk.bytesAt(0, Math.min(walk.sizeBytes, 1024 * 1024));
  const texts = isParquet ? [footer] : [footer, start];
  return PICKLED_TYPES.some((type) => texts.some((text) => text.includes(type))) ? null : true;
}

/** CatBoost: a FlatBuffer of the trees behind its length. */
export async function isCatboost(walk: Walk): Promise<boolean> {
  walk.skip(4);
  const coreBytes = await walk.u32le();
  return coreBytes >= 8 && coreBytes <= walk.left;
}

const BLOB_MARK = 0xdeadbeef;

/** The weights of a Core ML package (MILBlob): after 64 bytes, records that say their type, length and place. */
export async function isCoremlWeights(walk: Walk): Promise<boolean> {
  const head = await walk.bytes(64);
  const count = head.readUInt32LE(0);
  if (head.readUInt32LE(4) !== 2 || count === 0) return false;
  let at = 64;
  for (let left = count; left > 0; left -= 1) {
    const record = await walk.bytesAt(at, 64);
    if (record.readUInt32LE(0) !== BLOB_MARK) return false;
    const end = Number(record.readBigUInt64LE(16) + record.readBigUInt64LE(8));
    if (Number(record.readBigUInt64LE(16)) < at + 64 || end > walk.sizeBytes) return false;
    at = Math.ceil(end / 64) * 64;
  }
  return at >= walk.sizeBytes || walk.sizeBytes - at < 64;
}
