/** `kernels.wat` -> the WebAssembly module. Only for the build script and the test that repeats it. */
import { readFile } from "node:fs/promises";
import wabt from "wabt";

const SOURCE = new URL("kernels.wat", import.meta.url);

export async function compileKernels(): Promise<Uint8Array> {
  const { parseWat } = await wabt();
  const module = parseWat("kernels.wat", await readFile(SOURCE), { simd: true });
  try {
    return module.toBinary({}).buffer;
  } finally {
    module.destroy();
  }
}
