/** Small reads all over an HDF5 file, and the superblock that says where its tree begins (file format specification, II). */

import { PageCache } from "../bytes/page-cache.ts";
import { invalidFile } from "../bytes/window-reader.ts";
import type { ByteSource } from "../contract.ts";

/** The names of a group's members: thousands of layers take some 100 kB. */
const MAX_READ_BYTES = 16 * 1024 * 1024;
const KIND = "HDF5 file";
const SIGNATURE = Buffer.from("\x89HDF\r\n\x1a\n", "latin1");
/** The superblock is at 0, or after a user block of 512, 1024, 2048 ... bytes; nobody uses longer ones. */
const SUPERBLOCK_OFFSETS = [0, 512, 1024, 2048];
/** The address that stands for "nothing is there". */
export const UNDEFINED = 0xffff_ffff_ffff_ffffn;

/** The file uses a part of the format that no writer of models uses; its content is then not listed. */
export class Hdf5Unsupported extends Error {}

export function superblockOffset(head: Uint8Array): number | null {
  const found = SUPERBLOCK_OFFSETS.find((offset) =>
    SIGNATURE.equals(head.subarray(offset, offset + SIGNATURE.length)),
  );
  return found ?? null;
}

export class Hdf5Bytes {
  readonly path: string;
  readonly #source: ByteSource;
  readonly #pages: PageCache;
  /** The offset that addresses count from. */
  base = 0;
  /** Bytes that were asked for so far. The cap on them stops a file that points to the same bytes again and again. */
  #asked = 0;

  constructor(path: string, source: ByteSource) {
    this.path = path;
    this.#source = source;
    this.#pages = new PageCache(source);
  }

  get sizeBytes(): number {
    return this.#source.sizeBytes - this.base;
  }

  /** A copy of `length` bytes at an address. Throws `invalid_model_file` when they are not in the file. */
  async read(address: bigint | number, length: number): Promise<Buffer> {
    const start = Number(address) + this.base;
    if (!(length >= 0 && start >= 0 && start + length <= this.#source.sizeBytes)) {
      this.fail("it ends too early, or a part of it is elsewhere");
    }
    this.#asked += length;
    if (length > MAX_READ_BYTES || this.#asked > 64 * MAX_READ_BYTES) {
      this.fail("what describes it is unreasonably long");
    }
    return (await this.#pages.read(start, length)) ?? this.fail("it ends too early");
  }

  fail(what: string): never {
    throw invalidFile(this.path, KIND, what);
  }
}

/** The address of the root group's header. Throws `invalid_model_file` for a file that was cut. */
export async function readSuperblock(bytes: Hdf5Bytes, offset: number): Promise<bigint> {
  const head = await bytes.read(offset, 96);
  const version = head[8] as number;
  if (version > 3) throw new Hdf5Unsupported();
  const isOld = version < 2;
  const [offsetBytes, lengthBytes] = isOld ? [head[13], head[14]] : [head[9], head[10]];
  if (offsetBytes !== 8 || lengthBytes !== 8) throw new Hdf5Unsupported();
  const addresses = isOld ? 24 + version * 4 : 12;
  bytes.base = Number(head.readBigUInt64LE(addresses));
  if (bytes.base !== 0 && bytes.base !== offset) bytes.fail("its addresses begin elsewhere");
  const end = head.readBigUInt64LE(addresses + 16);
  if (end > BigInt(bytes.sizeBytes + bytes.base)) bytes.fail("it is cut short");
  return head.readBigUInt64LE(isOld ? addresses + 40 : addresses + 24);
}
