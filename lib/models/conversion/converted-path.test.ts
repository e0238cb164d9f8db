import { expect, it } from "vitest";
import { convertedIndex, convertedPath } from "./converted-path.ts";

it.each([
  ["net.pt", "net.safetensors"],
  ["a/b/last.pth", "a/b/last.safetensors"],
  ["pytorch_model.bin", "model.safetensors"],
  ["unet/pytorch_model-00001-of-00002.bin", "unet/model-00001-of-00002.safetensors"],
  ["diffusion_pytorch_model.bin", "diffusion_pytorch_model.safetensors"],
  ["adapter_model.bin", "adapter_model.safetensors"],
  ["pytorch_model_old.bin", "pytorch_model_old.safetensors"],
  ["weights", "weights.safetensors"],
])("%s becomes %s", (from, to) => {
  expect(convertedPath(from)).toBe(to);
});

it("an index names the files beside it that its own name begins with", () => {
  const index = convertedIndex("text/pytorch_model.bin.index.json");
  expect(index?.path).toBe("text/model.safetensors.index.json");
  expect(index?.isOf("text/pytorch_model-00001-of-00002.bin")).toBe(true);
  for (const other of [
    "pytorch_model-00001-of-00002.bin",
    "text/pytorch_model.bin",
    "text/pytorch_model-other.bin",
    "text/x-00001-of-00002.bin",
  ])
    expect(index?.isOf(other)).toBe(false);
  expect(convertedIndex("config.json")).toBeNull();
});
