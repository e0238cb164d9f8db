/**
 * HDF5 (support.hdfgroup.org, file format specification): its tensors, and the texts that Keras writes into it, for
 * which the whole file is searched.
 */

import { plainText } from "../bytes/window-reader.ts";
import type { Finding, SourceFile } from "../contract.ts";
import type { FormatFacts } from "../format-facts.ts";
import { superblockOffset } from "./hdf5-bytes.ts";
import { readRootTexts } from "./hdf5-tensors.ts";
import { kerasTextFindings } from "./keras-config.ts";
import { kerasSignature } from "./keras-signature.ts";
import { readKerasWeights } from "./keras-weights.ts";

const CHUNK_BYTES = 4 * 1024 * 1024;
/** Longer than any marker, so that none is missed where two chunks meet. */
const OVERLAP_BYTES = 64;
/** Two seconds of reading; a larger file is called unscannable, not clean. */
const MAX_SEARCH_BYTES = 4 * 1024 * 1024 * 1024;

/** The graph of a large model takes some megabytes of JSON. */
const MAX_CONFIG_BYTES = 16 * 1024 * 1024;
const MAX_FACT_CHARS = 200;
const CONFIG = "model_config";
/** Attribute of the root -> what the fact is called. */
const FACTS: ReadonlyMap<string, string> = new Map([
  ["keras_version", "keras_version"],
  ["backend", "keras_backend"],
]);

export function isHdf5(head: Uint8Array): boolean {
  return superblockOffset(head) !== null;
}

/** Keras keeps the model's JSON in attributes, which HDF5 never compresses: a search finds it. */
export async function readHdf5(file: SourceFile): Promise<FormatFacts> {
  const weights = await readKerasWeights(file.path, file.source);
  let { isKeras } = weights;
  const found = new Map<string, Finding>();
  let hasHiddenText = false;
  const { sizeBytes } = file.source;
  const end = Math.min(sizeBytes, MAX_SEARCH_BYTES);
  for (let at = 0; at < end; at += CHUNK_BYTES) {
    const bytes = Buffer.from(await file.source.read(at, CHUNK_BYTES + OVERLAP_BYTES));
    isKeras ||= ["model_config", "keras_version"].some((name) => bytes.includes(name));
    // Only the name is searched for: the text around it may lie in the chunk before.
    if (
      [
        '"Lambda"',
        "__lambda__",
        '"class_name"',
        '"module"',
        '"vocab',
        '"merges"',
        '"filepath"',
      ].some((name) => bytes.includes(name))
    ) {
      const text = bytes.toString("latin1").replaceAll('"Lambda"', '"__lambda__"');
      for (const finding of kerasTextFindings(text, file.path)) found.set(finding.code, finding);
    }
    // Writers escape only what is not ASCII: an escaped letter is there to be overlooked.
    hasHiddenText ||=
      bytes.includes("\\u00") && /\\u00[4-7][0-9a-fA-F]/.test(bytes.toString("latin1"));
  }
  const names = [CONFIG, ...FACTS.keys()];
  const texts = isKeras
    ? await readRootTexts(file.path, file.source, names, MAX_CONFIG_BYTES)
    : new Map<string, string>();
  const producer: Record<string, string> = {};
  for (const [name, fact] of FACTS) {
    const text = texts.get(name);
    if (text) producer[fact] = plainText(text, MAX_FACT_CHARS);
  }
  const findings = [...weights.findings, ...found.values()];
  const add = (severity: Finding["severity"], code: string, detail: string) =>
    findings.push({ severity, code, detail, file: file.path });
  if (hasHiddenText) {
    add(
      "suspicious",
      "keras_hidden_text",
      "The file spells plain letters as escapes, which hides names",
    );
  }
  if (sizeBytes > MAX_SEARCH_BYTES) {
    add(
      "unscannable",
      "hdf5_too_large",
      "The HDF5 file is too large to be looked through for code",
    );
  }
  return {
    format: "hdf5",
    framework: isKeras ? "keras" : "other",
    parameters: isKeras ? weights.parameters : null,
    tensors: weights.tensors,
    producer,
    signature: kerasSignature(texts.get(CONFIG) ?? ""),
    findings,
  };
}
