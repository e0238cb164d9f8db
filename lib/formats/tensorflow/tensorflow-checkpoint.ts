/**
 * TensorFlow checkpoints by themselves (tensorflow.org/guide/checkpoint): `<prefix>.index` with its data shards, and
 * `<prefix>.meta`, the graph that TensorFlow 1 writes beside them.
 */

import { LEN, ProtoWalker } from "../bytes/protobuf.ts";
import { WindowReader } from "../bytes/window-reader.ts";
import type { ByteSource, Finding, SourceFile } from "../contract.ts";
import type { FormatFacts } from "../format-facts.ts";
import { readMetaGraphFile } from "./saved-model-graph.ts";
import { isSstable } from "./sstable.ts";
import { readTensorBundle } from "./tensor-bundle.ts";
import { countVariables, groupVariables } from "./tensorflow-variables.ts";

const KIND = "TensorFlow checkpoint";
const SHARD = /^\.data-\d{5}-of-\d{5}$/;
const SAVED_MODEL_INDEX = /^(.*\/)?variables\/variables\.index$/;
/** A node's operator is a word: `VariableV2`, `_Send`, `Addons>Norm`. */
const OPERATOR = /^[A-Z_][A-Za-z0-9_>]*$/;

export function isCheckpointIndex(_head: Uint8Array, source: ByteSource): Promise<boolean> {
  return isSstable(new WindowReader({ path: "", source }, KIND));
}

/** Throws `invalid_model_file` for a damaged index, and when some of its shards are missing or cut short. */
export async function readCheckpointIndex(
  file: SourceFile,
  siblings: ReadonlyMap<string, ByteSource>,
): Promise<FormatFacts> {
  const folder = SAVED_MODEL_INDEX.exec(file.path);
  // The index of a SavedModel, whose saved_model.pb says what is in it.
  if (folder && siblings.has(`${folder[1] ?? ""}saved_model.pb`)) return facts("saved-model", {});
  const prefix = file.path.replace(/\.index$/, "");
  const parts = [...siblings.keys()].filter(
    (path) => path.startsWith(prefix) && SHARD.test(path.slice(prefix.length)),
  );
  if (parts.length === 0) {
    const detail = "The checkpoint's index is there without the files that hold its values";
    const finding = { severity: "info", code: "checkpoint_without_data", detail } as const;
    return facts("tf-checkpoint", { findings: [{ ...finding, file: file.path }] });
  }
  const tensors = groupVariables(await readTensorBundle(file, siblings));
  return facts("tf-checkpoint", { tensors, parameters: countVariables(tensors), parts });
}

/** By bytes: one description of the graph, one graph, and a first node that has a name and an operator. */
export async function isMetaGraph(head: Uint8Array, source: ByteSource): Promise<boolean> {
  if (head[0] !== 0x0a) return false;
  const walker = new ProtoWalker(new WindowReader({ path: "", source }, KIND));
  const seen = [0, 0, 0];
  let hasNode = false;
  try {
    await walker.walk(0, source.sizeBytes, async (field) => {
      if (field.number > 7 || field.wireType !== LEN) throw new Error("no graph");
      if (field.number > 2) return;
      seen[field.number] = (seen[field.number] ?? 0) + 1;
      if (seen[field.number] !== 1) throw new Error("no graph");
      if (field.number === 2) hasNode = await beginsWithNode(walker, field.start, field.end);
    });
  } catch {
    // Cut short: a tolerant loader might still run the graph that was seen.
  }
  return hasNode && seen[1] === 1 && seen[2] === 1;
}

/** GraphDef: 1 node { 1 name, 2 op }. */
async function beginsWithNode(walker: ProtoWalker, start: number, end: number): Promise<boolean> {
  let operator: string | null = null;
  await walker.walk(start, end, async (field) => {
    if (operator !== null || field.number !== 1) return;
    operator = "";
    await walker.message(field, async (part) => {
      if (part.number === 2) operator = await walker.text(part, 200);
    });
  });
  return operator !== null && OPERATOR.test(operator);
}

/** Throws `invalid_model_file`. */
export async function readMetaGraph(file: SourceFile): Promise<FormatFacts> {
  const reader = new WindowReader(file, KIND);
  const graph = await readMetaGraphFile(new ProtoWalker(reader), reader.sizeBytes);
  return facts("tf-checkpoint", {
    producer: Object.fromEntries(graph.producer),
  });
}

type Parts = Partial<Pick<FormatFacts, "tensors" | "parameters" | "producer" | "parts">> & {
  findings?: Finding[];
};

function facts(format: FormatFacts["format"], parts: Parts): FormatFacts {
  return {
    format,
    framework: "tensorflow",
    parameters: null,
    tensors: [],
    producer: {},
    signature: null,
    findings: [],
    ...parts,
  };
}
