/** Object headers of HDF5 (file format specification, IV.A): the messages that say what an object is. */
import { type Hdf5Bytes, Hdf5Unsupported, UNDEFINED } from "./hdf5-bytes.ts";

const CONTINUATION = 0x10;
/** A group of 64 attributes takes some hundred. */
const MAX_MESSAGES = 10_000;
const MAX_BLOCKS = 1000;

export const MESSAGE = {
  dataspace: 0x01,
  linkInfo: 0x02,
  datatype: 0x03,
  link: 0x06,
  externalFiles: 0x07,
  layout: 0x08,
  attribute: 0x0c,
  symbolTable: 0x11,
} as const;

/** Bit 1 of a message's flags: what it says is elsewhere, shared with other objects. */
const SHARED = 2;

export type Message = { type: number; data: Buffer };
type Block = { address: bigint; length: number };

/** Throws `invalid_model_file` for what is no header. */
export async function readHeader(bytes: Hdf5Bytes, address: bigint): Promise<Message[]> {
  if (address === UNDEFINED) bytes.fail("an object in it is nowhere");
  const start = await bytes.read(address, 16);
  if (start.toString("latin1", 0, 4) === "OHDR") return readNew(bytes, address, start);
  if (start[0] !== 1) bytes.fail("an object in it has no header");
  const first = { address: address + 16n, length: start.readUInt32LE(8) };
  return readBlocks(bytes, first, (block) => oldMessages(bytes, block));
}

async function readNew(bytes: Hdf5Bytes, address: bigint, start: Buffer): Promise<Message[]> {
  if (start[4] !== 2) throw new Hdf5Unsupported();
  const flags = start[5] as number;
  const prefix = 6 + (flags & 0x20 ? 16 : 0) + (flags & 0x10 ? 4 : 0);
  const width = 1 << (flags & 3);
  const size = await bytes.read(address + BigInt(prefix), width);
  const length = width === 8 ? Number(size.readBigUInt64LE()) : size.readUIntLE(0, width);
  const first = { address: address + BigInt(prefix + width), length };
  return readBlocks(bytes, first, (block, isFirst) => {
    // A later block has a signature before its messages and a checksum after them.
    const inside = isFirst ? block : block.subarray(4, Math.max(4, block.length - 4));
    return newMessages(bytes, inside, (flags & 4) !== 0);
  });
}

async function readBlocks(
  bytes: Hdf5Bytes,
  first: Block,
  parse: (block: Buffer, isFirst: boolean) => Message[],
): Promise<Message[]> {
  const messages: Message[] = [];
  const seen = new Set<bigint>();
  const open = [first];
  for (let block = open.shift(); block; block = open.shift()) {
    if (seen.has(block.address) || seen.size >= MAX_BLOCKS) bytes.fail("a header in it has no end");
    seen.add(block.address);
    const found = parse(await bytes.read(block.address, block.length), block === first);
    for (const message of found) {
      if (message.type !== CONTINUATION) messages.push(message);
      else if (message.data.length < 16) bytes.fail("a header in it is damaged");
      else {
        const length = Number(message.data.readBigUInt64LE(8));
        open.push({ address: message.data.readBigUInt64LE(0), length });
      }
    }
    if (messages.length > MAX_MESSAGES) bytes.fail("a header in it is unreasonably long");
  }
  return messages;
}

function oldMessages(bytes: Hdf5Bytes, block: Buffer): Message[] {
  const messages: Message[] = [];
  for (let at = 0; at + 8 <= block.length; ) {
    const size = block.readUInt16LE(at + 2);
    messages.push(take(bytes, block, at + 8, size, block.readUInt16LE(at), block[at + 4]));
    at += 8 + size;
  }
  return messages;
}

function newMessages(bytes: Hdf5Bytes, block: Buffer, hasOrder: boolean): Message[] {
  const messages: Message[] = [];
  const prefix = hasOrder ? 6 : 4;
  // Bytes shorter than a message are a gap.
  for (let at = 0; at + prefix <= block.length; ) {
    const size = block.readUInt16LE(at + 1);
    messages.push(take(bytes, block, at + prefix, size, block[at] ?? 0, block[at + 3]));
    at += prefix + size;
  }
  return messages;
}

function take(
  bytes: Hdf5Bytes,
  block: Buffer,
  start: number,
  size: number,
  type: number,
  flags = 0,
): Message {
  if (start + size > block.length) bytes.fail("a header in it is damaged");
  const isNeeded = type === MESSAGE.dataspace || type === MESSAGE.datatype;
  if (isNeeded && (flags & SHARED) !== 0) throw new Hdf5Unsupported();
  return { type, data: block.subarray(start, start + size) };
}
