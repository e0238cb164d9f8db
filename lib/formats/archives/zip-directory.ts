/**
 * The central directory of a zip file (PKWARE APPNOTE 6.3.10, sections 4.3 and 4.5.3), zip64 included.
 *
 * Strict where readers disagree: the end record ends the file, the directory ends at the end record,
 * names occur once and members do not overlap. A file that two readers would list differently is refused.
 */
import { RegistryError } from "#lib/errors.ts";
import { readExactly } from "../bytes/byte-source.ts";
import type { ByteSource } from "../contract.ts";

/** PyTorch writes a member per storage; the largest checkpoints have some 10^4. */
export const MAX_ZIP_ENTRIES = 65_000;
/** 65,000 entries with names and extra fields of some hundred bytes each. */
const MAX_DIRECTORY_BYTES = 64 * 1024 * 1024;
const MAX_NAME_BYTES = 4096;

const END_BYTES = 22;
const END64_LOCATOR_BYTES = 20;
const END64_BYTES = 56;
const MAX_COMMENT_BYTES = 65_535;
const CENTRAL_BYTES = 46;
const LOCAL_BYTES = 30;
const SIGNATURES = { end: 0x06054b50, end64: 0x06064b50, locator: 0x07064b50, central: 0x02014b50 };
const FLAG_ENCRYPTED = 0x1;
const FLAG_STRONG_ENCRYPTION = 0x40;
const FLAG_MASKED_HEADERS = 0x2000;
const FLAG_UTF8 = 0x800;

export type ZipEntry = {
  /** UTF-8 where it is valid, Latin-1 otherwise; not yet checked as a path. */
  name: string;
  nameBytes: Uint8Array;
  method: number;
  crc32: number;
  compressedBytes: number;
  sizeBytes: number;
  localOffset: number;
  isEncrypted: boolean;
  isFolder: boolean;
  /** Unix mode of the member, 0 when the archive was not made on Unix. */
  unixMode: number;
};

/** Members in the order of the directory. Throws `invalid_model_file`. */
export async function readZipDirectory(source: ByteSource): Promise<ZipEntry[]> {
  const { count, offset, length } = await locateDirectory(source);
  if (count > MAX_ZIP_ENTRIES)
    refuse(`it has ${count} members, and ${MAX_ZIP_ENTRIES} are allowed`);
  if (length > MAX_DIRECTORY_BYTES) refuse("its directory is unreasonably large");
  const bytes = Buffer.from(await readExactly(source, offset, length));
  const entries: ZipEntry[] = [];
  const names = new Set<string>();
  let at = 0;
  while (at < bytes.length) {
    if (entries.length === count) refuse("its directory is longer than it says");
    const entry = readCentral(bytes, at);
    at += entry.recordBytes;
    if (names.has(entry.name))
      refuse(`two members of it have the name ${JSON.stringify(entry.name.slice(0, 100))}`);
    names.add(entry.name);
    const { recordBytes: _, ...kept } = entry;
    entries.push(kept);
  }
  if (entries.length !== count) refuse("its directory has fewer members than it says");
  checkOverlap(entries, offset);
  return entries;
}

type Place = { count: number; offset: number; length: number };

async function locateDirectory(source: ByteSource): Promise<Place> {
  const tailBytes = Math.min(source.sizeBytes, END_BYTES + MAX_COMMENT_BYTES);
  const tailStart = source.sizeBytes - tailBytes;
  const tail = Buffer.from(await readExactly(source, tailStart, tailBytes));
  const at = tail.lastIndexOf(Buffer.from("PK\x05\x06", "latin1"));
  if (at < 0 || at + END_BYTES > tail.length) refuse("its end is missing: it is cut short");
  if (at + END_BYTES + tail.readUInt16LE(at + 20) !== tail.length)
    refuse("bytes follow its end record");
  if (tail.readUInt16LE(at + 4) !== 0 || tail.readUInt16LE(at + 6) !== 0)
    refuse("it is one part of several");
  const place: Place = {
    count: tail.readUInt16LE(at + 10),
    length: tail.readUInt32LE(at + 12),
    offset: tail.readUInt32LE(at + 16),
  };
  if (tail.readUInt16LE(at + 8) !== place.count) refuse("it is one part of several");
  const end = tailStart + at;
  const end64 = await locateEnd64(source, end, place);
  if (place.offset + place.length !== (end64 ?? end)) {
    refuse("its directory is not where its end record says");
  }
  return place;
}

/** Where the zip64 end record begins, with `place` taken from it; null without one. */
async function locateEnd64(source: ByteSource, end: number, place: Place): Promise<number | null> {
  const isNeeded =
    place.count === 0xffff || place.length === 0xffffffff || place.offset === 0xffffffff;
  const locatorStart = end - END64_LOCATOR_BYTES;
  if (locatorStart < END64_BYTES)
    return isNeeded ? refuse("its zip64 end record is missing") : null;
  const locator = await viewOf(source, locatorStart, END64_LOCATOR_BYTES);
  if (locator.readUInt32LE(0) !== SIGNATURES.locator) {
    return isNeeded ? refuse("its zip64 end record is missing") : null;
  }
  const start = toNumber(locator.readBigUInt64LE(8));
  const record = await viewOf(source, start, END64_BYTES);
  if (record.readUInt32LE(0) !== SIGNATURES.end64) refuse("its zip64 end record is not valid");
  if (start + 12 + toNumber(record.readBigUInt64LE(4)) !== locatorStart) {
    refuse("its zip64 end record is not where its locator says");
  }
  const wide = {
    count: toNumber(record.readBigUInt64LE(32)),
    length: toNumber(record.readBigUInt64LE(40)),
    offset: toNumber(record.readBigUInt64LE(48)),
  };
  // Readers differ in which of the two records they believe: only agreement is safe.
  if (
    (place.count !== 0xffff && place.count !== wide.count) ||
    (place.length !== 0xffffffff && place.length !== wide.length) ||
    (place.offset !== 0xffffffff && place.offset !== wide.offset)
  ) {
    refuse("its two end records contradict each other");
  }
  Object.assign(place, wide);
  return start;
}

function readCentral(bytes: Buffer, at: number): ZipEntry & { recordBytes: number } {
  if (at + CENTRAL_BYTES > bytes.length || bytes.readUInt32LE(at) !== SIGNATURES.central) {
    refuse("its directory is damaged");
  }
  const flags = bytes.readUInt16LE(at + 8);
  const nameLength = bytes.readUInt16LE(at + 28);
  const extraLength = bytes.readUInt16LE(at + 30);
  const recordBytes = CENTRAL_BYTES + nameLength + extraLength + bytes.readUInt16LE(at + 32);
  if (at + recordBytes > bytes.length) refuse("its directory is damaged");
  if (nameLength === 0 || nameLength > MAX_NAME_BYTES)
    refuse("a member's name is empty or too long");
  const nameBytes = bytes.subarray(at + CENTRAL_BYTES, at + CENTRAL_BYTES + nameLength);
  const name = decodeName(nameBytes, (flags & FLAG_UTF8) !== 0);
  const extraStart = at + CENTRAL_BYTES + nameLength;
  const sizes = readSizes(bytes, at, bytes.subarray(extraStart, extraStart + extraLength));
  return {
    name,
    nameBytes,
    method: bytes.readUInt16LE(at + 10),
    crc32: bytes.readUInt32LE(at + 16),
    ...sizes,
    isEncrypted: (flags & (FLAG_ENCRYPTED | FLAG_STRONG_ENCRYPTION | FLAG_MASKED_HEADERS)) !== 0,
    isFolder: name.endsWith("/"),
    unixMode: bytes.readUInt8(at + 5) === 3 ? bytes.readUInt32LE(at + 38) >>> 16 : 0,
    recordBytes,
  };
}

type Sizes = Pick<ZipEntry, "sizeBytes" | "compressedBytes" | "localOffset">;

function readSizes(bytes: Buffer, at: number, extra: Buffer): Sizes {
  let sizeBytes = bytes.readUInt32LE(at + 24);
  let compressedBytes = bytes.readUInt32LE(at + 20);
  let localOffset = bytes.readUInt32LE(at + 42);
  let zip64 = findExtra(extra, 1);
  const next = (): number => {
    if (zip64 === null || zip64.length < 8) return refuse("a member's zip64 sizes are missing");
    const value = toNumber(zip64.readBigUInt64LE(0));
    zip64 = zip64.subarray(8);
    return value;
  };
  if (sizeBytes === 0xffffffff) sizeBytes = next();
  if (compressedBytes === 0xffffffff) compressedBytes = next();
  if (localOffset === 0xffffffff) localOffset = next();
  return { sizeBytes, compressedBytes, localOffset };
}

function findExtra(extra: Buffer, id: number): Buffer | null {
  let at = 0;
  while (at + 4 <= extra.length) {
    const length = extra.readUInt16LE(at + 2);
    if (extra.readUInt16LE(at) === id) return extra.subarray(at + 4, at + 4 + length);
    at += 4 + length;
  }
  return null;
}

/** Members that share bytes are how a small file claims petabytes (non-recursive zip bombs). */
function checkOverlap(entries: readonly ZipEntry[], directoryOffset: number): void {
  let end = 0;
  for (const entry of [...entries].sort((a, b) => a.localOffset - b.localOffset)) {
    if (entry.localOffset < end) refuse("two members of it overlap");
    end = entry.localOffset + LOCAL_BYTES + entry.nameBytes.length + entry.compressedBytes;
  }
  if (end > directoryOffset) refuse("a member of it is longer than the file");
}

function decodeName(bytes: Uint8Array, isUtf8: boolean): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    if (isUtf8) refuse("a member's name is not valid UTF-8", cause);
    return Buffer.from(bytes).toString("latin1");
  }
}

async function viewOf(source: ByteSource, offset: number, length: number): Promise<Buffer> {
  const bytes = await readExactly(source, offset, length);
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}

function toNumber(value: bigint): number {
  return value > BigInt(Number.MAX_SAFE_INTEGER)
    ? refuse("a length in it is beyond all reason")
    : Number(value);
}

function refuse(what: string, cause?: unknown): never {
  throw new RegistryError("invalid_model_file", `The zip file cannot be read: ${what}.`, { cause });
}
