import { expect, test } from "vitest";
import { fileOf } from "../../../tests/support/hostile-bytes.ts";
import { safetensors } from "../../../tests/support/model-files.ts";
import { inspectFiles } from "../inspect/inspect.ts";

const BYTES: Record<string, number> = {
  F32: 4,
  F16: 2,
  I32: 4,
  U32: 4,
  U8: 1,
  I8: 1,
  I64: 8,
  F8_E4M3: 1,
};

async function countOf(
  tensors: Record<string, [string, number[]]>,
  quantization?: unknown,
  key = "quantization_config",
) {
  const entries = Object.entries(tensors).map(([name, [dtype, shape]]) => {
    const count = shape.reduce((product, size) => product * size, 1);
    return [name, { dtype, shape, bytes: new Uint8Array(count * (BYTES[dtype] as number)) }];
  });
  const config = JSON.stringify(quantization ? { [key]: quantization } : {});
  const { parameters, producer } = await inspectFiles([
    fileOf("model.safetensors", safetensors(Object.fromEntries(entries))),
    fileOf("config.json", new TextEncoder().encode(config)),
  ]);
  return { parameters, producer };
}

const norm = { "norm.weight": ["F16", [64]] as [string, number[]] };

/** A layer of 64 inputs and 32 outputs, and a norm: 2,112. */
test.each([
  [
    "GPTQ with four bits",
    { "l.qweight": ["I32", [8, 32]], "l.qzeros": ["I32", [2, 4]], "l.scales": ["F16", [2, 32]] },
    { quant_method: "gptq", bits: 4 },
  ],
  [
    "GPTQ with three bits, by its group index alone",
    { "l.qweight": ["I32", [6, 32]], "l.scales": ["F16", [2, 32]], "l.g_idx": ["I32", [64]] },
    undefined,
  ],
  [
    "AWQ",
    { "l.qweight": ["I32", [64, 4]], "l.qzeros": ["I32", [2, 4]], "l.scales": ["F16", [2, 32]] },
    { quant_method: "awq", bits: 4 },
  ],
  [
    "bitsandbytes with four bits",
    {
      "l.weight": ["U8", [1024, 1]],
      "l.weight.absmax": ["U8", [32]],
      "l.weight.quant_map": ["F32", [16]],
      "l.weight.quant_state.bitsandbytes__nf4": ["U8", [80]],
    },
    { quant_method: "bitsandbytes", load_in_4bit: true },
  ],
  [
    "bitsandbytes with eight bits",
    { "l.weight": ["I8", [32, 64]], "l.SCB": ["F32", [32]], "l.weight_format": ["U8", []] },
    { quant_method: "bitsandbytes" },
  ],
  [
    "compressed-tensors",
    {
      "l.weight_packed": ["I32", [32, 8]],
      "l.weight_scale": ["F16", [32, 2]],
      "l.weight_shape": ["I64", [2]],
    },
    {
      quant_method: "compressed-tensors",
      config_groups: { group_0: { weights: { num_bits: 4 } } },
    },
  ],
  [
    "NVFP4 of compressed-tensors",
    {
      "l.weight_packed": ["U8", [32, 32]],
      "l.weight_scale": ["F8_E4M3", [32, 4]],
      "l.weight_global_scale": ["F32", [1]],
      "l.input_global_scale": ["F32", [1]],
    },
    { quant_method: "compressed-tensors", format: "nvfp4-pack-quantized" },
  ],
  [
    "NVFP4 of ModelOpt",
    {
      "l.weight": ["U8", [32, 32]],
      "l.weight_scale": ["F8_E4M3", [32, 4]],
      "l.weight_scale_2": ["F32", []],
      "l.input_scale": ["F32", []],
    },
    { quant_method: "modelopt", quant_algo: "NVFP4" },
  ],
  [
    "FP8 with a scale for each block",
    { "l.weight": ["F8_E4M3", [32, 64]], "l.weight_scale_inv": ["F32", [1, 1]] },
    { quant_method: "fp8", weight_block_size: [128, 128] },
  ],
  [
    "eight bits of compressed-tensors",
    { "l.weight": ["I8", [32, 64]], "l.weight_scale": ["F32", [32, 1]] },
    { quant_method: "compressed-tensors" },
  ],
  [
    "MXFP4",
    { l_blocks: ["U8", [32, 2, 16]], l_scales: ["U8", [32, 2]] },
    { quant_method: "mxfp4" },
  ],
] as [string, Record<string, [string, number[]]>, unknown][])("%s", async (_, layer, config) => {
  expect((await countOf({ ...layer, ...norm }, config)).parameters).toBe(2112);
});

test("MLX, which says so under another key", async () => {
  const layer: Record<string, [string, number[]]> = {
    "l.weight": ["U32", [32, 8]],
    "l.scales": ["F16", [32, 1]],
    "l.biases": ["F16", [32, 1]],
  };
  const config = { bits: 4, group_size: 64 };
  expect((await countOf({ ...layer, ...norm }, config, "quantization")).parameters).toBe(2112);
});

test("a way of packing that is not known is told", async () => {
  const layer: Record<string, [string, number[]]> = { "l.codes": ["I8", [8, 8]] };
  const { parameters, producer } = await countOf(layer, { quant_method: "aqlm" });
  expect(parameters).toBe(64);
  expect(producer).toMatchObject({
    quantization_method: "aqlm",
    parameters_counted: "as they are stored, packed",
  });
});

test("names alone pack nothing", async () => {
  const layer: Record<string, [string, number[]]> = {
    "l.qweight": ["F32", [4, 4]],
    "l.weight": ["U8", [4]],
    l_blocks: ["U8", [4]],
  };
  const { parameters, producer } = await countOf(layer);
  expect(parameters).toBe(24);
  expect(producer.parameters_counted).toBeUndefined();
});
