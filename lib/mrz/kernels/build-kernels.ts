/** `node lib/mrz/kernels/build-kernels.ts`: compiles the `.wat` files into `kernels-bytes.ts`. */
import { writeFile } from "node:fs/promises";
import { compileKernels, type KernelsName } from "./compile-kernels.ts";

const LINE_CHARS = 90;

async function constantOf(name: KernelsName): Promise<string[]> {
  const base64 = await compileKernels(name);
  const lines = base64.match(new RegExp(`.{1,${LINE_CHARS}}`, "g")) ?? [];
  return [
    `export const ${name.toUpperCase()}_BASE64 = [`,
    ...lines.map((line) => `  "${line}",`),
    '].join("");',
    "",
  ];
}

await writeFile(
  new URL("./kernels-bytes.ts", import.meta.url),
  [
    "/** Compiled from the `.wat` files by `build-kernels.ts`; not to be edited. */",
    ...(await constantOf("kernels")),
    ...(await constantOf("huffman")),
  ].join("\n"),
);
