// src/ -> dist/model-registry.js and dist/scan-child.js: files of plain JavaScript with their dependencies, since Node
// refuses TypeScript below node_modules, and since the package installs without a network then. They run on Node 20.
import { chmod, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";

const folder = fileURLToPath(new URL(".", import.meta.url));
const dist = join(folder, "dist");
const program = join(dist, "model-registry.js");
const { version } = JSON.parse(await readFile(join(folder, "package.json"), "utf8"));

await rm(dist, { recursive: true, force: true });
/** One file of plain JavaScript with its dependencies. */
async function write(input, file, banner) {
  const bundle = await rolldown({
    input,
    platform: "node",
    transform: { target: "node20", define: { CLI_VERSION: JSON.stringify(version) } },
    onLog: (_level, log) => {
      throw new Error(log.message);
    },
  });
  await bundle.write({ file, format: "esm", banner, codeSplitting: false });
  await bundle.close();
}
await write(join(folder, "src", "main.ts"), program, "#!/usr/bin/env node");
// The process that scans files: it may read this file and no other, and only `scan` starts it.
await write(
  join(folder, "..", "lib", "inspection", "scan-child.ts"),
  join(dist, "scan-child.js"),
  "",
);
await chmod(program, 0o755);
