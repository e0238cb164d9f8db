/** Which of a version's files are the model, and what they say together. */

import { invalidFile, plainText } from "../bytes/window-reader.ts";
import type { Format, SourceFile } from "../contract.ts";
import { unpackedDifference } from "../torch/packed-weights.ts";
import { isAside } from "./inspect-layout.ts";
import type { WeightIndex } from "./inspect-side-files.ts";
import type { ReadFile, Unit } from "./inspect-units.ts";

const INDEX_KIND = "a sharded model's index";

/** Dtypes into which several values are packed. */
const PACKED = ["U8", "I8", "I32", "U32"];

/**
 * Names of what transformers, accelerate and DeepSpeed leave beside the weights. They count only for the formats that
 * those save in; a file with a name of `TRAINING_NUMBERS` (`scaler.pt`) may as well be a layer, and then it holds
 * weights.
 */
const TRAINING_STATE =
  /(?:^|\/)(?:optimizer(?:_\d+)?|rng_state\w*|training_args|\w*optim_states)\.[a-z0-9]+$/i;
const TRAINING_NUMBERS = /(?:^|\/)(?:(?:lr_)?scheduler|scaler|sampler)(?:_\d+)?\.[a-z0-9]+$/i;
const TRAINING_FORMATS: readonly Format[] = ["torch-zip", "torch-legacy"];
/** accelerate pickles the states of random generators by themselves. */
const RANDOM_STATES = /(?:^|\/)random_states_\d+\.pkl$/;

/** True for a file that only a resumed training needs, or only a quantization (llama.cpp's importance matrix). */
export function isTrainingState({ file, reading }: ReadFile): boolean {
  const { tensors, format } = reading;
  if (format === "gguf") return reading.producer["general.type"] === "imatrix";
  if (!TRAINING_FORMATS.includes(format)) {
    return format === "pickle" && RANDOM_STATES.test(file.path);
  }
  const weights = tensors.filter(({ group }) => group === undefined);
  if (weights.length > 0) return TRAINING_STATE.test(file.path);
  const isTold = tensors.length > 0 && tensors.every(({ group }) => group === "training");
  return isTold || TRAINING_STATE.test(file.path) || TRAINING_NUMBERS.test(file.path);
}

/** Paths of shards that the index names and that are not there. */
export function missingShards(index: WeightIndex, files: readonly SourceFile[]): string[] {
  const paths = new Set(files.map(({ path }) => path));
  return [...new Set(index.shards.values())].filter((path) => !paths.has(path));
}

/** Throws `invalid_model_file` that names what is missing. */
export function refuseMissing(index: WeightIndex, missing: readonly string[]): never {
  const names = missing.slice(0, 10).map((path) => plainText(path, 200));
  const more = missing.length > names.length ? ` and ${missing.length - names.length} more` : "";
  const what = `the shards ${names.join(", ")}${more} must be uploaded with it`;
  throw invalidFile(index.path, INDEX_KIND, what);
}

/**
 * True when the model is whole without an index's missing shards: the model lies in the index's folder or above, and
 * has none of its shards. A shard that is there shows that the others were forgotten. An index that has only exports
 * or a training's state beside it is needed.
 */
export function isNeedless(index: WeightIndex, model: readonly Unit[]): boolean {
  const shards = new Set(index.shards.values());
  const files = model.flatMap((unit) => unit.files);
  if (files.some(({ file }) => shards.has(file.path))) return false;
  return model.some(
    ({ folder, files: [first] }) =>
      first !== undefined &&
      !isTrainingState(first) &&
      (index.path.startsWith(folder) || isBeside(index, folder)),
  );
}

/** True for the index of an earlier checkpoint when the model is not in one. */
function isBeside({ path }: WeightIndex, folder: string): boolean {
  return isAside(path) && !isAside(folder);
}

/** Throws `invalid_model_file` when a shard does not hold what the index says. */
export function checkShards(index: WeightIndex, read: readonly ReadFile[]): void {
  const held = new Map<string, Set<string>>();
  for (const { file, reading } of read) {
    if (reading.format !== "safetensors") continue;
    held.set(file.path, new Set(reading.tensors.map((tensor) => tensor.name)));
  }
  for (const [tensor, shard] of index.shards) {
    if (held.get(shard)?.has(tensor) !== false) continue;
    const what = `it says that ${plainText(tensor, 100)} is in ${plainText(shard, 200)}, which does not have it`;
    throw invalidFile(index.path, INDEX_KIND, what);
  }
}

/**
 * Sum over the files that know, packed weights by what they unpack to; null when none does. It is noted in `config`
 * when the way of packing is not known.
 */
export function sumParameters(
  entries: readonly ReadFile[],
  config: Record<string, string>,
): number | null {
  const known = entries.flatMap(({ reading }) => reading.parameters ?? []);
  if (known.length === 0) return null;
  const tensors = entries.flatMap(({ reading }) => reading.tensors);
  const bits = Number(config.quantization_bits);
  const { difference, isKnown } = unpackedDifference(
    tensors,
    bits >= 1 && bits <= 32 ? bits : null,
  );
  const isPacked = tensors.some(({ dtype, shape }) => PACKED.includes(dtype) && shape.length > 1);
  if (config.quantization_method && isPacked && !isKnown) {
    config.parameters_counted = "as they are stored, packed";
  }
  return Math.min(
    known.reduce((sum, count) => sum + count, difference),
    Number.MAX_SAFE_INTEGER,
  );
}

/** The largest file's word counts first; at most `max` entries. */
export function mergeProducers(
  entries: readonly ReadFile[],
  config: Record<string, string>,
  max: number,
): Record<string, string> {
  const merged = new Map(Object.entries(config));
  for (const { reading } of entries) {
    for (const [name, value] of Object.entries(reading.producer)) {
      if (!merged.has(name) && merged.size < max) merged.set(name, value);
    }
  }
  return Object.fromEntries(merged);
}
