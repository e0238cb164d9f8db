/** What a dataset's messages say of its values (file format specification, IV.A.2): type, shape, place. */

import { elementCount, MAX_DIMENSIONS } from "../tensor-facts.ts";
import { type Hdf5Bytes, Hdf5Unsupported, UNDEFINED } from "./hdf5-bytes.ts";
import { MESSAGE, type Message } from "./hdf5-header.ts";

/** Deflate cannot do better than 1,032 : 1; chunks that claim more hold nothing. */
const MAX_RATIO = 1033;
const COMPACT = 0;
const CONTIGUOUS = 1;
const CHUNKED = 2;
const VIRTUAL = 3;

export type Dataset = { dtype: string; shape: number[]; sizeBytes: number; isElsewhere: boolean };

/** Null when the object is no dataset. Throws `invalid_model_file` for sizes that cannot be. */
export function readDataset(bytes: Hdf5Bytes, name: string, messages: Message[]): Dataset | null {
  const data = (type: number) => messages.find((message) => message.type === type)?.data;
  const space = data(MESSAGE.dataspace);
  const type = data(MESSAGE.datatype);
  const layout = data(MESSAGE.layout);
  if (!space || !type || !layout) return null;
  if (type.length < 8 || space.length < 4 || layout.length < 2) bytes.fail(`${name} is damaged`);
  const shape = readShape(bytes, name, space);
  const count = elementCount(shape);
  const sizeBytes = count === null ? Number.NaN : count * type.readUInt32LE(4);
  if (!Number.isSafeInteger(sizeBytes)) bytes.fail(`${name} has sizes that no array can have`);
  const isExternal = data(MESSAGE.externalFiles) !== undefined;
  const place = placeOf(layout);
  const isElsewhere = isExternal || place.kind === VIRTUAL;
  if (!isElsewhere) checkPlace(bytes, name, sizeBytes, place);
  return { dtype: readType(type), shape, sizeBytes, isElsewhere };
}

/** Version 1: version, rank, flags, 5 reserved, sizes. Version 2: version, rank, flags, type, sizes. */
function readShape(bytes: Hdf5Bytes, name: string, space: Buffer): number[] {
  const [version, rank = 0] = space;
  if (version !== 1 && version !== 2) throw new Hdf5Unsupported();
  const isNull = version === 2 && space[3] === 2;
  const start = version === 1 ? 8 : 4;
  if (rank > MAX_DIMENSIONS || start + rank * 8 > space.length) bytes.fail(`${name} is damaged`);
  if (isNull) return [0];
  return Array.from({ length: rank }, (_, at) => Number(space.readBigUInt64LE(start + at * 8)));
}

/** Class in the lower half of the first byte, 3 bytes of bits, size, and for numbers where their parts are. */
function readType(type: Buffer): string {
  const kind = (type[0] as number) & 15;
  const size = type.readUInt32LE(4);
  const bits = size * 8;
  if (kind === 0 && [1, 2, 4, 8].includes(size)) {
    return `${((type[1] as number) & 8) !== 0 ? "I" : "U"}${bits}`;
  }
  // The exponent of bfloat16 has the 8 bits of float32.
  if (kind === 1 && size === 2) return type[13] === 8 ? "BF16" : "F16";
  if (kind === 1 && (size === 4 || size === 8)) return `F${bits}`;
  if (kind === 3 || kind === 9) return "STRING";
  // HDF5 has no name for bfloat16: Keras writes the two bytes as they are.
  if (kind === 5 && size === 2) return "BF16";
  // Python's bool is an enumeration of one byte, its complex numbers are pairs.
  if (kind === 8 && size === 1) return "BOOL";
  if (kind === 6 && (size === 8 || size === 16)) return `C${bits}`;
  return `HDF5_TYPE_${kind}`;
}

type Place = { kind: number; address: bigint; length: bigint | null };

function placeOf(layout: Buffer): Place {
  const [version = 0] = layout;
  if (version === 3 || version === 4) {
    const kind = layout[1] as number;
    if (kind !== CONTIGUOUS) return { kind, address: UNDEFINED, length: null };
    if (layout.length < 18) throw new Hdf5Unsupported();
    return { kind, address: layout.readBigUInt64LE(2), length: layout.readBigUInt64LE(10) };
  }
  if (version > 4 || layout.length < 16) throw new Hdf5Unsupported();
  // Version 1 and 2: rank, class, 5 reserved, address; the length is what the shape says.
  const kind = layout[2] as number;
  const address = kind === CONTIGUOUS ? layout.readBigUInt64LE(8) : UNDEFINED;
  return { kind, address, length: null };
}

function checkPlace(bytes: Hdf5Bytes, name: string, needed: number, place: Place): void {
  const { kind, address, length } = place;
  if (kind === COMPACT || kind === CHUNKED) {
    if (needed > bytes.sizeBytes * MAX_RATIO)
      bytes.fail(`${name} is larger than its file can hold`);
    return;
  }
  if (kind !== CONTIGUOUS) throw new Hdf5Unsupported();
  if (length !== null && length !== BigInt(needed) && needed > 0) {
    bytes.fail(`${name} needs ${needed} bytes and has ${length}`);
  }
  // Values that were never written are nowhere, and read as zeros.
  if (address === UNDEFINED) {
    if (needed > bytes.sizeBytes * MAX_RATIO)
      bytes.fail(`${name} is larger than its file can hold`);
  } else if (address + BigInt(needed) > BigInt(bytes.sizeBytes)) {
    bytes.fail(`${name} ends after the end of the file, which may be cut short`);
  }
}
