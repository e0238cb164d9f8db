import { expect, test } from "vitest";
import { frameworkVersionOf } from "./framework-version.ts";

test.each([
  ["tensorflow", { tensorflow_version: "2.21.0" }, "2.21.0"],
  ["keras", { keras_version: "3.15.1", tensorflow_version: "2.21.0" }, "3.15.1"],
  ["sklearn", { sklearn_version: "1.9.1", "mlflow.sklearn_version": "1.0" }, "1.9.1"],
  ["pytorch", { "mlflow.pytorch_version": "2.13.0+cu130" }, "2.13.0+cu130"],
  ["pytorch", { torch_version: "unknown", "mlflow.pytorch_version": "2.1" }, "2.1"],
  ["pytorch", { keras_version: "3.1" }, null],
  ["pytorch", { torch_version: `2.${"0".repeat(80)}` }, null],
  ["safetensors", { torch_version: "2.1" }, null],
  ["gguf", { gguf_version: "3" }, null],
] as const)("%s, %j: %j", (framework, producer, version) => {
  expect(frameworkVersionOf({ framework, producer })).toBe(version);
});
