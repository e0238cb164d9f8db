/**
 * `torch.distributed.checkpoint` (torch/distributed/checkpoint/metadata.py): a folder whose `.metadata` is a pickle that
 * says which tensors there are, and which range of which `.distcp` file is a checkpoint with a piece of one.
 */

import type { FileReading, FormatReader } from "../bytes/reader.ts";
import { invalidFile, plainText } from "../bytes/window-reader.ts";
import type { ByteSource, SourceFile, TensorFact } from "../contract.ts";
import type { Slice } from "../format-facts.ts";
import { hasPickleMark, parsePickle } from "../pickle/pickle.ts";
import { listGlobals, parsePickles } from "../pickle/pickle-report.ts";
import {
  calleeName,
  entriesOf,
  entryOf,
  isObject,
  itemsOf,
  type PickleValue,
} from "../pickle/pickle-values.ts";
import { byteCount, countParameters, elementCount, MAX_NAME_BYTES } from "../tensor-facts.ts";
import { torchDtype } from "./torch-dtypes.ts";
import { sizesOf } from "./torch-tensor.ts";

const KIND = "a distributed PyTorch checkpoint";
const METADATA = "torch.distributed.checkpoint.metadata.Metadata";
const TENSOR = "torch.distributed.checkpoint.metadata.TensorStorageMetadata";
/** The name of the root's class comes first. */
const SNIFF_OPCODES = 10;
/** What a trainer keeps beside the model, by the key of the state that it is under. */
const TRAINING = /^(?:optim|optimizer|optimizers|lr_scheduler|scheduler)(?:\.|$)/;

export const torchDistributedReader: FormatReader = {
  format: "torch-distributed",
  detect: isDistributed,
  read: readDistributed,
};

async function isDistributed(head: Uint8Array, source: ByteSource): Promise<boolean> {
  if (!hasPickleMark(head)) return false;
  const { globals } = await parsePickle(source, { maxOpcodes: SNIFF_OPCODES });
  return globals.some(({ module, name }) => `${module}.${name}` === METADATA);
}

/** Throws `invalid_model_file` for ranges that are not in the version's files. */
async function readDistributed(
  file: SourceFile,
  siblings: ReadonlyMap<string, ByteSource>,
): Promise<FileReading> {
  const { streams, reports } = await parsePickles(file.source, file.path);
  const parsedToEnd = reports.every((report) => report.parsedToEnd);
  const root = parsedToEnd ? stateOf(streams[0]?.root) : undefined;
  const places = readPlaces(file, root);
  const isStray = places.every(({ path }) => !siblings.has(path));
  if (!isStray) checkPlaces(file, places, siblings);
  const slices = new Map<string, Slice[]>();
  for (const { path, slice } of isStray ? [] : places) {
    const known = slices.get(path);
    if (known) known.push(slice);
    else slices.set(path, [slice]);
  }
  const files = new Map(places.map(({ name, path }) => [name, path]));
  const tensors = isStray ? [] : readTensors(root, files);
  const detail = "The checkpoint's metadata is there without the files that hold its values";
  const finding = { severity: "info", code: "checkpoint_without_data", detail } as const;
  return {
    format: "torch-distributed",
    framework: "pytorch",
    parameters: parsedToEnd && !isStray ? countParameters(tensors) : null,
    tensors,
    producer: {},
    signature: null,
    findings: isStray ? [{ ...finding, file: file.path }] : [],
    slices,
    globals: listGlobals(reports),
    parsedToEnd,
    pickles: reports,
  };
}

function stateOf(value: PickleValue | undefined): PickleValue | undefined {
  return isObject(value) && value.kind === "call" ? value.state : undefined;
}

type Place = { name: string; path: string; slice: Slice };

/** `storage_data`: which piece of which tensor is where. */
function readPlaces(file: SourceFile, root: PickleValue | undefined): Place[] {
  const entries = entriesOf(entryOf(root, "storage_data")) ?? [];
  const folder = file.path.slice(0, file.path.lastIndexOf("/") + 1);
  const places: Place[] = [];
  for (let at = 0; at + 1 < entries.length; at += 2) {
    const name = entryOf(stateOf(entries[at]), "fqn");
    const info = stateOf(entries[at + 1]);
    const path = entryOf(info, "relative_path");
    const offset = entryOf(info, "offset");
    const length = entryOf(info, "length");
    const isWhole = typeof offset === "number" && typeof length === "number";
    if (typeof name !== "string" || typeof path !== "string" || !isWhole) {
      throw invalidFile(file.path, KIND, "it does not say where its values are");
    }
    places.push({ name, path: folder + path, slice: { offset, length } });
  }
  return places;
}

function checkPlaces(
  file: SourceFile,
  places: readonly Place[],
  siblings: ReadonlyMap<string, ByteSource>,
): void {
  for (const { name, path, slice } of places) {
    const have = siblings.get(path)?.sizeBytes;
    const shown = plainText(path, 200);
    if (have === undefined) {
      throw invalidFile(
        file.path,
        KIND,
        `its values are in ${shown}, which must be uploaded with it`,
      );
    }
    const { offset, length } = slice;
    const isInside = Number.isSafeInteger(offset + length) && offset >= 0 && length >= 0;
    if (isInside && offset + length <= have) continue;
    const what = `${plainText(name, 100)} ends after the end of ${shown}, which may be cut short`;
    throw invalidFile(file.path, KIND, what);
  }
}

/** `state_dict_metadata`: name -> type and shape of a tensor, or that it is something else. */
function readTensors(
  root: PickleValue | undefined,
  files: ReadonlyMap<string, string>,
): TensorFact[] {
  const entries = entriesOf(entryOf(root, "state_dict_metadata")) ?? [];
  const tensors: TensorFact[] = [];
  for (let at = 0; at + 1 < entries.length; at += 2) {
    const name = entries[at];
    const file = typeof name === "string" ? files.get(name) : undefined;
    if (typeof name !== "string" || file === undefined) continue;
    if (calleeName(entries[at + 1]) !== TENSOR || name.length > MAX_NAME_BYTES) continue;
    const state = stateOf(entries[at + 1]);
    const shape = sizesOf(entryOf(state, "size"));
    const count = shape && elementCount(shape);
    const properties = stateOf(entryOf(state, "properties"));
    const dtype = torchDtype(itemsOf(properties)?.[0] ?? entryOf(properties, "dtype"));
    if (!shape || count === null || dtype === null) continue;
    tensors.push({
      name: plainText(name, MAX_NAME_BYTES),
      dtype,
      shape,
      sizeBytes: byteCount(dtype, count) ?? 0,
      file,
      ...(TRAINING.test(name) && { group: "training" as const }),
    });
  }
  return tensors;
}
