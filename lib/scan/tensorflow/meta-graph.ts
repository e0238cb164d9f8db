/** MetaGraphDef and SavedModel (tensorflow/core/protobuf): a graph with what is run of it, and what saves it. */
import { LEN, type ProtoField, type ProtoWalker } from "#lib/formats/bytes/protobuf.ts";
import { MAX_NAME_BYTES } from "#lib/formats/tensor-facts.ts";
import { emptyGraph, type Graph, readGraph } from "./graph.ts";

/** JSON of one layer with all layers inside of it. */
const MAX_KERAS_BYTES = 64 * 1024 * 1024;

export type MetaGraph = {
  graph: Graph;
  /** Nodes that a caller, or loading itself, runs. */
  run: Set<string>;
  /** Functions that a caller may call by name. */
  callable: Set<string>;
  /** Nodes that write and read checkpoints. */
  savers: Set<string>;
  /** Nodes that stand for a file of the model's own folder `assets`, and the names of these files. */
  assets: Set<string>;
  assetFiles: string[];
  /** JSON of Keras about the model's objects. */
  kerasTexts: string[];
};

/** SavedModel: 2 meta_graphs. */
export async function readSavedModel(walker: ProtoWalker, sizeBytes: number): Promise<MetaGraph[]> {
  const found: MetaGraph[] = [];
  await walker.walk(0, sizeBytes, async (field) => {
    if (field.number === 2) found.push(await readMetaGraph(walker, field));
  });
  return found;
}

/** A MetaGraphDef that fills a file. */
export function readMetaGraphFile(walker: ProtoWalker, sizeBytes: number): Promise<MetaGraph> {
  return readMetaGraph(walker, { number: 2, wireType: LEN, start: 0, end: sizeBytes });
}

/** MetaGraphDef: 2 graph_def, 3 saver_def, 4 collection_def, 5 signature_def, 6 asset_file_def, 7 object_graph_def. */
async function readMetaGraph(walker: ProtoWalker, field: ProtoField): Promise<MetaGraph> {
  const meta: MetaGraph = {
    graph: emptyGraph(),
    run: new Set(),
    callable: new Set(),
    savers: new Set(),
    assets: new Set(),
    assetFiles: [],
    kerasTexts: [],
  };
  const text = (part: ProtoField) => walker.text(part, MAX_NAME_BYTES);
  const tensor = async (part: ProtoField) => nodeOf(await text(part));
  await walker.message(field, async (part) => {
    if (part.number === 2) await readGraph(walker, part, meta.graph);
    else if (part.number === 3) {
      await walker.message(part, async (name) => {
        // 1 filename_tensor_name is fed, 2 save_tensor_name and 3 restore_op_name are run.
        if (name.number === 2 || name.number === 3) meta.savers.add(await tensor(name));
      });
    } else if (part.number === 4) {
      // { 1 key, 2 CollectionDef { 1 node_list { 1 value } } }: the nodes that loading runs are in such lists.
      await atPath(walker, part, [2, 1, 1], async (node) => void meta.run.add(await tensor(node)));
    } else if (part.number === 5) {
      // { 1 key, 2 SignatureDef { 2 outputs { 1 key, 2 TensorInfo { 1 name } } } }
      await atPath(walker, part, [2, 2, 2, 1], async (name) => {
        meta.run.add(await tensor(name));
      });
    } else if (part.number === 6) {
      // { 1 TensorInfo { 1 name }, 2 filename }
      await atPath(walker, part, [1, 1], async (name) => void meta.assets.add(await tensor(name)));
      await atPath(walker, part, [2], async (name) => void meta.assetFiles.push(await text(name)));
    } else if (part.number === 7) {
      // { 1 nodes { 4 user_object { 3 metadata } }, 2 concrete_functions { 1 key } }
      await atPath(walker, part, [1, 4, 3], async (json) => {
        meta.kerasTexts.push(await walker.text(json, MAX_KERAS_BYTES));
      });
      await atPath(walker, part, [2, 1], async (name) => void meta.callable.add(await text(name)));
    }
  });
  return meta;
}

function nodeOf(tensor: string): string {
  return tensor.replace(/^\^/, "").split(":", 1)[0] as string;
}

/** Visits the fields that the numbers lead to, each inside of the one before. */
async function atPath(
  walker: ProtoWalker,
  field: ProtoField,
  numbers: readonly number[],
  visit: (field: ProtoField) => Promise<void>,
): Promise<void> {
  const [first, ...rest] = numbers;
  if (first === undefined) return visit(field);
  if (field.wireType !== LEN) return;
  await walker.message(field, async (part) => {
    if (part.number === first && part.wireType === LEN) await atPath(walker, part, rest, visit);
  });
}
