/** `kernels.wat` -> the WebAssembly module. Only for the build script and the test that repeats it. */
import { readFile } from "node:fs/promises";
import wabt from "wabt";

const FILE_NAME = "kernels.wat";

/** Base64. */
export async function compileKernels(): Promise<string> {
  const { parseWat } = await wabt();
  const source = await readFile(new URL(FILE_NAME, import.meta.url));
  const module = parseWat(FILE_NAME, source, { simd: true });
  try {
    return Buffer.from(module.toBinary({}).buffer).toString("base64");
  } finally {
    module.destroy();
  }
}
