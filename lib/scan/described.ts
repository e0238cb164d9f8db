/** Raw weights that another file of the version describes, so that their bytes need no structure of their own. */
import type { SourceFile } from "../formats/contract.ts";

/** The graph of a large model in OpenVINO's XML takes some 10 MB. */
const MAX_GRAPH_BYTES = 128 * 1024 * 1024;

/** The last bytes of a LevelDB table, which is what TensorFlow's index of a checkpoint is. */
const TABLE_MARK = "57fb808b247547db";

export async function isDescribed(
  file: SourceFile,
  files: readonly SourceFile[],
): Promise<boolean> {
  return (await isOpenVinoWeights(file, files)) || isCheckpointShard(file, files);
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
