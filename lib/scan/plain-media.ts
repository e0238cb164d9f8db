/** Containers of sound and pictures, walked part by part to their last byte. */
import type { Walk } from "./walk.ts";

/** RIFF (WAV, WebP, AVI): chunks of even length that fill what the header says. */
export async function isRiff(walk: Walk): Promise<boolean> {
  walk.skip(4);
  const length = await walk.u32le();
  if (length + 8 !== walk.sizeBytes && length + 9 !== walk.sizeBytes) return false;
  walk.skip(4);
  while (walk.left >= 8) {
    if (!/^[\x20-\x7e]{4}$/.test(await walk.text(4))) return false;
    const size = await walk.u32le();
    if (size > walk.left) return false;
    walk.skip(Math.min(size + (size % 2), walk.left));
  }
  return walk.left <= 1;
}

/** ISO base media (MP4, M4A, HEIC, AVIF): boxes one after the other (ISO/IEC 14496-12, 4.2). */
export async function isBoxes(walk: Walk): Promise<boolean> {
  while (!walk.isAtEnd) {
    let size = await walk.u32();
    const isBox = /^[\x20-\x7e\xa9]{4}$/.test(await walk.text(4));
    if (!isBox) return false;
    let head = 8;
    if (size === 1) {
      size = Number((await walk.bytes(8)).readBigUInt64BE(0));
      head = 16;
    }
    if (size === 0) return true;
    walk.skip(size - head);
  }
  return true;
}

/** Matroska and WebM: EBML elements (RFC 8794); a segment and a cluster may have no size of their own. */
export async function isEbml(walk: Walk): Promise<boolean> {
  while (!walk.isAtEnd) {
    const id = await ebmlNumber(walk, true);
    const size = await ebmlNumber(walk, false);
    const isOpen = id === 0x18538067 || id === 0x1f43b675;
    if (size === null) {
      if (!isOpen) return false;
    } else if (id !== 0x18538067) walk.skip(size);
    else if (size > walk.left) return false;
  }
  return true;
}

/** Null for a size that is not known. */
async function ebmlNumber(walk: Walk, keepsMarker: boolean): Promise<number | null> {
  const first = await walk.byte();
  const length = Math.clz32(first) - 23;
  if (length > 8) return walk.reader.fail("a number in it is not valid");
  let value = keepsMarker ? first : first & (0xff >> length);
  let isAllOnes = value === 0xff >> length;
  for (let left = length - 1; left > 0; left -= 1) {
    const byte = await walk.byte();
    isAllOnes &&= byte === 0xff;
    value = value * 256 + byte;
  }
  return isAllOnes && !keepsMarker ? null : value;
}

/** Ogg (RFC 3533): pages one after the other. */
export async function isOgg(walk: Walk): Promise<boolean> {
  while (!walk.isAtEnd) {
    const page = await walk.bytes(27);
    if (page.toString("latin1", 0, 5) !== "OggS\0") return false;
    const table = await walk.bytes(page[26] as number);
    walk.skip(table.reduce((sum, length) => sum + length, 0));
  }
  return true;
}

/** FLAC (RFC 9639): its metadata, then a frame. Frames say their length nowhere. */
export async function isFlac(walk: Walk): Promise<boolean> {
  walk.skip(4);
  for (;;) {
    const head = await walk.u32();
    walk.skip(head & 0xffffff);
    if (head >>> 31 === 1) return walk.isAtEnd || ((await walk.u16()) & 0xfffc) === 0xfff8;
  }
}

const MP3_KBPS: Readonly<Record<string, readonly number[]>> = {
  "3": [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
  "2": [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
};
const MP3_HZ = [44_100, 48_000, 32_000];

/** MPEG audio layer 3 with its tags: frames up to the end, or up to a tag of ID3v1. */
export async function isMp3(walk: Walk): Promise<boolean> {
  while (walk.left >= 10 && (await walk.bytesAt(walk.at, 3)).toString("latin1") === "ID3") {
    const head = await walk.bytes(10);
    walk.skip([6, 7, 8, 9].reduce((size, at) => size * 128 + ((head[at] as number) & 0x7f), 0));
  }
  let frames = 0;
  while (walk.left >= 4) {
    if ((await walk.bytesAt(walk.at, 3)).toString("latin1") === "TAG") return walk.left === 128;
    const head = await walk.u32();
    const version = (head >>> 19) & 3;
    const kbps = MP3_KBPS[version === 3 ? "3" : "2"]?.[(head >>> 12) & 15] ?? 0;
    const hz = (MP3_HZ[(head >>> 10) & 3] ?? 0) / (version === 3 ? 1 : version === 2 ? 2 : 4);
    if (
      head >>> 21 !== 0x7ff ||
      version === 1 ||
      ((head >>> 17) & 3) !== 1 ||
      kbps === 0 ||
      hz === 0
    ) {
      return false;
    }
    const length =
      Math.floor(((version === 3 ? 144_000 : 72_000) * kbps) / hz) + ((head >>> 9) & 1);
    frames += 1;
    // Encoders leave the last frame short.
    walk.skip(Math.min(length - 4, walk.left));
  }
  return frames >= 2 && walk.isAtEnd;
}
