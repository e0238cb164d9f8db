/** `node lib/mrz/kernels/build-kernels.ts`: compiles `kernels.wat` into `kernels-bytes.ts`. */
import { writeFile } from "node:fs/promises";
import { compileKernels } from "./compile-kernels.ts";

const LINE_CHARS = 90;

const lines = (await compileKernels()).match(new RegExp(`.{1,${LINE_CHARS}}`, "g")) ?? [];
await writeFile(
  new URL("./kernels-bytes.ts", import.meta.url),
  [
    "/** Compiled from `kernels.wat` by `build-kernels.ts`; not to be edited. */",
    "export const KERNELS_BASE64 = [",
    ...lines.map((line) => `  "${line}",`),
    '].join("");',
    "",
  ].join("\n"),
);
