/**
 * Members of a zip file, read at random over a `ByteSource`: a stored member is a slice of the file (so
 * gigabytes of weights cost nothing), a deflated one is inflated under a cap.
 */
import { crc32, createInflateRaw } from "node:zlib";
import { RegistryError } from "#lib/errors.ts";
import { chunksOf, memberSource, readExactly } from "../bytes/byte-source.ts";
import { plainText } from "../bytes/window-reader.ts";
import type { ByteSource } from "../contract.ts";
import { readZipDirectory, type ZipEntry } from "./zip-directory.ts";

const LOCAL_BYTES = 30;
const LOCAL_SIGNATURE = 0x04034b50;
/** Compression method of members that are not compressed. */
export const STORED = 0;
const DEFLATED = 8;
const CHUNK_BYTES = 1024 * 1024;
/** Deflate cannot do better than 1,032 : 1; what claims more lies. */
const MAX_RATIO = 1033;
const RATIO_FREE_BYTES = 64 * 1024;

export type ZipArchive = { readonly source: ByteSource; readonly entries: readonly ZipEntry[] };

/**
 * A zip file begins with a member (or, empty, with its end record). A file with something before it is of another
 * format.
 */
export function isZip(head: Uint8Array): boolean {
  if (head[0] !== 0x50 || head[1] !== 0x4b) return false;
  return (head[2] === 3 && head[3] === 4) || (head[2] === 5 && head[3] === 6);
}

/** Throws `invalid_model_file`. */
export async function openZip(source: ByteSource): Promise<ZipArchive> {
  return { source, entries: await readZipDirectory(source) };
}

/**
 * The member's bytes as they are in the file (compressed, if it is).
 * Throws `invalid_model_file` when it is encrypted or its local header contradicts the directory.
 */
export async function rawMember(zip: ZipArchive, entry: ZipEntry): Promise<ByteSource> {
  return memberSource(zip.source, await memberStart(zip, entry), entry.compressedBytes);
}

/** Where in the file the member's bytes begin, which only its local header says. Throws as `rawMember`. */
export async function memberStart(zip: ZipArchive, entry: ZipEntry): Promise<number> {
  if (entry.isEncrypted) refuse(entry, "is encrypted");
  if (entry.method !== STORED && entry.method !== DEFLATED) {
    refuse(entry, `is compressed by the unknown method ${entry.method}`);
  }
  const fixed = await readExactly(zip.source, entry.localOffset, LOCAL_BYTES);
  const view = Buffer.from(fixed.buffer, fixed.byteOffset, fixed.length);
  if (view.readUInt32LE(0) !== LOCAL_SIGNATURE) refuse(entry, "is not where the directory says");
  if ((view.readUInt16LE(6) & 0x2041) !== 0) refuse(entry, "is encrypted");
  if (view.readUInt16LE(8) !== entry.method) refuse(entry, "has two compression methods");
  const nameLength = view.readUInt16LE(26);
  const name = await readExactly(zip.source, entry.localOffset + LOCAL_BYTES, nameLength);
  if (Buffer.compare(name, entry.nameBytes) !== 0) refuse(entry, "has two names");
  return entry.localOffset + LOCAL_BYTES + nameLength + view.readUInt16LE(28);
}

/** A stored member as a source; null when it is compressed. Throws as `rawMember`. */
export async function storedMember(zip: ZipArchive, entry: ZipEntry): Promise<ByteSource | null> {
  if (entry.method !== STORED) return null;
  if (entry.compressedBytes !== entry.sizeBytes) refuse(entry, "has two lengths");
  return rawMember(zip, entry);
}

/**
 * The member's content, piece by piece; the caller may stop early. Its length and CRC are checked at the
 * end, and the claimed length is never exceeded. Throws `invalid_model_file`.
 */
export async function* streamMember(zip: ZipArchive, entry: ZipEntry): AsyncGenerator<Uint8Array> {
  const raw = (await storedMember(zip, entry)) ?? (await rawMember(zip, entry));
  if (entry.sizeBytes > RATIO_FREE_BYTES && entry.sizeBytes / MAX_RATIO > entry.compressedBytes) {
    refuse(entry, "claims to be larger than its bytes can hold");
  }
  const stored = chunksOf(raw, CHUNK_BYTES);
  let length = 0;
  let checksum = 0;
  for await (const chunk of entry.method === STORED ? stored : inflate(stored, entry)) {
    length += chunk.length;
    if (length > entry.sizeBytes) refuse(entry, "is larger than it says");
    checksum = crc32(chunk, checksum);
    yield chunk;
  }
  if (length !== entry.sizeBytes) refuse(entry, "is smaller than it says");
  if (checksum !== entry.crc32) refuse(entry, "does not have the checksum that it says");
}

/** The whole member, checked. Throws `invalid_model_file` when it has more than `maxBytes`. */
export async function readMember(
  zip: ZipArchive,
  entry: ZipEntry,
  maxBytes: number,
): Promise<Uint8Array> {
  if (entry.sizeBytes > maxBytes) refuse(entry, `has more than ${maxBytes} bytes`);
  const chunks: Uint8Array[] = [];
  for await (const chunk of streamMember(zip, entry)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** The first bytes of a member, its length and CRC unchecked; fewer when it is shorter. */
export async function memberHead(
  zip: ZipArchive,
  entry: ZipEntry,
  length: number,
): Promise<Uint8Array> {
  const stored = await storedMember(zip, entry);
  if (stored) return stored.read(0, Math.min(length, stored.sizeBytes));
  const raw = await rawMember(zip, entry);
  const chunks: Uint8Array[] = [];
  let have = 0;
  for await (const chunk of inflate(chunksOf(raw, 64 * 1024), entry)) {
    chunks.push(chunk);
    have += chunk.length;
    if (have >= length) break;
  }
  return Buffer.concat(chunks).subarray(0, length);
}

/** Output is pulled: bytes that nobody asks for are not inflated (beyond one buffer of the stream). */
async function* inflate(
  chunks: AsyncIterable<Uint8Array>,
  entry: ZipEntry,
): AsyncGenerator<Uint8Array> {
  const inflater = createInflateRaw({ chunkSize: 256 * 1024 });
  const feeding = (async () => {
    for await (const chunk of chunks) {
      if (inflater.destroyed) return;
      if (!inflater.write(chunk)) await drained(inflater);
    }
    inflater.end();
  })();
  feeding.catch((cause: unknown) => inflater.destroy(cause as Error));
  try {
    for await (const chunk of inflater) yield chunk as Uint8Array;
    await feeding;
  } catch (cause) {
    if (cause instanceof RegistryError) throw cause;
    refuse(entry, "is damaged", cause);
  } finally {
    inflater.destroy();
  }
}

function drained(stream: NodeJS.WritableStream): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      stream.off("drain", done);
      stream.off("close", done);
      resolve();
    };
    stream.on("drain", done);
    stream.on("close", done);
  });
}

function refuse(entry: ZipEntry, what: string, cause?: unknown): never {
  const name = JSON.stringify(plainText(entry.name, 120));
  throw new RegistryError(
    "invalid_model_file",
    `The zip file cannot be read: its member ${name} ${what}.`,
    { cause },
  );
}
