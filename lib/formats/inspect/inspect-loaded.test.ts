import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { fileOf } from "../../../tests/support/hostile-bytes.ts";
import { safetensors } from "../../../tests/support/model-files.ts";
import type { SourceFile } from "../contract.ts";
import { inspectFiles } from "./inspect.ts";

const fixture = (name: string) => readFileSync(new URL(`../fixtures/${name}`, import.meta.url));
const text = (path: string, content: string) => fileOf(path, new TextEncoder().encode(content));
const noise = (path: string) => fileOf(path, Uint8Array.of(0xfe, 0x81, 0x00, 0xc3, 0x28, 0x07));
const weights = safetensors(
  { w: { dtype: "F32", shape: [2], bytes: new Uint8Array(8) } },
  { format: "pt" },
);
const MODEL = [fileOf("model.safetensors", weights), text("config.json", "{}")];
const PICKLE = fixture("sklearn.pkl");

async function loadedOf(files: readonly SourceFile[]): Promise<string[]> {
  const { files: inspected } = await inspectFiles(files);
  return inspected.filter(({ isLoaded }) => isLoaded).map(({ file }) => file.path);
}

/** The paths of those `files` beside a PyTorch model that are loaded with it. */
async function loadedBeside(...files: SourceFile[]): Promise<string[]> {
  const all = await loadedOf([...MODEL, ...files]);
  return all.filter((path) => files.some((file) => file.path === path));
}

test("weights, configurations and tokenizers are loaded", async () => {
  const index = JSON.stringify({ weight_map: { w: "model-1-of-1.safetensors" } });
  const files = [
    text("model.safetensors.index.json", index),
    fileOf("model-1-of-1.safetensors", weights),
    text("config.json", "{}"),
    text("tokenizer.json", "{}"),
    noise("spiece.model"),
    text("vocab.txt", "a"),
    text("chat_template.jinja", "{{ x }}"),
    text("1_Pooling/config.json", "{}"),
  ];
  expect(await loadedOf(files)).toEqual(files.map(({ path }) => path));
});

test("what no loader opens is not", async () => {
  const beside = [
    noise("flax_model.msgpack"),
    text("openvino/openvino_model.xml", "<net/>"),
    noise("openvino/openvino_model.bin"),
    fileOf("tf_model.h5", fixture("plain.h5")),
    fileOf("onnx/model.onnx", fixture("external.onnx")),
    fileOf("onnx/external.onnx.data", fixture("external.onnx.data")),
    text("README.md", "# A"),
    text("LICENSE", "A"),
    noise("sample.wav"),
    noise("plot.png"),
    noise("paper.pdf"),
    noise(".DS_Store"),
    text(".cache/huggingface/x.metadata", "a"),
    noise("runs/events.out.tfevents.1.host"),
    text("trainer_state.json", "{}"),
    noise("unknown.dat"),
    text("train.py", "print(1)"),
  ];
  expect(await loadedBeside(...beside)).toEqual([]);
});

test("what training goes on with, and earlier checkpoints, are not", async () => {
  const checkpoint = fixture("checkpoint.tar");
  expect(
    await loadedBeside(
      fileOf("optimizer.pt", fixture("state_dict.pth")),
      fileOf("training_args.bin", fixture("state_dict.pth")),
      fileOf("checkpoint-5/pytorch_model.bin", checkpoint),
      text("checkpoint-5/config.json", "{}"),
      fileOf("original/consolidated.00.pth", checkpoint),
    ),
  ).toEqual([]);
  const earlier = ["checkpoint-5/", "checkpoint-10/"].flatMap((folder) =>
    MODEL.map(({ path, source }) => ({ path: folder + path, source })),
  );
  expect(await loadedOf(earlier)).toEqual([
    "checkpoint-10/model.safetensors",
    "checkpoint-10/config.json",
  ]);
});

test("a name makes no pickle harmless", async () => {
  const names = [".DS_Store", "README.md", "plot.png", "LICENSE", "unknown.dat", "a.log", "x.py"];
  const files = names.map((name) => fileOf(name, PICKLE));
  expect(await loadedBeside(...files)).toEqual(names);
  // PyTorch's own pickles are zips: another program wrote a bare one of that name.
  expect(await loadedBeside(fileOf("training_args.bin", PICKLE))).toEqual(["training_args.bin"]);
  // A layer may be called a scaler; only what holds no weights is a loss scaler's state.
  const scaler = fileOf("scaler.pt", fixture("state_dict.pth"));
  expect(await loadedBeside(scaler)).toEqual(["scaler.pt"]);
});

test("two pickles of a scikit-learn version are both loaded", async () => {
  const files = [fileOf("model.pkl", PICKLE), fileOf("scaler.pkl", PICKLE)];
  expect(await loadedOf(files)).toEqual(["model.pkl", "scaler.pkl"]);
  const beside = [...files, fileOf("big.pkl", fixture("tree_protocol2.pkl"))];
  expect(await loadedOf(beside)).toContain("model.pkl");
});

test("what cannot be read is loaded when a loader would open it by its name", async () => {
  const names = ["pytorch_model.bin", "license_model.bin", "a.pkl", "lib.so", "a.zip"];
  expect(await loadedBeside(...names.map(noise))).toEqual(names);
});

test("code that a configuration names is loaded, and so is what it may import", async () => {
  const files = [
    text("config.json", JSON.stringify({ auto_map: { AutoModel: "org/x--modeling_x.XModel" } })),
    fileOf("model.safetensors", weights),
    text("modeling_x.py", ""),
    text("layers.py", ""),
    text("scripts/train.py", ""),
    noise("unknown.dat"),
  ];
  expect(await loadedOf(files)).toEqual(files.slice(0, 5).map(({ path }) => path));
  const whole = [fileOf("model.pt", fixture("whole_module.pt")), text("net.py", "")];
  expect(await loadedOf(whole)).toEqual(["model.pt", "net.py"]);
});

test("unknown data that a configuration names is loaded", async () => {
  const files = [...MODEL, text("extra.json", '{"table": "unknown.dat"}'), noise("unknown.dat")];
  expect(await loadedOf(files)).toContain("unknown.dat");
});

test("of a version that no reader knows, everything but documents may be loaded", async () => {
  const files = [noise("weights"), noise("flax_model.msgpack"), text("README.md", "# A")];
  expect(await loadedOf(files)).toEqual(["weights", "flax_model.msgpack"]);
});
