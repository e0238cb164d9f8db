/** The weights of a PyTorch checkpoint with the places of their values: what a copy of them in another format is made of. */
import { RegistryError } from "#lib/errors.ts";
import { memberStart, STORED } from "../archives/zip.ts";
import { plainText } from "../bytes/window-reader.ts";
import type { ByteSource } from "../contract.ts";
import { entryOf, type PickleValue } from "../pickle/pickle-values.ts";
import { elementCount } from "../tensor-facts.ts";
import type { NamedTensor } from "./named-tensor.ts";
import { findTorchArchive, parseMember, readArchiveProducer } from "./torch-archive.ts";
import { checkStorages } from "./torch-facts.ts";
import { isTorchLegacy, parseTorchLegacy } from "./torch-legacy.ts";
import { collectTensors } from "./torch-state.ts";
import { type OddLayout, type Steps, storageTuple } from "./torch-tensor.ts";

export type TorchWeight = {
  name: string;
  dtype: string;
  shape: readonly number[];
  steps: Steps;
  /** Where in the file its storage begins; 0 for a tensor without elements. */
  storageOffset: number;
};
export type TorchWeights = {
  weights: TorchWeight[];
  /** Tensors that are no weights: state of the training, averages of the weights. */
  leftOut: number;
};

type Place = { offset: number; lengthBytes: number };
type Checkpoint = {
  root: PickleValue;
  persistentIds: readonly PickleValue[];
  isBigEndian: boolean;
  placeOf: (storageKey: string) => Promise<Place | null>;
  sizeOf: (storageKey: string) => number | null;
};

const ODD: Readonly<Record<OddLayout, string>> = {
  quantized: "is quantized",
  sparse: "is sparse",
  nested: "is a nested tensor",
  "without values": "has no values in the file",
  lazy: "is a conjugate or negative that PyTorch computes when it is read",
  "of a device": "was saved by a device that PyTorch converts it for",
};
const NAME_MAX_CHARS = 200;

/**
 * All names of the weights, also those that share their values. Throws `not_convertible` for what cannot be copied without a
 * loss, `invalid_model_file` for what cannot be read.
 */
export async function readTorchWeights(source: ByteSource): Promise<TorchWeights> {
  const checkpoint = (await openArchive(source)) ?? (await openLegacy(source));
  if (checkpoint.isBigEndian)
    throw notConvertible("The checkpoint was written by a machine with the other byte order.");
  const found = collectTensors(checkpoint.root);
  checkStorages(found, checkpoint.sizeOf);
  checkCoverage(checkpoint.persistentIds, found);
  const chosen = chooseWeights(found);
  const places = new Map<string, Place | null>();
  const weights: TorchWeight[] = [];
  for (const { name, dtype, shape, layout, storageKey } of chosen) {
    const shown = plainText(name, NAME_MAX_CHARS);
    if (typeof layout === "string")
      throw notConvertible(`The tensor ${shown} ${ODD[layout]}: safetensors cannot hold it.`);
    const key = storageKey ?? "";
    if (!places.has(key)) places.set(key, await checkpoint.placeOf(key));
    const place = places.get(key) ?? null;
    if (place === null && elementCount(shape) !== 0)
      throw notConvertible(`The values of the tensor ${shown} are compressed inside the zip file.`);
    weights.push({ name, dtype, shape, steps: layout, storageOffset: place?.offset ?? 0 });
  }
  return { weights, leftOut: found.length - chosen.length };
}

async function openArchive(source: ByteSource): Promise<Checkpoint | null> {
  const archive = await findTorchArchive(source);
  if (archive === null) return null;
  if (archive.isTorchScript)
    throw notConvertible("The file is TorchScript: safetensors cannot hold its program.");
  const stream = await parseMember(archive, "data.pkl");
  if (!stream.parsedToEnd) throw unreadable();
  const entryFor = (key: string) => archive.members.get(`data/${key}`);
  return {
    root: stream.root,
    persistentIds: stream.persistentIds,
    isBigEndian: (await readArchiveProducer(archive)).byteorder === "big",
    sizeOf: (key) => entryFor(key)?.sizeBytes ?? null,
    async placeOf(key) {
      const entry = entryFor(key);
      if (entry?.method !== STORED) return null;
      return { offset: await memberStart(archive.zip, entry), lengthBytes: entry.sizeBytes };
    },
  };
}

async function openLegacy(source: ByteSource): Promise<Checkpoint> {
  if (!(await isTorchLegacy(source)))
    throw notConvertible("The file is no checkpoint that torch.save has written.");
  const { streams, reports, storages } = await parseTorchLegacy(source, "");
  const [, , system, object] = streams;
  if (object === undefined || !reports.every(({ parsedToEnd }) => parsedToEnd)) throw unreadable();
  return {
    root: object.root,
    persistentIds: object.persistentIds,
    isBigEndian: entryOf(system?.root, "little_endian") === false,
    sizeOf: (key) => storages.get(key)?.lengthBytes ?? null,
    placeOf: async (key) => storages.get(key) ?? null,
  };
}

/** Values that no tensor reaches belong to something that this reader does not understand: a copy would lose them. */
function checkCoverage(persistentIds: readonly PickleValue[], found: readonly NamedTensor[]): void {
  const reached = new Set(found.map(({ storageKey }) => storageKey));
  const isOdd = found.some(({ storageKey }) => storageKey === null);
  for (const id of persistentIds) {
    const storage = storageTuple(id);
    if (storage === null)
      throw notConvertible("The checkpoint refers to something that is no storage of a tensor.");
    // PyTorch before 0.4 wrote storages that are parts of others.
    if ((storage[5] ?? null) !== null)
      throw notConvertible("The checkpoint has storages that are parts of other ones.");
    // The storages of a sparse tensor are those of its parts; it is refused by its name, or left out.
    if (!isOdd && !reached.has(String(storage[2])))
      throw notConvertible("The checkpoint has values that belong to no tensor that can be read.");
  }
}

/**
 * The weights of the model under all of their names. A plain state dict is taken whole: what it holds is what a model is loaded
 * from, an average of the weights too.
 */
function chooseWeights(found: readonly NamedTensor[]): NamedTensor[] {
  const isPlain = found.every(({ name, part, group }) => name === part && group !== "training");
  if (isPlain) return [...found];
  const weights = new Set(found.filter(({ group }) => group === null).map(({ region }) => region));
  weights.delete(null);
  return found.filter(
    ({ group, region }) => group === null || (group === "copy" && weights.has(region)),
  );
}

function unreadable(): RegistryError {
  return new RegistryError("invalid_model_file", "The checkpoint cannot be read to its end.");
}

export function notConvertible(sentence: string): RegistryError {
  return new RegistryError("not_convertible", sentence);
}
