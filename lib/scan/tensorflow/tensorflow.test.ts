/** TensorFlow's graphs: what they reach for, wherever it is hidden. */
import { BinaryWriter } from "@bufbuild/protobuf/wire";
import { describe, expect, it, test } from "vitest";
import { unzippedFixture } from "#lib/formats/fixtures/unzipped.ts";
import { inspectFiles } from "#lib/formats/inspect/inspect.ts";
import { acceptedCuts, fileOf, survivesDamage } from "../../../tests/support/hostile-bytes.ts";
import { scanFile } from "../scan-file.ts";
import { verdictOf } from "../verdict.ts";

const bytes = (field: number, ...parts: Uint8Array[]) =>
  new BinaryWriter().tag(field, 2).bytes(Buffer.concat(parts)).finish();
const str = (field: number, text: string) => new BinaryWriter().tag(field, 2).string(text).finish();
const join = (...parts: Uint8Array[]) => Buffer.concat(parts);
const attr = (name: string, value: Uint8Array) => bytes(5, str(1, name), bytes(2, value));
const calls = (name: string) => attr("f", bytes(10, str(1, name)));
const node = (name: string, op: string, inputs: string[] = [], ...attrs: Uint8Array[]) =>
  join(str(1, name), str(2, op), ...inputs.map((input) => str(3, input)), ...attrs);
const fn = (name: string, args: string[], ...nodes: Uint8Array[]) =>
  bytes(
    1,
    bytes(1, str(1, name), ...args.map((arg) => bytes(2, str(1, arg)))),
    ...nodes.map((one) => bytes(3, one)),
  );
const graph = (nodes: Uint8Array[], functions: Uint8Array[] = []) =>
  join(...nodes.map((one) => bytes(1, one)), bytes(2, ...functions));
const SAVER = bytes(3, str(1, "saver_filename:0"), str(2, "save:0"), str(3, "restore"));
const signature = (output: string) =>
  bytes(5, str(1, "serving_default"), bytes(2, bytes(2, str(1, "y"), bytes(2, str(1, output)))));
const asset = (tensor: string, file: string) => bytes(6, bytes(1, str(1, tensor)), str(2, file));
const metaGraph = (graphDef: Uint8Array, ...rest: Uint8Array[]) =>
  join(bytes(1, str(4, "serve"), str(5, "2.21.0")), bytes(2, graphDef), ...rest);
const saved = (...meta: Uint8Array[]) => join(Buffer.from([8, 1]), bytes(2, ...meta));

async function scan(content: Uint8Array, name = "m/saved_model.pb") {
  const file = fileOf(name, content);
  const { files } = await inspectFiles([file]);
  return scanFile(file, files[0]?.format ?? "unknown", [file]);
}
const verdict = async (content: Uint8Array, name?: string) => (await scan(content, name)).verdict;

const plain = [node("x", "Placeholder"), node("y", "MatMul", ["x"])];
const ROWS: [string, string][] = [
  ["ReadFile", "malicious"],
  ["WriteFile", "malicious"],
  ["PyFunc", "malicious"],
  ["EagerPyFunc", "malicious"],
  ["PyFuncStateless", "malicious"],
  ["ExperimentalDebugIdentityV3", "malicious"],
  ["MatchingFiles", "suspicious"],
  ["TextLineDatasetV2", "suspicious"],
  ["SaveV2", "suspicious"],
  ["Save", "suspicious"],
  ["RestoreV2", "suspicious"],
  ["MergeV2Checkpoints", "suspicious"],
  ["_HostSend", "suspicious"],
  ["CollectiveReduceV2", "suspicious"],
  ["XlaCustomCallV2", "suspicious"],
  ["InitializeTableFromTextFileV2", "suspicious"],
  ["BigQueryReader", "suspicious"],
];

describe.each(ROWS)("the operator %s is %s", (operator, expected) => {
  const hidden = node("bad", operator);
  it.each<[string, Uint8Array]>([
    ["in the graph", saved(metaGraph(graph([...plain, hidden]), signature("bad:0"), SAVER))],
    ["in a function", saved(metaGraph(graph(plain, [fn("f", [], hidden)]), SAVER))],
    ["in the second of two graphs", saved(metaGraph(graph(plain), bytes(2, graph([hidden]))))],
    [
      "in a graph that is a text of a graph",
      saved(
        metaGraph(
          graph([
            ...plain,
            node("c", "Const", [], attr("value", bytes(8, bytes(8, graph([...plain, hidden]))))),
          ]),
        ),
      ),
    ],
    [
      "in a meta graph before the version",
      join(bytes(2, metaGraph(graph([...plain, hidden]))), Buffer.from([8, 1])),
    ],
    ["in a frozen graph", graph([...plain, hidden])],
    ["in a function of a frozen graph", graph(plain, [fn("f", [], ...plain, hidden)])],
    ["in a library alone", bytes(2, fn("f", [], ...plain, hidden))],
  ])("%s", async (_, content) => {
    for (const name of ["m/saved_model.pb", "weights.h5", "noname"]) {
      expect(await verdict(content, name)).toBe(expected);
    }
  });
});

describe("what saves a model", () => {
  const save = fn(
    "save_fn",
    ["prefix"],
    node("s", "SaveV2", ["prefix"]),
    node("m", "MergeV2Checkpoints"),
  );
  const call = node("save", "StatefulPartitionedCall", ["saver_filename"], calls("save_fn"));
  const nodes = [...plain, node("saver_filename", "Placeholder"), call];
  it("is there for saving alone", async () => {
    expect(
      await scan(saved(metaGraph(graph(nodes, [save]), signature("y:0"), SAVER))),
    ).toMatchObject({
      verdict: "clean",
      findings: [],
    });
  });
  it.each<[string, Uint8Array[]]>([
    ["is run by a signature as well", [signature("save:0"), SAVER]],
    ["is called by whoever loads the model", [SAVER, bytes(7, bytes(2, str(1, "save_fn")))]],
    [
      "is run when the model is loaded",
      [SAVER, bytes(4, str(1, "saved_model_main_op"), bytes(2, bytes(1, str(1, "save"))))],
    ],
    ["has no saver that runs it", [signature("y:0")]],
  ])("%s", async (_, rest) => {
    expect(await verdict(saved(metaGraph(graph(nodes, [save]), ...rest)))).toBe("suspicious");
  });
});

describe("a vocabulary", () => {
  const table = fn(
    "init",
    ["table", "file"],
    node("i", "InitializeTableFromTextFileV2", ["table", "file"]),
  );
  const nodes = (file: string) => [
    ...plain,
    node("asset", "Const"),
    node("other", "Const"),
    node("v", "Variable"),
    node("a", "AssignVariableOp", ["v", "asset"]),
    node("read", "ReadVariableOp", ["v"]),
    node("call", "StatefulPartitionedCall", ["x", file], calls("init")),
  ];
  it.each([
    ["of the model's assets", "asset", "clean"],
    ["of the model's assets, kept in a variable", "read:0", "clean"],
    ["anywhere else", "other", "suspicious"],
    ["that a caller names", "x", "suspicious"],
  ])("%s", async (_, file, expected) => {
    const content = saved(metaGraph(graph(nodes(file), [table]), asset("asset:0", "v.txt")));
    expect(await verdict(content)).toBe(expected);
  });
  it("outside of the folder of assets", async () => {
    for (const name of ["../../etc/passwd", "/etc/passwd", "a/../../b", "C:\\x"]) {
      const content = saved(metaGraph(graph(nodes("asset"), [table]), asset("asset:0", name)));
      expect(await verdict(content)).toBe("malicious");
    }
  });
});

describe("a text in an attribute that is a place", () => {
  const text = (value: string) => bytes(2, Buffer.from(value));
  it.each([
    ["PrintV2", "output_stream", "stderr", "clean"],
    ["PrintV2", "output_stream", "file:///tmp/x", "suspicious"],
    ["DecodeProtoV2", "descriptor_source", "local://", "clean"],
    ["DecodeProtoV2", "descriptor_source", "/etc/x", "suspicious"],
    ["FixedUnigramCandidateSampler", "vocab_file", "/etc/x", "suspicious"],
  ])("%s %s %s", async (operator, name, value, expected) => {
    const one = join(str(1, "n"), str(2, operator), bytes(5, str(1, name), bytes(2, text(value))));
    expect(await verdict(saved(metaGraph(graph([...plain, one]))))).toBe(expected);
  });
});

describe("Keras's metadata", () => {
  const lambda = '{"class_name": "Lambda", "config": {"function": {"items": ["4wEA"]}}}';
  const path = '{"class_name": "TextVectorization", "config": {"vocabulary": "/etc/passwd"}}';
  const words = '{"class_name": "TextVectorization", "config": {"vocabulary": ["a"]}}';
  it.each([
    ["a Lambda", lambda, "malicious"],
    ["a Lambda in escapes", lambda.replace("Lambda", "L\\u0061mbda"), "malicious"],
    ["a vocabulary by its path", path, "suspicious"],
    ["a vocabulary by its words", words, "clean"],
  ])("%s", async (_, json, expected) => {
    const object = bytes(
      1,
      Buffer.from([0x10, 1]),
      str(3, "root.layer"),
      str(4, "_tf_keras_layer"),
      str(5, json),
    );
    expect(await verdict(object, "keras_metadata.pb")).toBe(expected);
    const inside = bytes(7, bytes(1, bytes(4, str(1, "_tf_keras_layer"), str(3, json))));
    expect(await verdict(saved(metaGraph(graph(plain), inside)))).toBe(expected);
  });
});

test("a function's own name is no operator", async () => {
  const content = saved(
    metaGraph(graph([...plain, node("n", "my_function")], [fn("my_function", [])])),
  );
  expect(await verdict(content)).toBe("clean");
});

test("messages of other kinds are no graphs", async () => {
  const piece = (text: string) => bytes(1, str(1, text), Buffer.from([0x15, 0, 0, 0, 0]));
  expect(await verdict(join(...["a", "ReadFile", "b"].map(piece)), "spiece.model")).toBe("clean");
  const label = (name: string, text: string) => bytes(1, str(1, name), str(2, text));
  const labels = join(label("0", "Identity"), label("1", "a car"), label("2", "a cat"));
  expect(await verdict(labels, "labels.pb")).toBe("clean");
});

test("the real library's models are clean, and one that reads a file is not", async () => {
  for (const [name, expected] of [
    ["saved_model.zip", "clean"],
    ["readers/no_variables.zip", "clean"],
    ["saved_model_read_file.zip", "malicious"],
  ] as const) {
    const { files } = await inspectFiles(await unzippedFixture(name));
    const scans = await Promise.all(files.map(({ file, format }) => scanFile(file, format)));
    expect(verdictOf(scans.flatMap(({ findings }) => findings))).toBe(expected);
  }
});

test("the graph beside a real checkpoint is clean, and one that writes files is not", async () => {
  const files = await unzippedFixture("readers/tf1_checkpoint.zip");
  const meta = files.find(({ path }) => path.endsWith(".meta"));
  const content = Buffer.from((await meta?.source.read(0, meta.source.sizeBytes)) ?? []);
  expect(await verdict(content, "model.meta")).toBe("clean");
  // RestoreV2 gives way to an operator of the same length.
  const text = content.toString("latin1").replaceAll("\x12\x09RestoreV2", "\x12\x09WriteFile");
  expect(await verdict(Buffer.from(text, "latin1"), "model.meta")).toBe("malicious");
});

test("damage never throws, and a graph that is cut is not clean", async () => {
  const save = fn("f", [], node("bad", "WriteFile"));
  const content = saved(metaGraph(graph(plain, [save]), signature("y:0"), SAVER));
  await survivesDamage(
    content,
    async (damaged) => scanFile(fileOf("s.pb", damaged), "unknown"),
    100,
  );
  await acceptedCuts(content, async (cut) => scanFile(fileOf("s.pb", cut), "saved-model"));
});
