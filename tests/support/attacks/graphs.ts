/** Models that are graphs: Keras, SavedModel, ONNX. */
import { readFileSync } from "node:fs";
import { BinaryWriter } from "@bufbuild/protobuf/wire";
import { zipOf } from "#lib/formats/fixtures/write-zip.ts";
import { type AttackRow, attack, json, MALICIOUS, NOT_CLEAN } from "./attack.ts";

const fixture = (name: string) =>
  readFileSync(new URL(`../../../lib/formats/fixtures/${name}`, import.meta.url));

const len = (writer: BinaryWriter, field: number, bytes: Uint8Array) =>
  writer.tag(field, 2).bytes(bytes);
const text = (writer: BinaryWriter, field: number, value: string) =>
  writer.tag(field, 2).string(value);
const int = (writer: BinaryWriter, field: number, value: number) =>
  writer.tag(field, 0).int64(value);
const message = () => new BinaryWriter();

/** A `.keras` with these layers. */
export function kerasOf(...layers: unknown[]): Buffer {
  const config = { module: "keras", class_name: "Sequential", config: { name: "m", layers } };
  return zipOf([
    { name: "metadata.json", bytes: json({ keras_version: "3.15.1", date_saved: "2026-11-30" }) },
    { name: "config.json", bytes: json(config) },
    { name: "model.weights.h5", bytes: readWeights() },
  ]);
}

function readWeights(): Buffer {
  return fixture("readers/trained.weights.h5");
}

const LAMBDA = {
  module: "keras.layers",
  class_name: "Lambda",
  config: { function: { class_name: "__lambda__", config: { code: "4wEAAAA=" } } },
};
const layer = (module: string, className: string, config: unknown = {}) => ({
  module,
  class_name: className,
  config,
  registered_name: null,
});

/** SavedModel: 2 meta_graphs { 2 graph_def { 1 node, 2 library { 1 function { 3 node_def } } } }. */
export function savedModelOf(operators: readonly string[], hidden: readonly string[] = []): Buffer {
  const node = (operator: string, at: number) =>
    text(text(message(), 1, `node_${at}`), 2, operator).finish();
  const graph = message();
  for (const [at, operator] of operators.entries()) len(graph, 1, node(operator, at));
  if (hidden.length > 0) {
    const own = message();
    len(own, 1, text(message(), 1, "inner").finish());
    for (const [at, operator] of hidden.entries()) len(own, 3, node(operator, at));
    len(graph, 2, len(message(), 1, own.finish()).finish());
  }
  const meta = len(len(message(), 1, text(message(), 4, "serve").finish()), 2, graph.finish());
  return Buffer.from(len(int(message(), 1, 1), 2, meta.finish()).finish());
}

type OnnxNode = { operator: string; domain?: string; settings?: Record<string, string> };

/** ModelProto: 1 ir_version, 7 graph { 1 node, 5 initializer }, 8 opset. */
export function onnxOf(nodes: readonly OnnxNode[], external?: string): Buffer {
  const graph = message();
  for (const { operator, domain = "", settings = {} } of nodes) {
    const node = text(text(text(message(), 1, "in"), 2, "out"), 4, operator);
    for (const [name, value] of Object.entries(settings)) {
      len(node, 5, text(text(message(), 1, name), 4, value).finish());
    }
    len(graph, 1, text(node, 7, domain).finish());
  }
  if (external !== undefined) {
    const place = text(text(message(), 1, "location"), 2, external).finish();
    const tensor = text(int(int(message(), 1, 4), 2, 1), 8, "w");
    len(graph, 5, int(len(tensor, 13, place), 14, 1).finish());
  }
  const opset = int(message(), 2, 21).finish();
  return Buffer.from(len(len(int(message(), 1, 10), 7, graph.finish()), 8, opset).finish());
}

const keras = (name: string, ...layers: unknown[]) =>
  attack(name, "model.keras", kerasOf(...layers), MALICIOUS);
const microsoft = (operator: string, settings: Record<string, string> = {}) =>
  onnxOf([{ operator, domain: "com.microsoft", settings }]);

export const GRAPHS: readonly AttackRow[] = [
  {
    row: "Keras Lambda in .keras, .h5, and inside a wrapper layer; config.json naming a module outside keras (os, subprocess), keras.utils.get_file, enable_unsafe_deserialization",
    attacks: [
      keras("Lambda", LAMBDA),
      attack("Lambda in .h5", "model.h5", fixture("lambda.h5"), MALICIOUS),
      keras(
        "Lambda in TimeDistributed",
        layer("keras.layers", "TimeDistributed", { layer: LAMBDA }),
      ),
      keras(
        "Lambda in Bidirectional in a Functional",
        layer("keras.src.models.functional", "Functional", {
          layers: [layer("keras.layers", "Bidirectional", { layer: LAMBDA })],
        }),
      ),
      keras("os.system", layer("os", "system", "true")),
      keras("subprocess.Popen", layer("subprocess", "Popen")),
      keras("builtins.eval", layer("builtins", "function", "eval")),
      keras("keras.utils.get_file", layer("keras.utils", "function", "get_file")),
      keras(
        "enable_unsafe_deserialization",
        layer("keras.config", "function", "enable_unsafe_deserialization"),
      ),
      attack(
        "TFSMLayer",
        "model.keras",
        kerasOf(layer("keras.layers", "TFSMLayer", { filepath: "/tmp/x" })),
        NOT_CLEAN,
      ),
      attack(
        "a vocabulary at a path",
        "model.keras",
        kerasOf(layer("keras.layers", "StringLookup", { vocabulary: "/etc/passwd" })),
        NOT_CLEAN,
      ),
      attack(
        "a class of somebody's own",
        "model.keras",
        kerasOf({ ...layer("acme.layers", "Own"), registered_name: "acme>Own" }),
        NOT_CLEAN,
      ),
      attack(
        "a configuration alone",
        "model.json",
        json({ class_name: "Sequential", keras_version: "3.5", config: { layers: [LAMBDA] } }),
        MALICIOUS,
      ),
    ],
  },
  {
    row: "SavedModel with ReadFile, WriteFile, PyFunc and their kin; keras_metadata.pb with a Lambda",
    attacks: [
      ..."ReadFile WriteFile PyFunc PyFuncStateless EagerPyFunc MatchingFiles DebugIdentityV2 XlaCustomCall DumpTensor SaveV2 RestoreV2 MergeV2Checkpoints LoadDataset ImmutableConst RpcCall Abort TRTEngineOp"
        .split(" ")
        .map((operator) =>
          attack(
            operator,
            "saved_model.pb",
            savedModelOf(["Placeholder", "MatMul", operator]),
            NOT_CLEAN,
          ),
        ),
      attack(
        "ReadFile inside of a function",
        "saved_model.pb",
        savedModelOf(["Placeholder"], ["Identity", "ReadFile"]),
        NOT_CLEAN,
      ),
      attack(
        "WriteFile under another name",
        "model.bin",
        savedModelOf(["Placeholder", "WriteFile"]),
        NOT_CLEAN,
      ),
      attack(
        "keras_metadata.pb with a Lambda",
        "keras_metadata.pb",
        Buffer.from(
          len(
            message(),
            1,
            text(
              text(int(message(), 2, 1), 3, "root.layer-0"),
              5,
              JSON.stringify({ class_name: "Lambda", config: LAMBDA.config }),
            ).finish(),
          ).finish(),
        ),
        NOT_CLEAN,
      ),
    ],
  },
  {
    row: "ONNX external_data: ../, absolute, backslash, NUL, hard link; custom-op domain",
    attacks: [
      ...[
        "../../etc/passwd",
        "/etc/passwd",
        "..\\..\\secret",
        "C:\\secret",
        "a/../../b",
        "w.bin\0.txt",
        "file:///etc/passwd",
        "~/.ssh/id_rsa",
      ].map((location) =>
        attack(
          `external data at ${JSON.stringify(location)}`,
          "model.onnx",
          onnxOf([{ operator: "Add" }], location),
          MALICIOUS,
        ),
      ),
      attack(
        "a domain of somebody's own",
        "model.onnx",
        onnxOf([{ operator: "Run", domain: "ai.acme" }]),
        NOT_CLEAN,
      ),
      attack(
        "the Python operators of onnxruntime-extensions",
        "model.onnx",
        onnxOf([{ operator: "PyOp", domain: "ai.onnx.contrib" }]),
        NOT_CLEAN,
      ),
      ...["PythonOp", "PythonOpGrad", "ATen", "TritonOp", "Snpe", "SomethingNew"].map((operator) =>
        attack(`com.microsoft ${operator}`, "model.onnx", microsoft(operator), NOT_CLEAN),
      ),
      attack(
        "com.microsoft EPContext with a program inside",
        "model.onnx",
        microsoft("EPContext", { ep_cache_context: "\x7fELF" }),
        NOT_CLEAN,
      ),
      attack(
        "com.microsoft EPContext with a file beside it",
        "model.onnx",
        microsoft("EPContext", { ep_cache_context: "ctx.bin" }),
        NOT_CLEAN,
      ),
      attack(
        "com.microsoft EPContext with a file elsewhere",
        "model.onnx",
        microsoft("EPContext", { ep_cache_context: "../../libevil.so" }),
        MALICIOUS,
      ),
    ],
  },
];
