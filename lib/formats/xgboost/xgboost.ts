/**
 * XGBoost models (xgboost.readthedocs.io, "Introduction to Model IO"): one document as UBJSON, the default since 2.1,
 * or as JSON. Trees are no tensors: the facts are who wrote the model and what it predicts.
 */

import { plainText, WindowReader } from "../bytes/window-reader.ts";
import type { SourceFile } from "../contract.ts";
import type { FormatFacts } from "../format-facts.ts";
import { UbjsonWalker } from "./ubjson.ts";

const KIND = "XGBoost model";
/** The keys of the document are sorted, and this one is the first: after `{`, the width and the bytes of its length. */
const FIRST_KEY = "learner{";
const FIRST_KEY_OFFSETS: Readonly<Record<string, number>> = { i: 3, U: 3, I: 4, l: 6, L: 10 };
const JSON_START =
  /^\s*\{\s*"learner"\s*:\s*\{\s*"(?:attributes|feature_names|gradient_booster|learner_model_param)"/;
/** The version is the last key of the document. */
const JSON_END = /"version"\s*:\s*\[\s*(\d{1,4})\s*,\s*(\d{1,4})\s*,\s*(\d{1,4})\s*\]\s*\}\s*$/;
const TAIL_BYTES = 64 * 1024;
const MAX_FACT_CHARS = 200;

const FACTS: ReadonlyMap<string, string> = new Map([
  ["learner.gradient_booster.name", "xgboost_booster"],
  ["learner.objective.name", "xgboost_objective"],
  ["learner.gradient_booster.model.gbtree_model_param.num_trees", "xgboost_trees"],
  ["learner.learner_model_param.num_feature", "xgboost_features"],
]);

export function isXgboost(head: Uint8Array): boolean {
  const text = Buffer.from(head.buffer, head.byteOffset, head.length).toString("latin1");
  return isBinary(text) || JSON_START.test(text);
}

function isBinary(text: string): boolean {
  const offset = FIRST_KEY_OFFSETS[text[1] ?? ""];
  return text[0] === "{" && offset !== undefined && text.startsWith(FIRST_KEY, offset);
}

/** Throws `invalid_model_file` for a document that does not end where the file does. */
export async function readXgboost(file: SourceFile): Promise<FormatFacts> {
  const reader = new WindowReader(file, KIND);
  const head = await file.source.read(0, Math.min(32, file.source.sizeBytes));
  const isUbjson = isBinary(Buffer.from(head).toString("latin1"));
  return {
    format: "xgboost",
    framework: "other",
    parameters: null,
    tensors: [],
    producer: {
      producer_name: "xgboost",
      ...(isUbjson ? await readBinary(reader) : await readText(reader)),
    },
    signature: null,
    findings: [],
  };
}

async function readBinary(reader: WindowReader): Promise<Record<string, string>> {
  const facts: Record<string, string> = {};
  const version: number[] = [];
  await new UbjsonWalker(reader, (path, value) => {
    if (path.length === 1 && path[0] === "version") version.push(Number(value));
    else if (path.length <= 5) {
      const name = FACTS.get(path.join("."));
      if (name) facts[name] = plainText(String(value), MAX_FACT_CHARS);
    }
  }).walk();
  if (version.length !== 3) reader.fail("it has no version");
  return { xgboost_version: version.join("."), ...facts };
}

/** A forest's JSON may take gigabytes, and its writer puts NaN and Infinity into it: only its end is looked at. */
async function readText(reader: WindowReader): Promise<Record<string, string>> {
  const length = Math.min(TAIL_BYTES, reader.sizeBytes);
  const tail = Buffer.from(await reader.bytes(reader.sizeBytes - length, length)).toString(
    "latin1",
  );
  const [, ...version] = JSON_END.exec(tail) ?? reader.fail("it ends without its version");
  const booster = /"name"\s*:\s*"(gbtree|gblinear|dart)"/.exec(tail)?.[1];
  const objective = /"objective"\s*:\s*\{[^}]*"name"\s*:\s*"([\w:]{1,100})"/.exec(tail)?.[1];
  const features = /"num_feature"\s*:\s*"(\d{1,15})"/.exec(tail)?.[1];
  return {
    xgboost_version: version.join("."),
    ...(booster && { xgboost_booster: booster }),
    ...(objective && { xgboost_objective: objective }),
    ...(features && { xgboost_features: features }),
  };
}
