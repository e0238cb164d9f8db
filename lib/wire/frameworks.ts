/** The frameworks of models. One list for the configuration, the readers, the wire and the pages. */
export const FRAMEWORKS = [
  "pytorch",
  "tensorflow",
  "onnx",
  "safetensors",
  "keras",
  "gguf",
  "sklearn",
  "other",
] as const;
export type Framework = (typeof FRAMEWORKS)[number];
