import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { fileOf, refusalOf } from "../../../tests/support/hostile-bytes.ts";
import { safetensors } from "../../../tests/support/model-files.ts";
import type { SourceFile } from "../contract.ts";
import { inspectFiles } from "./inspect.ts";

type Shapes = Record<string, number[]>;
const BYTES = { F32: 4, F16: 2, I8: 1 } as const;

function weights(path: string, shapes: Shapes, dtype: keyof typeof BYTES = "F32"): SourceFile {
  const entries = Object.entries(shapes).map(([name, shape]) => {
    const count = shape.reduce((product, size) => product * size, 1);
    return [name, { dtype, shape, bytes: new Uint8Array(count * BYTES[dtype]) }];
  });
  return fileOf(path, safetensors(Object.fromEntries(entries), { format: "pt" }));
}
const json = (path: string, value: unknown = {}) =>
  fileOf(path, new TextEncoder().encode(JSON.stringify(value)));
const fixture = (path: string, name: string) =>
  fileOf(path, readFileSync(new URL(`../fixtures/${name}`, import.meta.url)));

async function filesOf(...files: SourceFile[]) {
  const { tensors, parameters, format } = await inspectFiles(files);
  return { parameters, format, files: [...new Set(tensors.map(({ file }) => file))].sort() };
}

describe("diffusers", () => {
  const unet = { conv: [4, 4], out: [4] };
  const index = {
    _class_name: "StableDiffusionPipeline",
    _diffusers_version: "0.30.0",
    unet: ["diffusers", "UNet2DConditionModel"],
    text_encoder: ["transformers", "CLIPTextModel"],
    text_encoder_2: ["transformers", "CLIPTextModel"],
    scheduler: ["diffusers", "DDIMScheduler"],
    safety_checker: [null, null],
  };
  const pipeline = [
    json("model_index.json", index),
    weights("unet/diffusion_pytorch_model.safetensors", unet),
    weights("text_encoder/model.safetensors", { a: [5] }),
    weights("text_encoder_2/model.safetensors", { a: [5] }),
    json("scheduler/scheduler_config.json"),
  ];
  test("is the components that its index names, once each", async () => {
    const beside = [
      weights("unet/diffusion_pytorch_model.fp16.safetensors", unet, "F16"),
      weights("safety_checker/model.safetensors", { s: [9] }),
      weights("v1-5-pruned.safetensors", { "model.diffusion_model.conv": [100] }),
    ];
    expect(await filesOf(...pipeline, ...beside)).toEqual({
      parameters: 30,
      format: "safetensors",
      files: pipeline
        .slice(1, 4)
        .map(({ path }) => path)
        .sort(),
    });
  });
  test("with nothing but a variant is that variant", async () => {
    const variant = [
      json("model_index.json", { unet: ["diffusers", "UNet2DConditionModel"] }),
      weights("unet/diffusion_pytorch_model.fp16.safetensors", unet, "F16"),
      fixture("unet/diffusion_pytorch_model.fp16.bin", "state_dict.pth"),
    ];
    expect(await filesOf(...variant)).toMatchObject({ parameters: 20 });
  });
});

describe("transformers", () => {
  const top = weights("model.safetensors", { a: [8], b: [8] });
  test("reads the standard name, and not what other programs read", async () => {
    const copies = [
      json("config.json"),
      fixture("pytorch_model.bin", "state_dict.pth"),
      fixture("tf_model.h5", "plain.h5"),
      fixture("onnx/model.onnx", "external.onnx"),
      fixture("onnx/external.onnx.data", "external.onnx.data"),
      weights("consolidated.safetensors", { other: [1000] }),
      weights("lora/adapter_model.safetensors", { lora: [1000] }),
    ];
    expect(await filesOf(top, ...copies)).toEqual({
      parameters: 16,
      format: "safetensors",
      files: ["model.safetensors"],
    });
  });
  test("without a configuration, other parts of its format are the model's too", async () => {
    const head = weights("head.safetensors", { h: [3] });
    expect((await filesOf(top, head)).parameters).toBe(19);
  });
  test("of several checkpoints alone, the latest is the model", async () => {
    const checkpoint = (step: number) => [
      weights(`out/checkpoint-${step}/model.safetensors`, { a: [8] }),
      json(`out/checkpoint-${step}/config.json`),
      fixture(`out/checkpoint-${step}/optimizer.pt`, "checkpoint.tar"),
    ];
    const found = await filesOf(...checkpoint(900), ...checkpoint(1000), ...checkpoint(500));
    expect(found).toMatchObject({
      parameters: 8,
      files: ["out/checkpoint-1000/model.safetensors"],
    });
  });
  test("an index of shards that nobody needs is told, and one that is needed refuses", async () => {
    const index = json("pytorch_model.bin.index.json", {
      weight_map: { a: "pytorch_model-1.bin" },
    });
    const facts = await inspectFiles([json("config.json"), top, index]);
    expect(facts.files.find(({ notes }) => notes)).toMatchObject({
      isLoaded: false,
      notes: [{ severity: "info", code: "index_without_shards", file: index.path }],
    });
    expect(await refusalOf(() => inspectFiles([json("config.json"), index]))).toMatch(/must be/);
    const half = json("model.safetensors.index.json", {
      weight_map: { a: "a.safetensors", b: "b" },
    });
    const exported = [
      fixture("onnx/model.onnx", "external.onnx"),
      fixture("onnx/external.onnx.data", "external.onnx.data"),
      fixture("optimizer.pt", "state_dict.pth"),
      weights("checkpoint-5/model.safetensors", { a: [8] }),
    ];
    for (const beside of [exported.slice(0, 2), exported.slice(2, 3), exported.slice(3)]) {
      const refusal = refusalOf(() => inspectFiles([json("config.json"), index, ...beside]));
      expect(await refusal).toMatch(/must be/);
    }
    const earlier = { ...index, path: `checkpoint-5/${index.path}` };
    expect((await filesOf(top, earlier)).parameters).toBe(16);
    const one = weights("a.safetensors", { a: [1] });
    expect(await refusalOf(() => inspectFiles([half, one]))).toMatch(/the shards b must be/);
  });
});

test("an adapter is its own weights, whatever training left beside it", async () => {
  const adapter = [
    json("adapter_config.json", { peft_type: "LORA" }),
    weights("adapter_model.safetensors", { lora: [6] }),
    fixture("optimizer.pt", "checkpoint.tar"),
    weights("checkpoint-10/adapter_model.safetensors", { lora: [6] }),
    json("checkpoint-10/adapter_config.json"),
  ];
  expect(await filesOf(...adapter)).toMatchObject({
    parameters: 6,
    files: ["adapter_model.safetensors"],
  });
});

test("sentence-transformers is its modules, in whatever formats", async () => {
  const modules = ["", "1_Pooling", "2_Dense"].map((path, idx) => ({ idx, path, type: "x" }));
  const files = [
    json("modules.json", modules),
    weights("model.safetensors", { e: [500] }),
    json("1_Pooling/config.json"),
    weights("2_Dense/model.safetensors", { "linear.weight": [7] }),
    fixture("2_Dense/pytorch_model.bin", "state_dict.pth"),
    fixture("onnx/model.onnx", "external.onnx"),
    fixture("onnx/external.onnx.data", "external.onnx.data"),
  ];
  expect((await filesOf(...files)).parameters).toBe(507);
});

describe("copies of the same weights", () => {
  test.each([
    ["precisions in folders", "fp32/model.safetensors", "fp16/model.safetensors"],
    ["precisions in names", "net-f32.safetensors", "net-f16.safetensors"],
    ["quantized files", "a.safetensors", "a-Q8_0.safetensors"],
    ["nothing but quantized files", "a-F32.safetensors", "a-Q4_K_M.safetensors"],
    ["epochs", "run_1/weights.safetensors", "run_2/weights.safetensors"],
  ])("%s count once", async (_, large, small) => {
    const shapes = { a: [4, 4], b: [2] };
    const files = [weights(large, shapes), weights(small, shapes, "F16")];
    expect(await filesOf(...files)).toMatchObject({ parameters: 18, files: [large] });
  });
  test("renamed by quantization count once", async () => {
    const float = weights("m.safetensors", { W: [4, 3], V: [2, 2] });
    const shapes = { W_quantized: [4, 3], W_scale: [1], W_zero_point: [1], V_Q4G32: [2, 1] };
    const files = [float, weights("small.safetensors", shapes, "I8")];
    expect(await filesOf(...files)).toMatchObject({ parameters: 16, files: ["m.safetensors"] });
  });
  test("a larger model of the same architecture is another model", async () => {
    const files = [
      weights("s/net.safetensors", { a: [2] }),
      weights("l/net.safetensors", { a: [3] }),
    ];
    expect((await filesOf(...files)).parameters).toBe(5);
  });
  test("numbered parts are one model, in each precision", async () => {
    const part = (name: string, dtype: "F32" | "F16") => [
      weights(`${name}-00001-of-00002.safetensors`, { a: [4] }, dtype),
      weights(`${name}-00002-of-00002.safetensors`, { b: [4] }, dtype),
    ];
    const found = await filesOf(...part("m-f16", "F16"), ...part("m-f32", "F32"));
    expect(found).toMatchObject({ parameters: 8 });
    expect(found.files.every((path) => path.startsWith("m-f32"))).toBe(true);
  });
});

test("the shards of a variant are not the model of the plain name", async () => {
  const index = { weight_map: { x: "model.fp32-00001-of-00001.safetensors" } };
  const files = [
    json("config.json"),
    weights("model.safetensors", { a: [2] }, "F16"),
    weights("model.fp32-00001-of-00001.safetensors", { x: [5] }),
    json("model.safetensors.index.fp32.json", index),
  ];
  expect(await filesOf(...files)).toMatchObject({ parameters: 2, files: ["model.safetensors"] });
});

test("what Megatron and DeepSpeed split over GPUs is one model", async () => {
  for (const name of [
    "mp_rank_0#/model_optim_rng.pt",
    "mp_rank_00_00#/model_optim_rng.pt",
    "mp_rank_0#_model_states.pt",
    "layer_0#-model_00-model_states.pt",
  ]) {
    const ranks = ["0", "1"].map((rank) =>
      fixture(`iter_0000001/${name.replace("#", rank)}`, "state_dict.pth"),
    );
    const [alone, both] = [await filesOf(ranks[0] as SourceFile), await filesOf(...ranks)];
    expect(both.parameters, name).toBe(2 * (alone.parameters as number));
  }
});

test("what names components and folders may say anything", async () => {
  const paths = ["../..", "a/../b", "/", "x".repeat(10_000), "", 3, null];
  const files = [
    json(
      "modules.json",
      paths.map((path) => ({ path })),
    ),
    json("model_index.json", Object.fromEntries(paths.map((path) => [String(path), ["a", "b"]]))),
    weights("model.safetensors", { a: [2] }),
  ];
  expect((await filesOf(...files)).parameters).toBe(2);
});
