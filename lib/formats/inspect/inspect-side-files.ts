/** JSON files that lie beside weights and describe them, as the Hugging Face libraries write them. */
import { isRegistryError } from "#lib/errors.ts";
import { type Json, JsonProblem, parseStrictJson } from "../bytes/strict-json.ts";
import { invalidFile, plainText } from "../bytes/window-reader.ts";
import type { SourceFile } from "../contract.ts";

/** Configurations take kilobytes; what is longer is something else of that name. */
const MAX_CONFIG_BYTES = 4 * 1024 * 1024;
/** 200,000 tensors of 100 characters. */
const MAX_INDEX_BYTES = 64 * 1024 * 1024;
const MAX_DEPTH = 64;
/** A configuration that names files takes some kilobytes; a vocabulary takes megabytes. */
const MAX_MENTIONS_BYTES = 256 * 1024;
/** A pipeline has a dozen configurations; a data set of JSON files has thousands. */
const MAX_MENTIONING = 200;
const MAX_FACT_CHARS = 500;

/** `model.safetensors.index.json`, and of a variant `model.safetensors.index.fp16.json`. */
const INDEX_NAME = /\.(?:safetensors|bin|h5|msgpack)\.index(?:\.[^./]+)?\.json$/;

/** Where each tensor of a sharded model is. */
export type WeightIndex = {
  path: string;
  /** Tensor name -> path of its shard inside the version. */
  shards: ReadonlyMap<string, string>;
};

/** The folder of a path with its final slash; empty at the top. */
export function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/") + 1);
}

export function fileNameOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

/** The indexes of sharded models. Throws `invalid_model_file` for one that cannot be understood. */
export async function readWeightIndexes(files: readonly SourceFile[]): Promise<WeightIndex[]> {
  const indexes: WeightIndex[] = [];
  for (const file of files) {
    if (!INDEX_NAME.test(file.path)) continue;
    const json = await readJson(file, MAX_INDEX_BYTES);
    const map = json instanceof Map ? json.get("weight_map") : null;
    if (!(map instanceof Map)) {
      throw invalidFile(file.path, "a sharded model's index", "it has no weight_map");
    }
    const shards = new Map<string, string>();
    for (const [tensor, shard] of map) {
      if (typeof shard !== "string" || shard === "" || /[/\\\0]/.test(shard)) {
        throw invalidFile(
          file.path,
          "a sharded model's index",
          "it names a shard that is no file name",
        );
      }
      shards.set(tensor, folderOf(file.path) + shard);
    }
    indexes.push({ path: file.path, shards });
  }
  return indexes;
}

/** The facts in the config.json beside `weights`: who made the model, and how it is quantized. */
export async function readConfig(
  files: readonly SourceFile[],
  weights: string,
): Promise<Record<string, string>> {
  // Optimum and transformers.js put graphs into a folder below the configuration.
  const folder = folderOf(weights).replace(/(^|\/)onnx\/$/, "$1");
  const json = await readSideFile(files.find(({ path }) => path === `${folder}config.json`));
  if (!(json instanceof Map)) return {};
  const facts: Record<string, string> = {};
  const sources = [
    ["model_type", json.get("model_type")],
    ["architectures", json.get("architectures")],
    ["torch_dtype", json.get("torch_dtype") ?? json.get("dtype")],
    ["name_or_path", json.get("_name_or_path")],
    ["transformers_version", json.get("transformers_version")],
    // MLX wrote it under the shorter name alone.
    ...quantizationOf(json.get("quantization_config") ?? json.get("quantization")),
  ] as const;
  for (const [name, value] of sources) {
    const text = Array.isArray(value) ? value.filter(isText).join(", ") : value;
    if (isText(text)) facts[name] = plainText(text, MAX_FACT_CHARS);
  }
  return facts;
}

/** GPTQ, AWQ and others write `bits`, compressed-tensors `num_bits` in each group. */
function quantizationOf(config: Json | undefined): [string, Json | undefined][] {
  if (!(config instanceof Map)) return [];
  const groups = config.get("config_groups");
  const [group] = groups instanceof Map ? [...groups.values()] : [];
  const weights = group instanceof Map ? group.get("weights") : null;
  const inGroup = weights instanceof Map ? weights.get("num_bits") : undefined;
  const bits = config.get("bits") ?? inGroup;
  return [
    ["quantization_method", config.get("quant_method")],
    ["quantization_bits", typeof bits === "number" ? String(bits) : undefined],
  ];
}

/** Null for a file that is not there, and for one that is no JSON: any program may call its file `config.json`. */
export async function readSideFile(file: SourceFile | undefined): Promise<Json> {
  if (!file || file.source.sizeBytes > MAX_CONFIG_BYTES) return null;
  try {
    return await readJson(file, MAX_CONFIG_BYTES);
  } catch (error) {
    if (!isRegistryError(error) || error.code !== "invalid_model_file") throw error;
    return null;
  }
}

/**
 * What configurations name: the texts in them, and the modules of those that name a class (`modeling_x.XModel`,
 * `org/repo--modeling_x.XModel`).
 */
export async function readMentions(files: readonly SourceFile[]): Promise<ReadonlySet<string>> {
  const mentions = new Set<string>();
  const add = (value: Json): void => {
    if (Array.isArray(value)) value.forEach(add);
    else if (value instanceof Map) [...value.values()].forEach(add);
    else if (isText(value) && value.length <= MAX_FACT_CHARS) {
      mentions.add(value);
      const [module = ""] = (value.split("--").at(-1) ?? "").split(".");
      mentions.add(module);
    }
  };
  const configs = files.filter(
    ({ path, source }) => path.endsWith(".json") && source.sizeBytes <= MAX_MENTIONS_BYTES,
  );
  for (const config of configs.slice(0, MAX_MENTIONING)) add(await readSideFile(config));
  return mentions;
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}

async function readJson(file: SourceFile, maxBytes: number): Promise<Json> {
  if (file.source.sizeBytes > maxBytes) {
    throw invalidFile(file.path, "JSON", `it takes more than ${maxBytes} bytes`);
  }
  const bytes = await file.source.read(0, file.source.sizeBytes);
  try {
    return parseStrictJson(new TextDecoder("utf-8", { fatal: true }).decode(bytes), MAX_DEPTH);
  } catch (cause) {
    const why = cause instanceof JsonProblem ? cause.message : "it is not UTF-8";
    throw invalidFile(file.path, "JSON", why, cause);
  }
}
