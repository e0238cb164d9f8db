/** What a person declared against what the bytes say. */
import type { Framework } from "#lib/wire/frameworks.ts";
import type { Format, ModelFacts } from "./contract.ts";

/** The formats that each framework saves and loads. Pickles say little: sklearn and PyTorch both write them. */
const FORMATS_OF: Readonly<Record<Exclude<Framework, "other">, readonly Format[]>> = {
  pytorch: [
    "torch-zip",
    "torch-legacy",
    "torchscript",
    "torch-distributed",
    "safetensors",
    "pickle",
  ],
  tensorflow: ["saved-model", "tf-checkpoint", "keras-v3", "hdf5", "tflite", "safetensors"],
  onnx: ["onnx"],
  safetensors: ["safetensors"],
  keras: ["keras-v3", "hdf5", "saved-model", "tf-checkpoint", "safetensors"],
  gguf: ["gguf"],
  sklearn: ["pickle", "onnx"],
};

/**
 * False when the bytes contradict the declared framework. Bytes that no reader knows contradict every framework but
 * `other`: a file that claims to be a PyTorch model must be one.
 */
export function frameworkMatches(
  declared: Framework,
  facts: Pick<ModelFacts, "framework" | "format">,
): boolean {
  if (declared === "other" || declared === facts.framework) return true;
  const { format } = facts;
  if (!FORMATS_OF[declared].includes(format)) return false;
  // safetensors files name the framework that wrote them; PyTorch's are not TensorFlow's.
  if (format === "safetensors")
    return declared === "safetensors" || facts.framework === "safetensors";
  return true;
}
