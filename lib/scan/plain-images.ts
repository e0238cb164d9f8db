/** Images, walked part by part to their last byte. Each function says whether the file is one and nothing more. */
import type { Walk } from "./walk.ts";

/** PNG (W3C PNG, section 5): chunks up to IEND. */
export async function isPng(walk: Walk): Promise<boolean> {
  walk.skip(8);
  for (;;) {
    const length = await walk.u32();
    const type = await walk.text(4);
    if (!/^[A-Za-z]{4}$/.test(type)) return false;
    walk.skip(length + 4);
    if (type === "IEND") return walk.isAtEnd;
  }
}

/** JPEG (ITU T.81, annex B): segments, and scans between them; cameras put a preview behind the image. */
export async function isJpeg(walk: Walk): Promise<boolean> {
  while (!walk.isAtEnd) {
    if ((await walk.u16()) !== 0xffd8) return false;
    for (;;) {
      if ((await walk.byte()) !== 0xff) return false;
      let marker = await walk.byte();
      while (marker === 0xff) marker = await walk.byte();
      if (marker === 0xd9) break;
      if (marker >= 0xd0 && marker <= 0xd8) return false;
      const length = await walk.u16();
      walk.skip(length - 2);
      if (marker === 0xda) await toMarker(walk);
    }
  }
  return true;
}

/** Over a scan's coded bytes, in which 0xff is followed by 0 or by a restart marker. */
async function toMarker(walk: Walk): Promise<void> {
  for (;;) {
    const piece = await walk.bytesAt(walk.at, Math.min(walk.left, 32 * 1024));
    let at = piece.indexOf(0xff);
    while (at >= 0 && at + 1 < piece.length && isCoded(piece[at + 1] as number)) {
      at = piece.indexOf(0xff, at + 2);
    }
    if (at >= 0 && at + 1 < piece.length) {
      walk.skip(at);
      return;
    }
    // A marker cut in two by the end of the piece is looked at again; at the end of the file it is damage.
    walk.skip(at < 0 ? piece.length : at);
    if (walk.left <= 1) walk.reader.fail("it ends too early");
  }
}

function isCoded(byte: number): boolean {
  return byte === 0 || (byte >= 0xd0 && byte <= 0xd7);
}

/** GIF89a: blocks up to the trailer. */
export async function isGif(walk: Walk): Promise<boolean> {
  const header = await walk.bytes(13);
  walk.skip(colorTableBytes(header[10] as number));
  for (;;) {
    const kind = await walk.byte();
    if (kind === 0x3b) return walk.isAtEnd;
    if (kind === 0x2c) {
      const descriptor = await walk.bytes(9);
      walk.skip(colorTableBytes(descriptor[8] as number) + 1);
    } else if (kind === 0x21) walk.skip(1);
    else return false;
    for (let length = await walk.byte(); length > 0; length = await walk.byte()) walk.skip(length);
  }
}

function colorTableBytes(flags: number): number {
  return (flags & 0x80) === 0 ? 0 : 3 * 2 ** ((flags & 7) + 1);
}

/** BMP: its header says how long it is, where the pixels are, and how many. */
export async function isBmp(walk: Walk): Promise<boolean> {
  const header = await walk.bytes(26);
  const isSized = header.readUInt32LE(2) === walk.sizeBytes;
  const headerBytes = header.readUInt32LE(14);
  const pixelsAt = header.readUInt32LE(10);
  if (!isSized || headerBytes < 12 || headerBytes > 124 || pixelsAt > walk.sizeBytes) return false;
  const isOld = headerBytes === 12;
  const width = isOld ? header.readUInt16LE(18) : header.readInt32LE(18);
  const height = Math.abs(isOld ? header.readUInt16LE(20) : header.readInt32LE(22));
  const format = isOld ? await walk.bytesAt(24, 2) : await walk.bytesAt(28, 6);
  const bits = format.readUInt16LE(0);
  // Runs of equal pixels take as much as they take.
  if (!isOld && [1, 2, 4, 5].includes(format.readUInt32LE(2))) return true;
  const pixelBytes = Math.ceil((width * bits) / 32) * 4 * height;
  return pixelsAt <= MAX_BMP_HEADER_BYTES && walk.sizeBytes - pixelsAt - pixelBytes <= BMP_PADDING;
}

/** Header and a palette of 256 colours. */
const MAX_BMP_HEADER_BYTES = 2048;
const BMP_PADDING = 4;

/** Windows icons and cursors: a directory of images inside the file. */
export async function isIcon(walk: Walk): Promise<boolean> {
  const count = (await walk.bytes(6)).readUInt16LE(4);
  let end = 6 + 16 * count;
  for (let left = count; left > 0; left -= 1) {
    const entry = await walk.bytes(16);
    const start = entry.readUInt32LE(12);
    if (start < 6 + 16 * count) return false;
    end = Math.max(end, start + entry.readUInt32LE(8));
  }
  return count > 0 && end === walk.sizeBytes;
}

/** TIFF 6.0: directories whose values are inside of the file. */
export async function isTiff(walk: Walk): Promise<boolean> {
  const head = await walk.bytes(8);
  const isLittle = head[0] === 0x49;
  const u16 = (bytes: Buffer, at: number) =>
    isLittle ? bytes.readUInt16LE(at) : bytes.readUInt16BE(at);
  const u32 = (bytes: Buffer, at: number) =>
    isLittle ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at);
  let next = u32(head, 4);
  let end = 8;
  const seen = new Set<number>();
  while (next !== 0) {
    if (seen.has(next)) return false;
    seen.add(next);
    const count = u16(await walk.bytesAt(next, 2), 0);
    const entries = await walk.bytesAt(next + 2, count * 12 + 4);
    end = Math.max(end, next + 6 + count * 12);
    const values = new Map<number, number[]>();
    for (let at = 0; at < count * 12; at += 12) {
      const [tag, type, items] = [u16(entries, at), u16(entries, at + 2), u32(entries, at + 4)];
      const width = TIFF_TYPE_BYTES[type] ?? 0;
      const start = width * items > 4 ? u32(entries, at + 8) : next + 10 + at;
      if (start + width * items > walk.sizeBytes) return false;
      end = Math.max(end, start + width * items);
      if (!TIFF_PLACES.includes(tag) || (type !== 3 && type !== 4)) continue;
      if (items > MAX_STRIPS) return false;
      const bytes = await walk.bytesAt(start, width * items);
      const read = type === 3 ? u16 : u32;
      values.set(
        tag,
        Array.from({ length: items }, (_, item) => read(bytes, item * width)),
      );
    }
    for (const [offsets, lengths] of [TIFF_PLACES.slice(0, 2), TIFF_PLACES.slice(2)]) {
      const places = values.get(offsets as number) ?? [];
      for (const [item, start] of places.entries()) {
        end = Math.max(end, start + (values.get(lengths as number)?.[item] ?? 0));
      }
    }
    next = u32(entries, count * 12);
  }
  // Writers leave some bytes that align what follows.
  return seen.size > 0 && end <= walk.sizeBytes && walk.sizeBytes - end < 16;
}

/** One for each line of a large image. */
const MAX_STRIPS = 200_000;
/** Tags that say where the pixels are: strips and their lengths, tiles and theirs. */
const TIFF_PLACES = [273, 279, 324, 325];
const TIFF_TYPE_BYTES = [0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4];
