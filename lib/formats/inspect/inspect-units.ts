/** Files that a loader opens together as one set of weights, and which sets are the same model once more. */

import type { FileReading } from "../bytes/reader.ts";
import type { SourceFile } from "../contract.ts";
import { fileNameOf, folderOf, type WeightIndex } from "./inspect-side-files.ts";

/** A file that some reader understood. */
export type ReadFile = { file: SourceFile; reading: FileReading };

export type Unit = {
  files: readonly ReadFile[];
  folder: string;
  /** The name that the whole has without the numbers of its parts: `model.safetensors`, `consolidated.pth`. */
  name: string;
  /** Bytes of the files and of those that hold their tensors' values. */
  weight: number;
  /** Bytes of the model's own tensors. */
  tensorBytes: number;
};

/** `model-00001-of-00003.safetensors`, `pytorch_model-1-of-2.bin`. */
const NUMBERED = /^(.*?)[-_.]?\d+-of-\d+(\.[^.]+)$/;
/** `consolidated.00.pth`, as Meta writes one for each GPU. */
const CONSOLIDATED = /^(consolidated)\.\d\d(\.(?:pth|pt|safetensors))$/;
/** Megatron's folders and DeepSpeed's files, one for each GPU, or for each layer of a pipeline. */
const RANK =
  /(^|\/)(?:mp_rank(?:_\d+)+(?=\/|_model_states\.pt$)|layer_\d+-model_\d+(?=-model_states\.pt$))/;

/** The units, largest first. `indexes` are those whose shards are all there. */
export function makeUnits(
  read: readonly ReadFile[],
  files: readonly SourceFile[],
  indexes: readonly WeightIndex[],
): Unit[] {
  const shardsOf = new Map<string, string>();
  for (const { path, shards } of indexes) {
    const whole = wholeOfIndex(path);
    for (const shard of shards.values()) if (!shardsOf.has(shard)) shardsOf.set(shard, whole);
  }
  const sizes = new Map(files.map(({ path, source }) => [path, source.sizeBytes]));
  const groups = new Map<string, ReadFile[]>();
  for (const entry of read) {
    const { path } = entry.file;
    const key = `${entry.reading.format} ${shardsOf.get(path) ?? wholeOf(path)}`;
    const known = groups.get(key);
    if (known) known.push(entry);
    else groups.set(key, [entry]);
  }
  const units = [...groups].map(([key, entries]): Unit => {
    const path = key.slice(key.indexOf(" ") + 1);
    const weighed = entries.map((entry) => ({ entry, weight: weightOf(entry, sizes) }));
    weighed.sort((a, b) => b.weight - a.weight || byPath(a.entry.file, b.entry.file));
    return {
      files: weighed.map(({ entry }) => entry),
      folder: folderOf(path),
      name: fileNameOf(path),
      weight: weighed.reduce((sum, { weight }) => sum + weight, 0),
      tensorBytes: entries.reduce((sum, { reading }) => sum + ownBytes(reading), 0),
    };
  });
  return units.sort((a, b) => b.weight - a.weight || byPath(pathOf(a), pathOf(b)));
}

export function formatOf(unit: Unit): FileReading["format"] {
  return (unit.files[0] as ReadFile).reading.format;
}

/**
 * The whole that an index describes: `model.safetensors.index.fp16.json` is about `model.fp16.safetensors`, not
 * `model.safetensors`.
 */
function wholeOfIndex(path: string): string {
  return path.replace(/(\.[^./]+)\.index(\.[^./]+)\.json$/, "$2$1").replace(/\.index\.json$/, "");
}

function wholeOf(path: string): string {
  if (RANK.test(path)) return path.replace(RANK, "$1rank");
  const name = fileNameOf(path);
  const [, start = name, extension = ""] = CONSOLIDATED.exec(name) ?? NUMBERED.exec(name) ?? [];
  return folderOf(path) + start + extension;
}

function weightOf({ file, reading }: ReadFile, sizes: ReadonlyMap<string, number>): number {
  const parts = new Set([file.path, ...reading.tensors.map((tensor) => tensor.file)]);
  return [...parts].reduce((sum, path) => sum + (sizes.get(path) ?? 0), 0);
}

function ownBytes({ tensors }: FileReading): number {
  return tensors.reduce((sum, { sizeBytes, group }) => sum + (group ? 0 : sizeBytes), 0);
}

function pathOf({ files }: Unit): SourceFile {
  return (files[0] as ReadFile).file;
}

function byPath(a: SourceFile, b: SourceFile): number {
  return a.path < b.path ? -1 : 1;
}
