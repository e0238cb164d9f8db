/** Which of a version's files are the model, and what they say together. */
import type { SourceFile } from "./contract.ts";
import { folderOf, type WeightIndex } from "./inspect-side-files.ts";
import type { FileReading } from "./reader.ts";
import { invalidFile, plainText } from "./window-reader.ts";

/** A file that some reader understood. */
export type ReadFile = { file: SourceFile; reading: FileReading };

/** Training leaves these beside the weights; an optimizer's state is twice as large as the model. */
const TRAINING_STATE =
  /(?:^|\/)(?:optimizer|scheduler|rng_state\w*|scaler|training_args|trainer_state)\.[a-z0-9]+$/i;

/**
 * The files whose format is the version's, largest first: the format with the most bytes, those of
 * training's own state not counted. A SavedModel weighs as much as its variables.
 */
export function choosePrincipal(
  read: readonly ReadFile[],
  files: readonly SourceFile[],
): ReadFile[] {
  const weights = read.filter(({ file }) => !TRAINING_STATE.test(file.path));
  const candidates = weights.length > 0 ? weights : [...read];
  const sizes = new Map(files.map(({ path, source }) => [path, source.sizeBytes]));
  const weighed = candidates
    .map((entry) => ({ entry, weight: weightOf(entry, sizes) }))
    .sort((a, b) => b.weight - a.weight || (a.entry.file.path < b.entry.file.path ? -1 : 1));
  const totals = new Map<string, number>();
  for (const { entry, weight } of weighed) {
    const { format } = entry.reading;
    totals.set(format, (totals.get(format) ?? 0) + weight);
  }
  const [principal] = [...totals].sort(([, a], [, b]) => b - a)[0] ?? [];
  return weighed.map(({ entry }) => entry).filter(({ reading }) => reading.format === principal);
}

/** Bytes of the file and of the files that hold its tensors' values. */
function weightOf({ file, reading }: ReadFile, sizes: ReadonlyMap<string, number>): number {
  const parts = new Set([file.path, ...reading.tensors.map((tensor) => tensor.file)]);
  return [...parts].reduce((sum, path) => sum + (sizes.get(path) ?? 0), 0);
}

/**
 * `principal` without what says the same again. Where an index names the shards, other files of their
 * folder are copies in another layout. Elsewhere a file is a variant (model.fp16.safetensors beside
 * model.safetensors) when most of its tensors, by name and shape, are in a larger file of its folder.
 */
export function withoutVariants(
  principal: readonly ReadFile[],
  indexes: readonly WeightIndex[],
): ReadFile[] {
  const shards = new Set(indexes.flatMap((index) => [...index.shards.values()]));
  const sharded = new Set(
    principal.filter(({ file }) => shards.has(file.path)).map(({ file }) => folderOf(file.path)),
  );
  const seenIn = new Map<string, Set<string>>();
  return principal.filter(({ file, reading }) => {
    const folder = folderOf(file.path);
    if (sharded.has(folder)) return shards.has(file.path);
    const seen = seenIn.get(folder) ?? new Set<string>();
    seenIn.set(folder, seen);
    const keys = reading.tensors.map((tensor) => `${tensor.name} ${tensor.shape.join("x")}`);
    const known = keys.filter((key) => seen.has(key)).length;
    if (known * 2 > keys.length) return false;
    for (const key of keys) seen.add(key);
    return true;
  });
}

/**
 * Checks that every shard is there and holds what the index says.
 * Throws `invalid_model_file` that names what is missing.
 */
export function checkShards(
  index: WeightIndex,
  files: readonly SourceFile[],
  read: readonly ReadFile[],
): void {
  const kind = "a sharded model's index";
  const paths = new Set(files.map(({ path }) => path));
  const missing = [...new Set(index.shards.values())].filter((path) => !paths.has(path));
  if (missing.length > 0) {
    const names = missing.slice(0, 10).map((path) => plainText(path, 200));
    const more = missing.length > names.length ? ` and ${missing.length - names.length} more` : "";
    const what = `the shards ${names.join(", ")}${more} must be uploaded with it`;
    throw invalidFile(index.path, kind, what);
  }
  const held = new Map<string, Set<string>>();
  for (const { file, reading } of read) {
    if (reading.format !== "safetensors") continue;
    held.set(file.path, new Set(reading.tensors.map((tensor) => tensor.name)));
  }
  for (const [tensor, shard] of index.shards) {
    if (held.get(shard)?.has(tensor) !== false) continue;
    const what = `it says that ${plainText(tensor, 100)} is in ${plainText(shard, 200)}, which does not have it`;
    throw invalidFile(index.path, kind, what);
  }
}

/** Sum over the files that know; null when none does. */
export function sumParameters(entries: readonly ReadFile[]): number | null {
  const known = entries.flatMap(({ reading }) => reading.parameters ?? []);
  if (known.length === 0) return null;
  return Math.min(
    known.reduce((sum, count) => sum + count, 0),
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
