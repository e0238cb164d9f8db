import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { type ClosableSource, fileSource } from "../../lib/formats/bytes/byte-source.ts";
import type { ModelFacts, Signature } from "../../lib/formats/contract.ts";
import { frameworkMatches } from "../../lib/formats/framework-match.ts";
import { readFacts } from "../../lib/inspection/read-facts.ts";
import { REAL_MODELS, type RealModel } from "../../scripts/real-models/catalog.ts";
import { fetchRealModels, realModelFolder } from "../../scripts/real-models/fetch-models.ts";

/** Written by `npm run models:oracle` from what the frameworks themselves say. */
type Expected = {
  parameters: number;
  signature: Signature | null;
  /** file, name, dtype, shape, bytes */
  tensors: [string, string, string, number[], number][];
};

const FORMATS: Record<string, ModelFacts["format"]> = {
  "basic-pitch": "saved-model",
  "basic-pitch-onnx": "onnx",
  "basic-pitch-tflite": "tflite",
  "all-minilm-l6-v2": "safetensors",
  "silero-vad": "torchscript",
  "silero-vad-onnx": "onnx",
  "silero-vad-16k": "safetensors",
  "facenet-mtcnn": "torch-legacy",
  "light-resnet50": "onnx",
};

/** 105 MB over a slow line. */
const FETCH_TIMEOUT_MS = 600_000;

let expected: Record<string, Expected>;

beforeAll(async () => {
  await fetchRealModels(() => {});
  const path = new URL("./expected.json", import.meta.url);
  expected = JSON.parse(await readFile(path, "utf8")) as Record<string, Expected>;
}, FETCH_TIMEOUT_MS);

describe.each(REAL_MODELS)("$name", (model) => {
  test("says what its framework says", async () => {
    const facts = await factsOf(model);
    expect(facts.format).toBe(FORMATS[model.name]);
    const answer = expected[model.name];
    // No framework lists a .tflite file's tensors the way the registry would; it has no oracle.
    expect(answer === undefined).toBe(facts.format === "tflite");
    if (!answer) return;
    const tensors = facts.tensors.map(
      ({ file, name, dtype, shape, sizeBytes }) =>
        [file, name, dtype, shape, sizeBytes] as Expected["tensors"][number],
    );
    expect(tensors.sort(byFileAndName)).toEqual(answer.tensors.sort(byFileAndName));
    expect(facts.parameters).toBe(answer.parameters);
    if (answer.signature) expect(facts.signature).toEqual(answer.signature);
  });

  test("is clean, and is what a person would declare", async () => {
    const facts = await factsOf(model);
    expect(facts.scan).toEqual({ verdict: "clean", findings: [] });
    expect(frameworkMatches(model.framework, facts)).toBe(true);
    expect(frameworkMatches("gguf", facts)).toBe(false);
  });
});

test("who made a model is read from the file and from config.json beside it", async () => {
  const byName = async (name: string) => {
    const model = REAL_MODELS.find((candidate) => candidate.name === name);
    return (await factsOf(model as RealModel)).producer;
  };
  expect(await byName("basic-pitch")).toMatchObject({ tensorflow_version: "2.4.1" });
  expect(await byName("basic-pitch-onnx")).toMatchObject({
    producer_name: "tf2onnx",
    ir_version: "8",
    opset: "15, ai.onnx.ml 2",
  });
  expect(await byName("all-minilm-l6-v2")).toMatchObject({
    model_type: "bert",
    architectures: "BertModel",
    format: "pt",
  });
});

async function factsOf(model: RealModel): Promise<ModelFacts> {
  const sources: { path: string; source: ClosableSource }[] = [];
  try {
    for (const { path } of model.files) {
      sources.push({ path, source: await fileSource(join(realModelFolder(model), path)) });
    }
    return await readFacts(sources);
  } finally {
    await Promise.all(sources.map(({ source }) => source.close()));
  }
}

function byFileAndName(a: Expected["tensors"][number], b: Expected["tensors"][number]): number {
  const [left, right] = [`${a[0]}\n${a[1]}`, `${b[0]}\n${b[1]}`];
  return left < right ? -1 : left > right ? 1 : 0;
}
