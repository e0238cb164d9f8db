/** The datasets of an HDF5 file as tensors: the tree is walked from its root, values are never read. */

import { HEAD_BYTES } from "../bytes/reader.ts";
import { plainText } from "../bytes/window-reader.ts";
import type { ByteSource, TensorFact } from "../contract.ts";
import { MAX_NAME_BYTES } from "../tensor-facts.ts";
import { readTextAttributes } from "./hdf5-attributes.ts";
import { Hdf5Bytes, Hdf5Unsupported, readSuperblock, superblockOffset } from "./hdf5-bytes.ts";
import { readDataset } from "./hdf5-dataset.ts";
import { readMembers } from "./hdf5-groups.ts";
import { readHeader } from "./hdf5-header.ts";

/** Every object costs some small reads. */
const MAX_OBJECTS = 200_000;
/** A Keras model in a Keras model in a wrapper is some 20 deep. */
const MAX_DEPTH = 64;

export type Hdf5Tensors = {
  /** Null when the file uses a part of HDF5 that is not read here. */
  tensors: TensorFact[] | null;
  /** Names of the objects whose content is in other files. */
  elsewhere: string[];
};

/** `path` is the file that the tensors are in. Throws `invalid_model_file` for a damaged file. */
export async function readHdf5Tensors(path: string, source: ByteSource): Promise<Hdf5Tensors> {
  const bytes = new Hdf5Bytes(path, source);
  const head = await source.read(0, Math.min(HEAD_BYTES, source.sizeBytes));
  const walk = new Walk(bytes);
  try {
    await walk.visit(await readSuperblock(bytes, superblockOffset(head) ?? 0), "", 0);
    return { tensors: walk.tensors, elsewhere: walk.elsewhere };
  } catch (error) {
    if (!(error instanceof Hdf5Unsupported)) throw error;
    return { tensors: null, elsewhere: walk.elsewhere };
  }
}

/**
 * Texts that the file's root carries as attributes; those that are longer than `maxBytes` or no texts are left out.
 * Throws `invalid_model_file` for a damaged file.
 */
export async function readRootTexts(
  path: string,
  source: ByteSource,
  names: readonly string[],
  maxBytes: number,
): Promise<ReadonlyMap<string, string>> {
  const bytes = new Hdf5Bytes(path, source);
  const head = await source.read(0, Math.min(HEAD_BYTES, source.sizeBytes));
  try {
    const root = await readSuperblock(bytes, superblockOffset(head) ?? 0);
    return await readTextAttributes(bytes, await readHeader(bytes, root), names, maxBytes);
  } catch (error) {
    if (!(error instanceof Hdf5Unsupported)) throw error;
    return new Map();
  }
}

class Walk {
  readonly tensors: TensorFact[] = [];
  readonly elsewhere: string[] = [];
  readonly #bytes: Hdf5Bytes;
  /** An object may have several names, and a group may be its own ancestor: each is visited once. */
  readonly #seen = new Set<bigint>();

  constructor(bytes: Hdf5Bytes) {
    this.#bytes = bytes;
  }

  async visit(address: bigint, path: string, depth: number): Promise<void> {
    if (this.#seen.has(address)) return;
    if (this.#seen.size >= MAX_OBJECTS) this.#bytes.fail(`it has more than ${MAX_OBJECTS} objects`);
    if (depth > MAX_DEPTH) this.#bytes.fail(`it is nested more than ${MAX_DEPTH} deep`);
    if (path.length > MAX_NAME_BYTES) this.#bytes.fail("a name in it is too long");
    this.#seen.add(address);
    const messages = await readHeader(this.#bytes, address);
    const name = plainText(path, MAX_NAME_BYTES);
    const dataset = readDataset(this.#bytes, plainText(path, 100), messages);
    if (dataset) {
      const { isElsewhere, ...fact } = dataset;
      if (isElsewhere) this.elsewhere.push(name);
      this.tensors.push({ name, ...fact, file: this.#bytes.path });
      return;
    }
    for (const member of (await readMembers(this.#bytes, messages)) ?? []) {
      const inside = path === "" ? member.name : `${path}/${member.name}`;
      if (member.isExternal) this.elsewhere.push(plainText(inside, MAX_NAME_BYTES));
      else await this.visit(member.address, inside, depth + 1);
    }
  }
}
