/**
 * Which files a loader opens when it is given the folder of a version: transformers (modeling_utils.py), diffusers
 * (pipeline_utils.py), sentence-transformers (`modules.json`), peft, Optimum. All other weights are copies for somebody
 * else, earlier states, or exports.
 */

import type { Json } from "../bytes/strict-json.ts";
import type { SourceFile } from "../contract.ts";
import { folderOf, readSideFile, type WeightIndex } from "./inspect-side-files.ts";
import { formatOf, type Unit } from "./inspect-units.ts";
import { withoutVariants } from "./inspect-variants.ts";

/** Files that mark a folder as a model. `params.json` is Meta's and Mistral's. */
const MARKS = [
  "modules.json",
  "model_index.json",
  "config.json",
  "adapter_config.json",
  "params.json",
];
/** Names of weights, in the order in which loaders look for them. */
const STANDARD_NAMES = [
  "model.safetensors",
  "diffusion_pytorch_model.safetensors",
  "pytorch_model.bin",
  "diffusion_pytorch_model.bin",
  "adapter_model.safetensors",
  "adapter_model.bin",
  "consolidated.safetensors",
  "consolidated.pth",
  "tf_model.h5",
  "saved_model.pb",
];
/** A standard name with a variant in it: `model.fp16.safetensors`. */
const VARIANT = /^([a-z_]+)\.[\w-]+(\.safetensors|\.bin)$/;
/** Where Optimum and transformers.js look for graphs, beside the configuration or below it. */
const GRAPH_FOLDERS = ["", "onnx/"];
/** A pipeline has a dozen. */
const MAX_COMPONENTS = 1000;
/** `checkpoint-500/` of transformers, `global_step500/` of DeepSpeed. */
const CHECKPOINT = /(?:^|\/)(?:checkpoint|ckpt|global_?step|step|epoch|iter)[-_]?(\d+)\//i;
/** Where Meta's repositories keep the weights as they were before they were converted. */
const ORIGINAL = /(?:^|\/)original\//;

/** The units that are the model; of a folder that no loader knows, those of the format with the most bytes. */
export async function chooseModel(
  all: readonly Unit[],
  files: readonly SourceFile[],
  indexes: readonly WeightIndex[],
): Promise<Unit[]> {
  const units = withoutCopies(withoutEarlier(all));
  const version = {
    files: new Map(files.map((file) => [file.path, file])),
    units: byFolder(units),
  };
  const top = Math.min(...units.map(({ folder }) => depthOf(folder)));
  for (const folders of markedFolders(files, indexes)) {
    // Weights above it are not a copy of what is below.
    if (depthOf(folders[0] as string) > top) break;
    const chosen = new Set<Unit>();
    for (const folder of folders) {
      for (const unit of await chooseIn(folder, version)) chosen.add(unit);
    }
    if (chosen.size === 0) continue;
    return folders.length === 1
      ? units.filter((unit) => chosen.has(unit))
      : withoutVariants(units.filter((unit) => chosen.has(unit)));
  }
  return chooseByBytes(units);
}

/** True for a folder of an earlier state of the model, or of its weights before they were converted. */
export function isAside(path: string): boolean {
  return CHECKPOINT.test(path) || ORIGINAL.test(path);
}

/** The latest state of a training, when the version holds nothing but such states. */
function withoutEarlier(units: readonly Unit[]): readonly Unit[] {
  const finished = units.filter(({ folder }) => !CHECKPOINT.test(folder));
  if (finished.length > 0 || units.length === 0) return finished;
  const stepOf = ({ folder }: Unit) => Number(CHECKPOINT.exec(folder)?.[1]);
  const latest = Math.max(...units.map(stepOf));
  return units.filter((unit) => stepOf(unit) === latest);
}

function withoutCopies(units: readonly Unit[]): readonly Unit[] {
  const converted = units.filter(({ folder }) => !ORIGINAL.test(folder));
  return converted.length > 0 ? converted : units;
}

/** Folders with a mark, those nearest to the top first, folders of one depth together. */
function markedFolders(files: readonly SourceFile[], indexes: readonly WeightIndex[]): string[][] {
  const folders = new Set(indexes.map(({ path }) => folderOf(path)));
  for (const { path } of files) {
    const folder = folderOf(path);
    if (MARKS.includes(path.slice(folder.length))) folders.add(folder);
  }
  const byDepth: string[][] = [];
  for (const folder of [...folders].sort()) {
    const depth = depthOf(folder);
    byDepth[depth] ??= [];
    byDepth[depth].push(folder);
  }
  return byDepth.filter(Boolean);
}

function depthOf(folder: string): number {
  return folder.split("/").length - 1;
}

type Version = {
  files: ReadonlyMap<string, SourceFile>;
  units: ReadonlyMap<string, readonly Unit[]>;
};

function byFolder(units: readonly Unit[]): Version["units"] {
  const folders = new Map<string, Unit[]>();
  for (const unit of units) {
    const known = folders.get(unit.folder);
    if (known) known.push(unit);
    else folders.set(unit.folder, [unit]);
  }
  return folders;
}

async function chooseIn(folder: string, version: Version): Promise<Unit[]> {
  const { files, units } = version;
  const components =
    modulePaths(await readSideFile(files.get(`${folder}modules.json`))) ??
    componentNames(await readSideFile(files.get(`${folder}model_index.json`)));
  if (components === null) return chooseDirectly(folder, units, false);
  return components.flatMap((path) =>
    chooseDirectly(path === "" ? folder : `${folder}${path}/`, units, path !== ""),
  );
}

/** The weights in one folder: by a name that loaders know, else the graphs, else, if `isPart`, whatever is there. */
function chooseDirectly(folder: string, units: Version["units"], isPart: boolean): Unit[] {
  const inside = units.get(folder) ?? [];
  for (const nameOf of [(name: string) => name, plainName]) {
    for (const standard of STANDARD_NAMES) {
      const found = inside.find(({ name }) => nameOf(name) === standard);
      if (found) return [found];
    }
  }
  for (const graphs of GRAPH_FOLDERS) {
    const found = (units.get(folder + graphs) ?? []).filter((unit) => formatOf(unit) === "onnx");
    if (found.length > 0) return withoutVariants(found);
  }
  return isPart ? chooseByBytes(inside) : [];
}

function plainName(name: string): string {
  const [, start, extension] = VARIANT.exec(name) ?? [];
  return start === undefined ? name : `${start}${extension}`;
}

/** `[{"path": "2_Dense", ...}, ...]` of sentence-transformers; null for anything else. */
function modulePaths(json: Json): string[] | null {
  if (!Array.isArray(json)) return null;
  const paths = json.slice(0, MAX_COMPONENTS).map((module) => {
    const path = module instanceof Map ? module.get("path") : null;
    return typeof path === "string" ? path.replace(/\/+$/, "") : null;
  });
  const known = paths.filter((path) => path !== null);
  return known.length > 0 ? [...new Set(known)] : null;
}

/** `{"unet": ["diffusers", "UNet2DConditionModel"], ...}` of diffusers; null for anything else. */
function componentNames(json: Json): string[] | null {
  if (!(json instanceof Map)) return null;
  const names = [...json].slice(0, MAX_COMPONENTS).flatMap(([name, value]) => {
    const isPresent = Array.isArray(value) && value.length === 2 && value.every(Boolean);
    return isPresent && !name.startsWith("_") ? [name] : [];
  });
  return names.length > 0 ? names : null;
}

/**
 * The format with the most bytes, copies not counted, unless some file has a name that a loader would ask for. A
 * SavedModel weighs as much as its variables.
 */
function chooseByBytes(units: readonly Unit[]): Unit[] {
  const top = Math.min(...units.map(({ folder }) => depthOf(folder)));
  const standard = units.find(
    ({ name, folder }) =>
      STANDARD_NAMES.includes(name) && name !== "saved_model.pb" && depthOf(folder) === top,
  );
  const formats = new Map<string, Unit[]>();
  for (const unit of units) {
    const format = formatOf(unit);
    const known = formats.get(format);
    if (known) known.push(unit);
    else formats.set(format, [unit]);
  }
  const sets = standard
    ? [withoutVariants(formats.get(formatOf(standard)) ?? [])]
    : [...formats.values()].map(withoutVariants);
  const weightOf = (set: readonly Unit[]) => set.reduce((sum, { weight }) => sum + weight, 0);
  return sets.sort((a, b) => weightOf(b) - weightOf(a))[0] ?? [];
}
