/** The members of HDF5's groups (file format specification, III.A, III.B, III.D and IV.A.2.g): names and headers. */

import { MAX_NAME_BYTES } from "../tensor-facts.ts";
import { type Hdf5Bytes, Hdf5Unsupported, UNDEFINED } from "./hdf5-bytes.ts";
import { MESSAGE, type Message } from "./hdf5-header.ts";

/** A network of thousands of layers with some members each stays far below. */
const MAX_NODES = 100_000;
const MAX_LEVELS = 16;
const ENTRY_BYTES = 40;
/** A symbol table entry that is a soft link: its text is in the heap, and its object is elsewhere. */
const SOFT = 2;

/** `isExternal`: another file's object, which h5py opens by itself. */
export type Member = { name: string; address: bigint; isExternal: boolean };

/** Null when the object is no group. Throws `invalid_model_file`. */
export async function readMembers(
  bytes: Hdf5Bytes,
  messages: readonly Message[],
): Promise<Member[] | null> {
  const table = messages.find(({ type }) => type === MESSAGE.symbolTable)?.data;
  if (table) {
    if (table.length < 16) bytes.fail("a group in it is damaged");
    return readSymbolTable(bytes, table.readBigUInt64LE(0), table.readBigUInt64LE(8));
  }
  const info = messages.find(({ type }) => type === MESSAGE.linkInfo)?.data;
  if (!info) return null;
  if (info.length < 2) bytes.fail("a group in it is damaged");
  const heapAt = 2 + ((info[1] as number) & 1 ? 8 : 0);
  const isDense = info.length >= heapAt + 8 && info.readBigUInt64LE(heapAt) !== UNDEFINED;
  if (isDense) throw new Hdf5Unsupported();
  const links = messages.filter(({ type }) => type === MESSAGE.link);
  return links.flatMap(({ data }) => readLink(bytes, data) ?? []);
}

/** Version, flags, type, order, encoding, length of the name, name, address. Null for a soft link. */
function readLink(bytes: Hdf5Bytes, link: Buffer): Member | null {
  const flags = link[1] ?? 0;
  let at = 2;
  const type = flags & 8 ? (link[at++] ?? 0) : 0;
  if (flags & 4) at += 8;
  if (flags & 16) at += 1;
  const width = 1 << (flags & 3);
  if (width === 8) throw new Hdf5Unsupported();
  if (at + width > link.length) bytes.fail("a link in it is damaged");
  const length = link.readUIntLE(at, width);
  at += width;
  const name = link.toString("utf8", at, at + length);
  at += length;
  if (type === 1) return null;
  if (type > 1) return { name, address: UNDEFINED, isExternal: true };
  if (at + 8 > link.length) bytes.fail("a link in it is damaged");
  return { name, address: link.readBigUInt64LE(at), isExternal: false };
}

async function readSymbolTable(bytes: Hdf5Bytes, tree: bigint, heap: bigint): Promise<Member[]> {
  const names = await readHeap(bytes, heap);
  const members: Member[] = [];
  const seen = new Set<bigint>();
  const visit = async (address: bigint, levelsLeft: number): Promise<void> => {
    if (seen.has(address) || seen.size >= MAX_NODES || levelsLeft < 0) {
      bytes.fail("a group in it has no end");
    }
    seen.add(address);
    const head = await bytes.read(address, 24);
    const signature = head.toString("latin1", 0, 4);
    if (signature === "SNOD") {
      members.push(...(await readEntries(bytes, address, head.readUInt16LE(6), names)));
      return;
    }
    if (signature !== "TREE" || head[4] !== 0) bytes.fail("a group in it is damaged");
    const count = head.readUInt16LE(6);
    // Keys and children in turn, a key first.
    const body = await bytes.read(address + 24n, count * 16 + 8);
    for (let index = 0; index < count; index += 1) {
      await visit(body.readBigUInt64LE(8 + index * 16), levelsLeft - 1);
    }
  };
  await visit(tree, MAX_LEVELS);
  return members;
}

async function readEntries(
  bytes: Hdf5Bytes,
  address: bigint,
  count: number,
  names: Buffer,
): Promise<Member[]> {
  const body = await bytes.read(address + 8n, count * ENTRY_BYTES);
  const members: Member[] = [];
  for (let at = 0; at < body.length; at += ENTRY_BYTES) {
    if (body.readUInt32LE(at + 16) === SOFT) continue;
    const start = Number(body.readBigUInt64LE(at));
    const end = names.indexOf(0, Math.min(start, names.length));
    if (end < 0 || end - start > MAX_NAME_BYTES) bytes.fail("a name in it is damaged");
    const name = names.toString("utf8", start, end);
    members.push({ name, address: body.readBigUInt64LE(at + 8), isExternal: false });
  }
  return members;
}

/** The names of a group's members, each with a zero after it. */
async function readHeap(bytes: Hdf5Bytes, address: bigint): Promise<Buffer> {
  const head = await bytes.read(address, 32);
  if (head.toString("latin1", 0, 4) !== "HEAP") bytes.fail("a group in it has no names");
  return bytes.read(head.readBigUInt64LE(24), Number(head.readBigUInt64LE(8)));
}
