/** Containers that Node cannot write. */
import { crc32 } from "node:zlib";
import { latin1 } from "./attack.ts";

/** `bz2.compress` and `lzma.compress` of Python, of a pickle that calls os.system('true') by protocol 0. */
export const CALL_BZ2 = Buffer.from(
  "425a68393141592653597fb85d2a000004d380001000c118000a029e202000314c0001464365368825c8e040d3c4b2b384adbe2ee48a70a120ff70ba54",
  "hex",
);
export const CALL_XZ = Buffer.from(
  "fd377a585a000004e6d6b4460200210116000000742fe5a3010016636f730a73797374656d0a28532774727565270a74522e0000dc543c9435c46d5600012f17810849b11fb6f37d010000000004595a",
  "hex",
);

/** A 7z of one stream without compression (7zFormat.txt: signature header, packed stream, an empty end header). */
export function sevenZipOf(content: Uint8Array): Buffer {
  const end = latin1("\x01\0");
  const start = Buffer.alloc(20);
  start.writeBigUInt64LE(BigInt(content.length), 0);
  start.writeBigUInt64LE(BigInt(end.length), 8);
  start.writeUInt32LE(crc32(end), 16);
  const checksum = Buffer.alloc(4);
  checksum.writeUInt32LE(crc32(start));
  return Buffer.concat([latin1("7z\xbc\xaf\x27\x1c\0\x04"), checksum, start, content, end]);
}
