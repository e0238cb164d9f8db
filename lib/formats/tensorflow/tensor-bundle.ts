/**
 * TensorFlow's checkpoint format (tensorflow/core/protobuf/tensor_bundle.proto): `<prefix>.index` is a
 * table from variable names to BundleEntryProto, `<prefix>.data-0000i-of-0000n` holds the values.
 */

import type { Region } from "#lib/wire/region.ts";
import { ProtoWalker } from "../bytes/protobuf.ts";
import { plainText, WindowReader } from "../bytes/window-reader.ts";
import type { ByteSource, SourceFile, TensorFact } from "../contract.ts";
import {
  byteCount,
  canHold,
  elementCount,
  MAX_DIMENSIONS,
  MAX_NAME_BYTES,
  MAX_TENSORS,
} from "../tensor-facts.ts";
import { readSstable } from "./sstable.ts";
import { tfDtype } from "./tensorflow-dtypes.ts";

const KIND = "TensorFlow checkpoint index";
/** Not a variable: the serialized object graph that TensorFlow 2 stores beside them. */
const OBJECT_GRAPH = "_CHECKPOINTABLE_OBJECT_GRAPH";
/** `data-00000-of-00001` has five digits. */
const MAX_SHARDS = 99_999;

/**
 * The variables of a checkpoint. `siblings` are the version's other files, among which the data shards must be.
 * Throws `invalid_model_file` when the index is damaged, or a shard is missing or cut short.
 */
export async function readTensorBundle(
  index: SourceFile,
  siblings: ReadonlyMap<string, ByteSource>,
): Promise<TensorFact[]> {
  const placed = await readPlaces(index, siblings);
  return placed.map(({ tensor }) => tensor).filter(({ name }) => name !== OBJECT_GRAPH);
}

/** Where in the shard `path` each variable's bytes are. Throws as `readTensorBundle`. */
export async function bundleRegions(
  index: SourceFile,
  siblings: ReadonlyMap<string, ByteSource>,
  path: string,
): Promise<Region[]> {
  const placed = await readPlaces(index, siblings);
  return placed
    .filter(({ tensor }) => tensor.file === path)
    .map(({ tensor: { name, dtype, sizeBytes }, offset }) => ({
      name,
      dtype,
      offset,
      lengthBytes: sizeBytes,
    }));
}

type Placed = { tensor: TensorFact; offset: number };

async function readPlaces(
  index: SourceFile,
  siblings: ReadonlyMap<string, ByteSource>,
): Promise<Placed[]> {
  const reader = new WindowReader(index, KIND);
  const entries = await readSstable(reader);
  const first = entries[0];
  if (first === undefined || first.key.length > 0) reader.fail("its header is missing");
  const shardCount = await readShardCount(index, first?.value ?? new Uint8Array(0));
  const shards = new Shards(reader, siblings, shardCount);
  if (entries.length > MAX_TENSORS) reader.fail(`it has more than ${MAX_TENSORS} variables`);
  const placed: Placed[] = [];
  for (const { key, value } of entries.slice(1)) {
    const name = plainText(new TextDecoder().decode(key), MAX_NAME_BYTES);
    const one = await readEntry(index, name, value, shards);
    if (one) placed.push(one);
  }
  return placed;
}

/** Finds the file of a shard and checks that it is long enough. */
class Shards {
  readonly #reader: WindowReader;
  readonly #siblings: ReadonlyMap<string, ByteSource>;
  readonly #count: number;

  constructor(reader: WindowReader, siblings: ReadonlyMap<string, ByteSource>, count: number) {
    this.#reader = reader;
    this.#siblings = siblings;
    this.#count = count;
  }

  /** The path of shard `id`, which must hold bytes up to `end`. */
  pathOf(id: number, end: number, shown: string): string {
    if (id < 0 || id >= this.#count)
      this.#reader.fail(`${shown} is in a shard that does not exist`);
    const prefix = this.#reader.path.replace(/\.index$/, "");
    const path = `${prefix}.data-${fiveDigits(id)}-of-${fiveDigits(this.#count)}`;
    const sizeBytes = this.#siblings.get(path)?.sizeBytes;
    if (sizeBytes === undefined) {
      this.#reader.fail(
        `its values are in ${plainText(path, 200)}, which must be uploaded with it`,
      );
    } else if (end > sizeBytes) {
      this.#reader.fail(
        `${shown} ends after the end of ${plainText(path, 200)}, which may be cut short`,
      );
    }
    return path;
  }
}

function fiveDigits(value: number): string {
  return String(value).padStart(5, "0");
}

/** BundleHeaderProto: 1 num_shards. */
async function readShardCount(index: SourceFile, value: Uint8Array): Promise<number> {
  const walker = walkerOver(index, value);
  let count = 0;
  await walker.walk(0, value.length, async (field) => {
    if (field.number === 1) count = await walker.smallInt(field);
  });
  if (count < 1 || count > MAX_SHARDS) walker.reader.fail("its number of shards is not valid");
  return count;
}

/** BundleEntryProto: 1 dtype, 2 shape, 3 shard_id, 4 offset, 5 size, 7 slices. Null for a slice. */
async function readEntry(
  index: SourceFile,
  name: string,
  value: Uint8Array,
  shards: Shards,
): Promise<Placed | null> {
  const walker = walkerOver(index, value);
  const shown = `the variable ${plainText(name, 100)}`;
  const shape: number[] = [];
  let dataType = 0;
  let shard = 0;
  let offset = 0;
  let size = 0;
  let isSliced = false;
  await walker.walk(0, value.length, async (field) => {
    if (field.number === 1) dataType = await walker.smallInt(field);
    else if (field.number === 2) await readShape(walker, field, shape);
    else if (field.number === 3) shard = await walker.smallInt(field);
    else if (field.number === 4) offset = Number(await walker.int(field));
    else if (field.number === 5) size = Number(await walker.int(field));
    else if (field.number === 7) isSliced = true;
  });
  // Keys of slices are binary; the entry that lists them has the variable's name and whole shape.
  if (name.startsWith("\\u0000")) return null;
  if (dataType <= 0) return walker.reader.fail(`${shown} has the invalid type ${dataType}`);
  const dtype = tfDtype(dataType);
  const count = elementCount(shape);
  const needed = count === null ? null : (byteCount(dtype, count) ?? size);
  if (needed === null || offset < 0 || size < 0 || !Number.isSafeInteger(offset + size)) {
    return walker.reader.fail(`${shown} has sizes that no variable can have`);
  }
  if (dtype.startsWith("TF_TYPE_") && !canHold(size, count ?? 0)) {
    walker.reader.fail(`${shown} has more elements than its ${size} bytes can hold`);
  }
  if (isSliced)
    return { tensor: { name, dtype, shape, sizeBytes: needed, file: index.path }, offset };
  if (needed !== size) walker.reader.fail(`${shown} needs ${needed} bytes and has ${size}`);
  const file = shards.pathOf(shard, offset + size, shown);
  return { tensor: { name, dtype, shape, sizeBytes: size, file }, offset };
}

/** TensorShapeProto: 2 dim { 1 size }. */
function readShape(
  walker: ProtoWalker,
  field: Parameters<ProtoWalker["message"]>[0],
  into: number[],
): Promise<void> {
  return walker.message(field, async (part) => {
    if (part.number !== 2) return;
    if (into.length >= MAX_DIMENSIONS) walker.reader.fail("a variable has too many dimensions");
    let size = 0;
    await walker.message(part, async (dim) => {
      if (dim.number === 1) size = Number(await walker.int(dim));
    });
    into.push(size);
  });
}

/** A walker over bytes that were taken out of the index. */
function walkerOver(index: SourceFile, value: Uint8Array): ProtoWalker {
  const source = {
    sizeBytes: value.length,
    read: async (offset: number, length: number) => value.subarray(offset, offset + length),
  };
  return new ProtoWalker(new WindowReader({ path: index.path, source }, KIND));
}
