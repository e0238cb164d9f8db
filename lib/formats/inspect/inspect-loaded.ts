/**
 * Which files a loader of the version's framework opens. Code in any other file does no harm to whoever loads the
 * model, so a file in doubt counts as opened. A name alone never makes a file harmless whose format a reader knows.
 */
import type { Framework } from "#lib/wire/frameworks.ts";
import type { Format } from "../contract.ts";
import { isAside } from "./inspect-layout.ts";
import { isTrainingState } from "./inspect-merge.ts";
import { fileNameOf, folderOf, readMentions } from "./inspect-side-files.ts";
import type { ReadFile } from "./inspect-units.ts";
import type { InspectedFile } from "./inspected-file.ts";

const TORCH: readonly Format[] = [
  "torch-zip",
  "torch-legacy",
  "torchscript",
  "torch-distributed",
  "safetensors",
  "pickle",
  "numpy",
];
const TENSORFLOW: readonly Format[] = [
  "saved-model",
  "tf-checkpoint",
  "keras-v3",
  "hdf5",
  "tflite",
  "safetensors",
  "pickle",
  "numpy",
];
/**
 * Formats that the programs around a framework open: they keep tables and scalers as pickles or arrays, but what reads GGUF
 * knows no Python.
 */
const OPENED: Readonly<Record<Exclude<Framework, "other">, readonly Format[]>> = {
  pytorch: TORCH,
  safetensors: TORCH,
  tensorflow: TENSORFLOW,
  keras: TENSORFLOW,
  onnx: ["onnx", "pickle", "numpy"],
  gguf: ["gguf"],
  sklearn: ["pickle", "torch-legacy", "xgboost", "lightgbm", "onnx", "numpy"],
};
/** Formats whose weights are built by Python code that is imported by name. */
const NAMES_CODE: readonly Format[] = ["pickle", "torch-zip", "torch-legacy"];

/** Documents, pictures, sounds, tables, records of a training, what tools leave behind. */
const ASIDE =
  /(?:^|\/)(?:\.[^/]*(?:\/|$)|(?:readme|licen[cs]e|notice|changelog|authors|citation)(?:[-_.][\w-]*)?(?:\.(?:txt|md|rst|cff))?$|events\.out\.tfevents|trainer_state\.json$)|\.(?:md|rst|html?|csv|tsv|log|ipynb|pdf|docx?|png|jpe?g|gif|webp|svg|bmp|ico|tiff?|mp[34]|m4a|wav|flac|ogg|webm|avi|mov|lock|sha256|sig|asc)$/i;
/** Configurations, tokenizers and templates. */
const SIDE =
  /\.(?:json|jsonl|ya?ml|toml|ini|cfg|conf|model|spm|bpe|vocab|tiktoken|jinja2?|proto|pbtxt)$|(?:^|\/)[^/]*(?:vocab|merges|tokens|bpe|spm|spiece)[^/]*\.txt$|(?:^|\/)assets\//i;
/** Names of weights, archives and libraries: a loader opens such a file first and finds out later what it is. */
const OPENABLE =
  /\.(?:bin|pt|pth|ckpt|pkl|pickle|joblib|dill|npy|npz|h5|hdf5|keras|pb|onnx|safetensors|gguf|nemo|mar|zip|tar|t?gz|bz2|xz|7z|so|dll|dylib|exe|jar|pyc|sh)$/i;
/** OpenVINO's weights, and Core ML's, are no PyTorch `.bin`. */
const OTHER_PROGRAM = /(?:^|\/)(?:openvino|coreml|[^/]+\.ml(?:package|modelc))\//i;

type Model = { files: readonly ReadFile[]; framework: Framework };

/** Sets `isLoaded` of every file. */
export async function markLoaded(inspected: readonly InspectedFile[], model: Model): Promise<void> {
  const chosen = new Set(model.files.map(({ file }) => file.path));
  const owners = ownersOf(inspected);
  const mentions = await readMentions(inspected.map(({ file }) => file));
  const paths = new Set(inspected.map(({ file }) => file.path));
  const code = foldersOfCode(paths, mentions);
  // When a training has left nothing but checkpoints, the latest one is the model.
  const folders = model.files.map(({ file }) => folderOf(file.path)).filter(isAside);
  const isElsewhere = (path: string) =>
    isAside(path) && !folders.some((folder) => path.startsWith(folder));
  const isRead = ({ file, format, reading }: InspectedFile) => {
    if (chosen.has(file.path)) return true;
    if (isElsewhere(file.path) || (reading && isTrainingState({ file, reading }))) return false;
    return model.framework === "other" || OPENED[model.framework].includes(format);
  };
  for (const entry of inspected) {
    const { path } = entry.file;
    const parents = owners.get(path) ?? [];
    if (entry.reading !== null) entry.isLoaded = isRead(entry);
    else if (parents.length > 0) entry.isLoaded = parents.some(isRead);
    else
      entry.isLoaded = !isElsewhere(path) && isSideLoaded(entry, { model, mentions, paths, code });
  }
}

/** Path -> the files that it is a part of. */
function ownersOf(inspected: readonly InspectedFile[]): ReadonlyMap<string, InspectedFile[]> {
  const owners = new Map<string, InspectedFile[]>();
  for (const owner of inspected) {
    const { reading } = owner;
    if (reading === null) continue;
    const files = reading.tensors.map((tensor) => tensor.file);
    const parts = [...files, ...(reading.parts ?? []), ...(reading.slices?.keys() ?? [])];
    for (const part of new Set(parts)) owners.set(part, [...(owners.get(part) ?? []), owner]);
  }
  return owners;
}

type Beside = {
  model: Model;
  mentions: ReadonlySet<string>;
  paths: ReadonlySet<string>;
  code: readonly string[];
};

/** A file that no reader knows and that is no part of another one. */
function isSideLoaded({ file, notes }: InspectedFile, beside: Beside): boolean {
  const { path } = file;
  const { model, mentions, paths } = beside;
  const name = fileNameOf(path);
  if (mentions.has(path) || mentions.has(name)) return true;
  if (notes || ASIDE.test(path)) return false;
  if (name.endsWith(".py")) return isImported(path, beside);
  const isDescribed = name.endsWith(".bin") && paths.has(path.replace(/\.bin$/, ".xml"));
  if (OTHER_PROGRAM.test(path) || isDescribed) return false;
  return SIDE.test(path) || OPENABLE.test(path) || model.framework === "other";
}

/** A configuration names a module of its folder, or the weights are objects of classes that have to be imported. */
function isImported(path: string, { model, code }: Beside): boolean {
  const { framework, files } = model;
  if (framework === "other") return true;
  if (files.some(({ reading }) => NAMES_CODE.includes(reading.format))) return true;
  return code.some((folder) => path.startsWith(folder));
}

/** Folders with a module that a configuration names. */
function foldersOfCode(paths: ReadonlySet<string>, mentions: ReadonlySet<string>): string[] {
  const folders = new Set<string>();
  for (const path of paths) {
    const name = fileNameOf(path);
    if (name.endsWith(".py") && mentions.has(name.slice(0, -".py".length))) {
      folders.add(folderOf(path));
    }
  }
  return folders.has("") ? [""] : [...folders];
}
