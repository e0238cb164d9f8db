/** Raw weights that another file of the version describes, so that their bytes need no structure of their own. */

import type { Json } from "#lib/formats/bytes/strict-json.ts";
import type { SourceFile } from "#lib/formats/contract.ts";
import { folderOf, readSideFile } from "#lib/formats/inspect/inspect-side-files.ts";

/** The graph of a large model in OpenVINO's XML takes some 10 MB. */
const MAX_GRAPH_BYTES = 128 * 1024 * 1024;

const BROWSER_BYTES: Readonly<Record<string, number>> = {
  float32: 4,
  int32: 4,
  complex64: 8,
  float16: 2,
  uint16: 2,
  uint8: 1,
  bool: 1,
};
/** The last bytes of a LevelDB table, which is what TensorFlow's index of a checkpoint is. */
const TABLE_MARK = "57fb808b247547db";

export async function isDescribed(
  file: SourceFile,
  files: readonly SourceFile[],
): Promise<boolean> {
  return (
    (await isOpenVinoWeights(file, files)) ||
    (await isCheckpointShard(file, files)) ||
    isBrowserShard(file, files)
  );
}

/** A shard of TensorFlow.js: `model.json` beside it says how many bytes all shards of a group have together. */
async function isBrowserShard(
  { path }: SourceFile,
  files: readonly SourceFile[],
): Promise<boolean> {
  // Old writers left the extension out. Files of other names are not asked, since each would cost a search of all
  // files.
  if (!/(?:\.bin|shard\d+of\d+)$/.test(path)) return false;
  const folder = folderOf(path);
  const description = `${folder}model.json`;
  const json = await readSideFile(files.find((file) => file.path === description));
  const groups = json instanceof Map ? json.get("weightsManifest") : null;
  if (!Array.isArray(groups)) return false;
  return groups.some((group) => {
    const [paths, weights] =
      group instanceof Map ? [group.get("paths"), group.get("weights")] : [null, null];
    if (!Array.isArray(paths) || !Array.isArray(weights)) return false;
    if (!paths.includes(path.slice(folder.length))) return false;
    const sizes = paths.map(
      (name) => files.find((file) => file.path === `${folder}${name}`)?.source.sizeBytes,
    );
    const told = weights.reduce<number>((sum, weight) => sum + browserBytes(weight), 0);
    return told === sizes.reduce<number>((sum, size) => sum + (size ?? Number.NaN), 0);
  });
}

/** `{"shape": [3, 2], "dtype": "float32", "quantization": {"dtype": "uint8"}}`; NaN for texts and for anything else. */
function browserBytes(weight: Json): number {
  if (!(weight instanceof Map)) return Number.NaN;
  const [shape, quantization] = [weight.get("shape"), weight.get("quantization")];
  const dtype = quantization instanceof Map ? quantization.get("dtype") : weight.get("dtype");
  const width = typeof dtype === "string" ? BROWSER_BYTES[dtype] : undefined;
  if (!Array.isArray(shape) || width === undefined) return Number.NaN;
  return shape.reduce<number>((all, size) => all * (typeof size === "number" ? size : NaN), width);
}

/** The values of a TensorFlow checkpoint: the index beside them, of the same name, says what is where. */
async function isCheckpointShard(
  { path }: SourceFile,
  files: readonly SourceFile[],
): Promise<boolean> {
  const [, prefix] = /^(.+)\.data-\d{5}-of-\d{5}$/.exec(path) ?? [];
  const index = files.find((file) => file.path === `${prefix}.index`);
  if (!index || index.source.sizeBytes < 48) return false;
  const mark = await index.source.read(index.source.sizeBytes - 8, 8);
  return Buffer.from(mark).toString("hex") === TABLE_MARK;
}

/** The `.bin` of an OpenVINO model: the graph beside it says where each constant is, and none is outside. */
async function isOpenVinoWeights(
  { path, source }: SourceFile,
  files: readonly SourceFile[],
): Promise<boolean> {
  if (!path.endsWith(".bin")) return false;
  const graph = files.find((file) => file.path === `${path.slice(0, -4)}.xml`);
  if (!graph || graph.source.sizeBytes > MAX_GRAPH_BYTES) return false;
  const bytes = await graph.source.read(0, graph.source.sizeBytes);
  const text = Buffer.from(bytes).toString("utf8");
  if (!/^\uFEFF?\s*(?:<\?xml[^>]*\?>\s*)?<net\s[^>]*>/.test(text) || !text.includes("<layers")) {
    return false;
  }
  for (const [tag] of text.matchAll(/<data\s[^>]*>/g)) {
    const offset = Number(/\soffset="(\d+)"/.exec(tag)?.[1] ?? 0);
    const size = Number(/\ssize="(\d+)"/.exec(tag)?.[1] ?? 0);
    if (!Number.isSafeInteger(offset + size) || offset + size > source.sizeBytes) return false;
  }
  return true;
}
