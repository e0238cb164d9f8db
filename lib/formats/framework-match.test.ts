import { expect, test } from "vitest";
import type { Framework } from "#lib/wire/frameworks.ts";
import type { Format, ModelFacts } from "./contract.ts";
import { frameworkMatches } from "./framework-match.ts";

const facts = (format: Format, framework: Framework): ModelFacts => ({
  format,
  framework,
  parameters: null,
  tensors: [],
  dtypes: {},
  producer: {},
  signature: null,
  files: [],
  scan: { verdict: "clean", findings: [] },
});

const MATCHES: [Framework, Format, Framework][] = [
  ["pytorch", "torch-zip", "pytorch"],
  ["pytorch", "torchscript", "pytorch"],
  ["pytorch", "safetensors", "pytorch"],
  ["pytorch", "safetensors", "safetensors"],
  ["safetensors", "safetensors", "pytorch"],
  ["keras", "saved-model", "tensorflow"],
  ["tensorflow", "keras-v3", "keras"],
  ["tensorflow", "hdf5", "keras"],
  ["tensorflow", "tflite", "tensorflow"],
  ["sklearn", "pickle", "other"],
  ["sklearn", "onnx", "onnx"],
  ["other", "unknown", "other"],
  ["other", "onnx", "onnx"],
];
test.each(MATCHES)("%s may be %s of %s", (declared, format, framework) => {
  expect(frameworkMatches(declared, facts(format, framework))).toBe(true);
});

const CONTRADICTIONS: [Framework, Format, Framework][] = [
  ["onnx", "torch-zip", "pytorch"],
  ["pytorch", "onnx", "onnx"],
  ["pytorch", "unknown", "other"],
  ["onnx", "unknown", "other"],
  ["tensorflow", "safetensors", "pytorch"],
  ["pytorch", "safetensors", "tensorflow"],
  ["safetensors", "torch-zip", "pytorch"],
  ["gguf", "safetensors", "safetensors"],
  ["sklearn", "torch-zip", "pytorch"],
];
test.each(CONTRADICTIONS)("%s is not %s of %s", (declared, format, framework) => {
  expect(frameworkMatches(declared, facts(format, framework))).toBe(false);
});
