/** Texts that an HDF5 object carries as attributes (file format specification, IV.A.2.m and III.E). */
import { type Hdf5Bytes, UNDEFINED } from "./hdf5-bytes.ts";
import { MESSAGE, type Message } from "./hdf5-header.ts";

const FIXED_TEXT = 3;
const VARIABLE = 9;
const REFERENCE_BYTES = 16;

/** Name -> text, of the attributes `names`; those that are no single text are left out. */
export async function readTextAttributes(
  bytes: Hdf5Bytes,
  messages: readonly Message[],
  names: readonly string[],
  maxBytes: number,
): Promise<ReadonlyMap<string, string>> {
  const texts = new Map<string, string>();
  for (const { type, data } of messages) {
    const attribute = type === MESSAGE.attribute ? splitAttribute(data) : null;
    if (attribute === null || !names.includes(attribute.name)) continue;
    const text = await readText(bytes, attribute, maxBytes);
    if (text !== null) texts.set(attribute.name, text.toString("utf8").replace(/\0+$/, ""));
  }
  return texts;
}

type Attribute = { name: string; type: Buffer; value: Buffer };

/** Version, flags, three lengths, in version 3 the name's encoding; name, type, space, value. */
function splitAttribute(data: Buffer): Attribute | null {
  const version = data[0];
  if (data.length < 9 || version === undefined || version < 1 || version > 3) return null;
  // Version 1 pads each part to eight bytes.
  const padded = (length: number) => (version === 1 ? Math.ceil(length / 8) * 8 : length);
  const lengths = [2, 4, 6].map((at) => data.readUInt16LE(at)) as [number, number, number];
  const nameAt = version === 3 ? 9 : 8;
  const typeAt = nameAt + padded(lengths[0]);
  const valueAt = typeAt + padded(lengths[1]) + padded(lengths[2]);
  const type = data.subarray(typeAt, typeAt + lengths[1]);
  if (valueAt > data.length || type.length < 8) return null;
  const name = data.toString("utf8", nameAt, nameAt + lengths[0]).replace(/\0.*$/s, "");
  return { name, type, value: data.subarray(valueAt) };
}

async function readText(
  bytes: Hdf5Bytes,
  { type, value }: Attribute,
  maxBytes: number,
): Promise<Buffer | null> {
  const kind = (type[0] as number) & 15;
  if (kind === FIXED_TEXT) return value.subarray(0, type.readUInt32LE(4));
  if (kind !== VARIABLE || value.length < REFERENCE_BYTES) return null;
  // Length, address of a heap, number of an object in it.
  const length = value.readUInt32LE(0);
  const heap = value.readBigUInt64LE(4);
  if (heap === UNDEFINED || length > maxBytes) return null;
  return readHeapObject(bytes, heap, value.readUInt32LE(12), length);
}

/** Objects follow each other: number, references, reserved, size, bytes padded to eight. */
async function readHeapObject(
  bytes: Hdf5Bytes,
  heap: bigint,
  number: number,
  length: number,
): Promise<Buffer | null> {
  const head = await bytes.read(heap, 16);
  if (head.toString("latin1", 0, 4) !== "GCOL") bytes.fail("a text in it is nowhere");
  const end = heap + head.readBigUInt64LE(8);
  for (let at = heap + 16n; at + 16n <= end; ) {
    const object = await bytes.read(at, 16);
    const size = object.readBigUInt64LE(8);
    const found = object.readUInt16LE(0);
    if (found === number) return bytes.read(at + 16n, Math.min(length, Number(size)));
    // Number 0 is the space that is left.
    if (found === 0) return null;
    at += 16n + ((size + 7n) / 8n) * 8n;
  }
  return null;
}
