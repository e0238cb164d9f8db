/**
 * Inputs that the product once got wrong, and what is right. The files are written by `generators/<case>.py` with the
 * real libraries; each generator's docstring says why the answer is right.
 */
import type { ModelFacts } from "../../lib/formats/contract.ts";
import type { Framework } from "../../lib/wire/frameworks.ts";

export type Answer = Partial<Pick<ModelFacts, "framework" | "format" | "parameters">> & {
  verdict?: ModelFacts["scan"]["verdict"];
  /** Names of tensors, all of them, sorted. */
  tensors?: string[];
  tensorCount?: number;
  /** Some entries of the producer's facts. */
  producer?: Record<string, string>;
  dtypes?: Record<string, number>;
  /** Verdicts of files by path, where they are not the version's. */
  files?: Record<string, ModelFacts["scan"]["verdict"]>;
};

export type Case = {
  /** Folder in `files/`, and the generator's name. */
  name: string;
  /** Paths below the folder, each a version: a file, or a folder (`.` is the whole). */
  versions: Record<string, Answer>;
  /** The framework that a person would declare. */
  declared?: Framework;
};

const clean = { verdict: "clean" } as const;
const sklearn = { framework: "sklearn", format: "pickle", verdict: "clean" } as const;
const llama = { format: "safetensors", parameters: 16_384, verdict: "clean" } as const;

export const CASES: readonly Case[] = [
  {
    name: "benign_training_globals",
    versions: { "namespace.pt": clean, "torch_version.pt": clean, "path.pt": clean },
  },
  { name: "empty_files_refused", versions: { ".": { parameters: 3, verdict: "clean" } } },
  {
    name: "gguf_big_endian",
    versions: {
      "be.gguf": {
        format: "gguf",
        parameters: 256,
        tensors: ["a"],
        dtypes: { F32: 256 },
        producer: { byteorder: "big" },
      },
    },
  },
  {
    name: "gguf_new_types",
    versions: {
      "NVFP4.gguf": { format: "gguf", parameters: 517 },
      "Q1_0.gguf": { format: "gguf", parameters: 1029 },
    },
  },
  {
    name: "joblib_compressed",
    versions: Object.fromEntries(
      ["c3.joblib", "m.gzip", "m.xz", "m.lzma", "m.bz2", "big_c3.joblib"].map((file) => [
        file,
        sklearn,
      ]),
    ),
    declared: "sklearn",
  },
  {
    name: "keras_counts",
    versions: {
      "m.keras": { parameters: 81, tensorCount: 8 },
      "m.h5": { parameters: 81, tensorCount: 8 },
      export: { format: "saved-model", parameters: 81, dtypes: { F32: 81 }, tensorCount: 8 },
    },
  },
  { name: "leftover_bin_index", versions: { ".": llama } },
  {
    name: "llama_original_folder",
    versions: {
      ".": {
        ...llama,
        tensors: [0, 1].flatMap((layer) =>
          ["k", "q"].map((part) => `model.layers.${layer}.${part}.weight`),
        ),
        producer: { model_type: "llama" },
      },
    },
  },
  { name: "mixed_format_modules", versions: { ".": { parameters: 68_160, verdict: "clean" } } },
  {
    name: "onnx_float6",
    versions: {
      "e2m3.onnx": { format: "onnx", parameters: 24, dtypes: { F32: 12, F6_E2M3: 12 } },
      "e3m2.onnx": { format: "onnx", parameters: 24, dtypes: { F32: 12, F6_E3M2: 12 } },
    },
  },
  {
    name: "onnx_quantized_beside_float",
    versions: { ".": { format: "onnx", parameters: 12, verdict: "clean" } },
  },
  { name: "other_framework_weights_quarantine", versions: { flax: llama, openvino: llama } },
  {
    name: "partial_and_bound_method_malicious",
    versions: Object.fromEntries(
      ["kbest.pkl", "norm.pt", "bound_method.pt"].map((file) => [file, { verdict: "suspicious" }]),
    ),
  },
  {
    name: "pt2_export",
    versions: {
      "exp.pt2": {
        framework: "pytorch",
        parameters: 49,
        tensors: ["b", "l.bias", "l.weight"],
        verdict: "clean",
      },
    },
    declared: "pytorch",
  },
  {
    name: "safetensors_fnuz",
    versions: {
      "float8_e4m3fnuz.safetensors": { parameters: 24, dtypes: { F8_E4M3FNUZ: 24 } },
      "float8_e5m2fnuz.safetensors": { parameters: 24, dtypes: { F8_E5M2FNUZ: 24 } },
    },
  },
  {
    name: "savedmodel_without_variables",
    versions: {
      ".": { framework: "tensorflow", format: "saved-model", parameters: 0, verdict: "clean" },
    },
  },
  {
    name: "sklearn_search_and_friends",
    versions: Object.fromEntries(
      ["grid.pkl", "frozen.pkl", "log_target.pkl", "kbest.pkl"].map((file) => [file, sklearn]),
    ),
  },
  { name: "text_not_utf8", versions: { utf16: llama, cp1252: llama } },
  {
    name: "torch_new_dtypes",
    versions: Object.fromEntries(
      ["complex32.pt", "float4_e2m1fn_x2.pt", "bits8.pt"].map((file) => [
        file,
        { parameters: 26, tensors: ["ok", "w"], verdict: "clean" },
      ]),
    ),
  },
  {
    name: "torch_tensors_not_listed",
    versions: {
      "defaultdict.pt": { parameters: 3, tensors: ["a"] },
      "nested.pt": { parameters: 18 },
      "frozen_ts.pt": { parameters: null, dtypes: { F32: 20 } },
    },
  },
  { name: "torchscript_extra_files", versions: { "extra.pt": clean } },
  { name: "trainer_output_folder", versions: { ".": { parameters: 16_896, verdict: "clean" } } },
  {
    name: "training_word_drops_weights",
    versions: { "grad.pt": { parameters: 32 }, "scaler.pt": { parameters: 28 } },
  },
  { name: "xgboost_ubj", versions: { "x.ubj": clean, "x.model": clean, "x.json": clean } },
];
