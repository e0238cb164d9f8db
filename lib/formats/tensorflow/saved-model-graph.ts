/**
 * saved_model.pb (tensorflow/core/protobuf/saved_model.proto and the messages it imports): who wrote it,
 * what it takes and gives, which operators it runs.
 */

import { LEN, type ProtoField, type ProtoWalker } from "../bytes/protobuf.ts";
import { plainText } from "../bytes/window-reader.ts";
import type { Signature, SignatureTensor } from "../contract.ts";
import { MAX_DIMENSIONS, MAX_NAME_BYTES } from "../tensor-facts.ts";
import { tfDtype } from "./tensorflow-dtypes.ts";

/** TensorFlow has some 1,500 operators; a graph that names more invents them. */
const MAX_OPERATORS = 20_000;
const MAX_SIGNATURES = 1000;
const MAX_SIGNATURE_TENSORS = 10_000;
const MAX_TEXT_CHARS = 200;

/** The signature that serving uses when none is asked for. */
const DEFAULT_SIGNATURE = "serving_default";
const INIT_SIGNATURE = "__saved_model_init_op";

type Shape = (number | null)[];

export type SavedModelGraph = {
  producer: Map<string, string>;
  operators: Set<string>;
  signatures: Map<string, Signature>;
};

/** SavedModel: 1 saved_model_schema_version, 2 meta_graphs. */
export async function readSavedModelGraph(
  walker: ProtoWalker,
  sizeBytes: number,
): Promise<SavedModelGraph> {
  const graph: SavedModelGraph = {
    producer: new Map(),
    operators: new Set(),
    signatures: new Map(),
  };
  let metaGraphs = 0;
  await walker.walk(0, sizeBytes, async (field) => {
    if (field.number !== 2) return;
    metaGraphs += 1;
    await readMetaGraph(walker, field, graph);
  });
  if (metaGraphs === 0) walker.reader.fail("it has no graph");
  return graph;
}

/** A MetaGraphDef by itself, as TensorFlow 1 writes it beside a checkpoint. */
export async function readMetaGraphFile(
  walker: ProtoWalker,
  sizeBytes: number,
): Promise<SavedModelGraph> {
  const graph: SavedModelGraph = {
    producer: new Map(),
    operators: new Set(),
    signatures: new Map(),
  };
  await readMetaGraph(walker, { number: 2, wireType: LEN, start: 0, end: sizeBytes }, graph);
  return graph;
}

/** The signature to show: the default one, else the first that is not TensorFlow's own. */
export function chooseSignature(signatures: ReadonlyMap<string, Signature>): Signature | null {
  const other = [...signatures].find(([name]) => name !== INIT_SIGNATURE)?.[1];
  return signatures.get(DEFAULT_SIGNATURE) ?? other ?? null;
}

/** MetaGraphDef: 1 meta_info_def, 2 graph_def, 5 signature_def. */
function readMetaGraph(
  walker: ProtoWalker,
  field: ProtoField,
  graph: SavedModelGraph,
): Promise<void> {
  return walker.message(field, async (part) => {
    if (part.number === 1) await readMetaInfo(walker, part, graph.producer);
    else if (part.number === 2) await readGraphDef(walker, part, graph.operators);
    else if (part.number === 5) await readSignatureEntry(walker, part, graph.signatures);
  });
}

/** MetaInfoDef: 4 tags, 5 tensorflow_version, 6 tensorflow_git_version. */
async function readMetaInfo(
  walker: ProtoWalker,
  field: ProtoField,
  producer: Map<string, string>,
): Promise<void> {
  const tags: string[] = [];
  const text = async (part: ProtoField) =>
    plainText(await walker.text(part, MAX_NAME_BYTES), MAX_TEXT_CHARS);
  await walker.message(field, async (part) => {
    if (part.number === 4 && tags.length < MAX_DIMENSIONS) tags.push(await text(part));
    else if (part.number === 5) producer.set("tensorflow_version", await text(part));
    else if (part.number === 6) producer.set("tensorflow_git_version", await text(part));
  });
  if (tags.length > 0) producer.set("saved_model_tags", tags.join(", "));
}

/** GraphDef: 1 node, 2 library { 1 function { 3 node_def } }. */
function readGraphDef(
  walker: ProtoWalker,
  field: ProtoField,
  operators: Set<string>,
): Promise<void> {
  return walker.message(field, async (part) => {
    if (part.number === 1) await readNodeDef(walker, part, operators);
    else if (part.number === 2) {
      await walker.message(part, async (library) => {
        if (library.number !== 1) return;
        await walker.message(library, async (inner) => {
          if (inner.number === 3) await readNodeDef(walker, inner, operators);
        });
      });
    }
  });
}

/** NodeDef: 2 op. */
function readNodeDef(
  walker: ProtoWalker,
  field: ProtoField,
  operators: Set<string>,
): Promise<void> {
  return walker.message(field, async (part) => {
    if (part.number !== 2 || part.wireType !== LEN) return;
    operators.add(await walker.text(part, MAX_NAME_BYTES));
    if (operators.size > MAX_OPERATORS) {
      walker.reader.fail(`it uses more than ${MAX_OPERATORS} operators`);
    }
  });
}

/** An entry of map<string, SignatureDef>: 1 key, 2 value { 1 inputs, 2 outputs }. */
async function readSignatureEntry(
  walker: ProtoWalker,
  field: ProtoField,
  into: Map<string, Signature>,
): Promise<void> {
  if (into.size >= MAX_SIGNATURES)
    walker.reader.fail(`it has more than ${MAX_SIGNATURES} signatures`);
  let name = "";
  const signature: Signature = { inputs: [], outputs: [] };
  await walker.message(field, async (part) => {
    if (part.number === 1) name = await walker.text(part, MAX_NAME_BYTES);
    else if (part.number === 2) {
      await walker.message(part, async (side) => {
        if (side.number === 1) await readEnd(walker, side, signature.inputs);
        else if (side.number === 2) await readEnd(walker, side, signature.outputs);
      });
    }
  });
  // The order of a protobuf map means nothing: sorted, two saves of one model say the same.
  signature.inputs.sort(byName);
  signature.outputs.sort(byName);
  into.set(name, signature);
}

function byName(a: SignatureTensor, b: SignatureTensor): number {
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}

/** An entry of map<string, TensorInfo>: 1 key, 2 value { 2 dtype, 3 tensor_shape }. */
async function readEnd(
  walker: ProtoWalker,
  field: ProtoField,
  into: SignatureTensor[],
): Promise<void> {
  if (into.length >= MAX_SIGNATURE_TENSORS) {
    walker.reader.fail(`a signature has more than ${MAX_SIGNATURE_TENSORS} inputs or outputs`);
  }
  const end: SignatureTensor = { name: "", dtype: "UNKNOWN", shape: null };
  await walker.message(field, async (part) => {
    if (part.number === 1) {
      end.name = plainText(await walker.text(part, MAX_NAME_BYTES), MAX_TEXT_CHARS);
    } else if (part.number === 2) {
      await walker.message(part, async (info) => {
        if (info.number === 2) end.dtype = tfDtype(await walker.smallInt(info));
        else if (info.number === 3) end.shape = await readShape(walker, info);
      });
    }
  });
  into.push(end);
}

/** TensorShapeProto: 2 dim { 1 size }, 3 unknown_rank; a size of -1 is open. */
async function readShape(walker: ProtoWalker, field: ProtoField): Promise<Shape | null> {
  const into: Shape = [];
  let isKnown = true;
  await walker.message(field, async (part) => {
    if (part.number === 3) isKnown = (await walker.int(part)) === 0n;
    if (part.number !== 2) return;
    if (into.length >= MAX_DIMENSIONS) walker.reader.fail("a signature has too many dimensions");
    let size = 0;
    await walker.message(part, async (dim) => {
      if (dim.number === 1) size = Number(await walker.int(dim));
    });
    into.push(size < 0 ? null : size);
  });
  return isKnown ? into : null;
}
