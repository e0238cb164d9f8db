/** The `.wat` files -> the WebAssembly modules. Only for the build script and the test that repeats it. */
import { readFile } from "node:fs/promises";
import wabt from "wabt";

export type KernelsName = "kernels" | "huffman";

/** Base64. */
export async function compileKernels(name: KernelsName): Promise<string> {
  const { parseWat } = await wabt();
  const fileName = `${name}.wat`;
  const source = await readFile(new URL(fileName, import.meta.url));
  const module = parseWat(fileName, source, { simd: true });
  try {
    return Buffer.from(module.toBinary({}).buffer).toString("base64");
  } finally {
    module.destroy();
  }
}
