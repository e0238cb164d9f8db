/** Head, directory and footer as bytes. What is parsed is outside data: every number is checked before it is used. */
import { crc32 } from "node:zlib";
import { RegistryError } from "#lib/errors.ts";
import { BlockTable, encodeEntry, safeNumber } from "./block-table.ts";
import {
  type BlockEntry,
  corrupt,
  ENTRY_BYTES,
  FOOTER_BYTES,
  FOOTER_MAGIC,
  FORMAT_VERSION,
  HEAD_BYTES,
  HEAD_MAGIC,
  MAX_BLOCKS,
  MAX_CHAIN_DEPTH,
  MAX_SOURCES,
  OtherVersion,
  SHA256_BYTES,
  SOURCE_BYTES,
  type SourceRef,
  SUMMARY_BYTES,
  storedInVersion,
} from "./format.ts";

const MAX_DIRECTORY_BYTES = SUMMARY_BYTES + MAX_SOURCES * SOURCE_BYTES + MAX_BLOCKS * ENTRY_BYTES;

export type Directory = {
  sizeBytes: number;
  sha256: string;
  chainDepth: number;
  sources: SourceRef[];
  blocks: BlockTable;
};

export type DirectoryPlace = { offset: number; lengthBytes: number; crc32: number };

export function encodeHead(): Uint8Array {
  const head = new Uint8Array(HEAD_BYTES);
  head.set(HEAD_MAGIC);
  new DataView(head.buffer).setUint16(HEAD_MAGIC.length, FORMAT_VERSION, true);
  return head;
}

/** Throws `storage_corrupt` unless these are the first bytes of a file that this version can read. */
export function checkHead(head: Uint8Array): void {
  const view = Buffer.from(head.buffer, head.byteOffset, head.byteLength);
  if (!view.subarray(0, HEAD_MAGIC.length).equals(HEAD_MAGIC)) throw corrupt("no head");
  checkVersion(view.readUInt16LE(8));
  if (view.subarray(10).some(Boolean)) throw corrupt("reserved bytes of the head are in use");
}

export function encodeFooter({ offset, lengthBytes, crc32: checksum }: DirectoryPlace): Uint8Array {
  const footer = Buffer.alloc(FOOTER_BYTES);
  footer.writeBigUInt64LE(BigInt(offset), 0);
  footer.writeUInt32LE(lengthBytes, 8);
  footer.writeUInt32LE(checksum, 12);
  footer.writeUInt16LE(FORMAT_VERSION, 16);
  footer.set(FOOTER_MAGIC, 24);
  return footer;
}

/** `footer` are the last bytes of a file of `fileBytes`. Throws `storage_corrupt`. */
export function parseFooter(footer: Uint8Array, fileBytes: number): DirectoryPlace {
  const view = Buffer.from(footer.buffer, footer.byteOffset, footer.byteLength);
  if (!view.subarray(24).equals(FOOTER_MAGIC)) throw corrupt("no footer: the file is cut short");
  checkVersion(view.readUInt16LE(16));
  if (view.subarray(18, 24).some(Boolean)) throw corrupt("reserved bytes of the footer are in use");
  const offset = safeNumber(view.readBigUInt64LE(0));
  const lengthBytes = view.readUInt32LE(8);
  if (lengthBytes < SUMMARY_BYTES || lengthBytes > MAX_DIRECTORY_BYTES)
    throw corrupt(`a directory of ${lengthBytes} bytes`);
  if (offset < HEAD_BYTES || offset + lengthBytes + FOOTER_BYTES !== fileBytes)
    throw corrupt("the directory is not where the footer says");
  return { offset, lengthBytes, crc32: view.readUInt32LE(12) };
}

export function encodeDirectory(
  directory: Omit<Directory, "blocks">,
  entries: readonly BlockEntry[],
): Uint8Array {
  const { sources } = directory;
  const bytes = Buffer.alloc(
    SUMMARY_BYTES + sources.length * SOURCE_BYTES + entries.length * ENTRY_BYTES,
  );
  bytes.writeBigUInt64LE(BigInt(directory.sizeBytes), 0);
  bytes.write(directory.sha256, 8, "hex");
  bytes.writeUInt32LE(entries.length, 40);
  bytes.writeUInt16LE(sources.length, 44);
  bytes.writeUInt8(directory.chainDepth, 46);
  sources.forEach(({ sha256, sizeBytes }, index) => {
    const at = SUMMARY_BYTES + index * SOURCE_BYTES;
    bytes.write(sha256, at, "hex");
    bytes.writeBigUInt64LE(BigInt(sizeBytes), at + SHA256_BYTES);
  });
  const start = SUMMARY_BYTES + sources.length * SOURCE_BYTES;
  entries.forEach((entry, index) => {
    encodeEntry(bytes, start + index * ENTRY_BYTES, entry);
  });
  return bytes;
}

/** Throws `storage_corrupt` for a directory that contradicts itself or its place in the file. */
export function parseDirectory(directory: Uint8Array, place: DirectoryPlace): Directory {
  const bytes = Buffer.from(directory.buffer, directory.byteOffset, directory.byteLength);
  if (crc32(bytes) !== place.crc32) throw corrupt("the directory's checksum is wrong");
  const blockCount = bytes.readUInt32LE(40);
  const sourceCount = bytes.readUInt16LE(44);
  const chainDepth = bytes.readUInt8(46);
  if (blockCount > MAX_BLOCKS) throw corrupt(`${blockCount} blocks`);
  if (sourceCount > MAX_SOURCES) throw corrupt(`${sourceCount} sources`);
  if (chainDepth > MAX_CHAIN_DEPTH || chainDepth > 0 !== sourceCount > 0)
    throw corrupt(`a chain of ${chainDepth}`);
  if (bytes.readUInt8(47) !== 0) throw corrupt("reserved bytes of the directory are in use");
  const start = SUMMARY_BYTES + sourceCount * SOURCE_BYTES;
  if (start + blockCount * ENTRY_BYTES !== bytes.length)
    throw corrupt("the directory's length does not fit its counts");
  const sources = Array.from({ length: sourceCount }, (_, index) => {
    const at = SUMMARY_BYTES + index * SOURCE_BYTES;
    return {
      sha256: bytes.toString("hex", at, at + SHA256_BYTES),
      sizeBytes: safeNumber(bytes.readBigUInt64LE(at + SHA256_BYTES)),
    };
  });
  const blocks = new BlockTable(bytes.subarray(start), sources);
  const sizeBytes = safeNumber(bytes.readBigUInt64LE(0));
  if (blocks.rawBytes !== sizeBytes) throw corrupt("the blocks do not add up to the length");
  if (blocks.payloadEnd !== place.offset) throw corrupt("the payloads do not fill the file");
  const sha256 = bytes.toString("hex", 8, 8 + SHA256_BYTES);
  return { sizeBytes, sha256, chainDepth, sources, blocks };
}

function checkVersion(version: number): void {
  if (version === FORMAT_VERSION) return;
  if (version < 1) throw corrupt(`format version ${version} does not exist`);
  throw new RegistryError("storage_corrupt", `The bytes are ${storedInVersion(version)}.`, {
    cause: new OtherVersion(version),
  });
}
