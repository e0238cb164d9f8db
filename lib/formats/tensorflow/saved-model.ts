/**
 * TensorFlow SavedModel (tensorflow.org/guide/saved_model): a folder with saved_model.pb,
 * variables/variables.index and variables/variables.data-*.
 */

import { LEN, type ProtoField, ProtoWalker, VARINT } from "../bytes/protobuf.ts";
import { plainText, WindowReader } from "../bytes/window-reader.ts";
import type { ByteSource, SourceFile, TensorFact } from "../contract.ts";
import type { FormatFacts } from "../format-facts.ts";
import { chooseSignature, readSavedModelGraph } from "./saved-model-graph.ts";
import { readTensorBundle } from "./tensor-bundle.ts";
import { countVariables, groupVariables } from "./tensorflow-variables.ts";

const KIND = "TensorFlow SavedModel";
const VARIABLE_FILE = /^(?:index|data-\d{5}-of-\d{5})$/;

/** By bytes: schema version 1, then a meta graph that begins as one. */
export async function isSavedModel(head: Uint8Array, source: ByteSource): Promise<boolean> {
  if (head[0] !== 0x08 || head[1] !== 0x01 || head[2] !== 0x12) return false;
  const walker = new ProtoWalker(new WindowReader({ path: "", source }, KIND));
  let isPlausible = true;
  let metaGraph: ProtoField | undefined;
  try {
    await walker.walk(0, source.sizeBytes, (field) => {
      const { number, wireType } = field;
      isPlausible &&= (number === 1 && wireType === VARINT) || (number === 2 && wireType === LEN);
      if (number === 2) metaGraph ??= field;
    });
  } catch {
    // Cut short: its beginning was right, and the reader will say that the rest is missing.
  }
  return isPlausible && beginsMetaGraph(head, metaGraph);
}

/** A meta graph is made of submessages 1 to 7. */
function beginsMetaGraph(head: Uint8Array, metaGraph: ProtoField | undefined): boolean {
  let at = 3;
  while (at < 13 && (head[at] ?? 0) >= 0x80) at += 1;
  const tag = head[metaGraph?.start ?? at + 1];
  return tag !== undefined && (tag & 7) === LEN && tag >> 3 >= 1 && tag >> 3 <= 7;
}

/**
 * `file` is saved_model.pb, `siblings` the other files of the version.
 * Throws `invalid_model_file` when a part is damaged or missing.
 */
export async function readSavedModel(
  file: SourceFile,
  siblings: ReadonlyMap<string, ByteSource>,
): Promise<FormatFacts> {
  const reader = new WindowReader(file, KIND);
  const walker = new ProtoWalker(reader);
  const graph = await readSavedModelGraph(walker, reader.sizeBytes);
  const tensors = groupVariables(await readVariables(reader, siblings, graph.operators));
  return {
    format: "saved-model",
    framework: "tensorflow",
    parameters: countVariables(tensors),
    tensors,
    producer: Object.fromEntries(graph.producer),
    signature: chooseSignature(graph.signatures),
    parts: variableFiles(file.path, siblings),
    findings: [],
  };
}

/** The folder that saved_model.pb is in, with its final slash; empty at the top. */
export function savedModelFolder(path: string): string {
  return path.slice(0, path.lastIndexOf("/") + 1);
}

/** TensorFlow writes them for a model without variables too, with nothing but its object graph inside. */
function variableFiles(path: string, siblings: ReadonlyMap<string, ByteSource>): string[] {
  const prefix = `${savedModelFolder(path)}variables/variables.`;
  return [...siblings.keys()].filter(
    (name) => name.startsWith(prefix) && VARIABLE_FILE.test(name.slice(prefix.length)),
  );
}

async function readVariables(
  reader: WindowReader,
  siblings: ReadonlyMap<string, ByteSource>,
  operators: ReadonlySet<string>,
): Promise<TensorFact[]> {
  const path = `${savedModelFolder(reader.path)}variables/variables.index`;
  const source = siblings.get(path);
  if (source) return readTensorBundle({ path, source }, siblings);
  // A frozen model keeps its weights as constants, so that only one with variables needs the folder.
  if (operators.has("VarHandleOp") || operators.has("VariableV2")) {
    reader.fail(`its variables are in ${plainText(path, 200)}, which must be uploaded with it`);
  }
  return [];
}
