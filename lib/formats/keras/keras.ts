/**
 * Keras 3 models (keras.io, "Save, serialize, and export models"): a zip of config.json, metadata.json and
 * model.weights.h5.
 */

import { isZip, openZip, readMember, storedMember, type ZipArchive } from "../archives/zip.ts";
import { memorySource } from "../bytes/byte-source.ts";
import { JsonProblem, parseStrictJson } from "../bytes/strict-json.ts";
import { invalidFile, plainText } from "../bytes/window-reader.ts";
import type { ByteSource, Finding, SourceFile } from "../contract.ts";
import type { FormatFacts } from "../format-facts.ts";
import { kerasFindings } from "./keras-config.ts";
import { kerasSignature } from "./keras-signature.ts";
import { type KerasWeights, readKerasWeights } from "./keras-weights.ts";

const KIND = "Keras model";
const CONFIG = "config.json";
const METADATA = "metadata.json";
const WEIGHTS = "model.weights.h5";
/** Keras stores the weights uncompressed; in a zip that somebody packed again they are inflated up to this size. */
const MAX_WEIGHTS_BYTES = 128 * 1024 * 1024;
/** The graph of a large model, layer by layer, takes some megabytes of JSON. */
const MAX_CONFIG_BYTES = 64 * 1024 * 1024;
const MAX_METADATA_BYTES = 64 * 1024;
const MAX_FACT_CHARS = 200;

/** By bytes: a zip that has both JSON members at its top. */
export async function isKeras(head: Uint8Array, source: ByteSource): Promise<boolean> {
  if (!isZip(head)) return false;
  try {
    const { entries } = await openZip(source);
    const names = new Set(entries.map(({ name }) => name));
    return names.has(CONFIG) && names.has(METADATA);
  } catch {
    // Nothing says that a damaged zip is Keras's: the reader that takes it reports the damage.
    return false;
  }
}

/** Throws `invalid_model_file` for a damaged zip or a configuration that is not JSON. */
export async function readKeras(file: SourceFile): Promise<FormatFacts> {
  const zip = await openZip(file.source);
  const config = await readText(file, zip, CONFIG, MAX_CONFIG_BYTES);
  const metadata = await readText(file, zip, METADATA, MAX_METADATA_BYTES);
  const weights = await readWeights(file, zip);
  return {
    format: "keras-v3",
    framework: "keras",
    parameters: weights?.parameters ?? null,
    tensors: weights?.tensors ?? [],
    producer: readProducer(file, metadata),
    signature: kerasSignature(config),
    findings: [
      ...kerasFindings(config, `${file.path}!/${CONFIG}`),
      ...strangers(file, zip),
      ...(weights?.findings ?? []),
    ],
  };
}

/** Null when there are none, or too many to inflate. */
async function readWeights(file: SourceFile, zip: ZipArchive): Promise<KerasWeights | null> {
  const entry = zip.entries.find(({ name }) => name === WEIGHTS);
  if (!entry) return null;
  const stored = await storedMember(zip, entry);
  if (stored) return readKerasWeights(file.path, stored);
  if (entry.sizeBytes > MAX_WEIGHTS_BYTES) return null;
  const bytes = await readMember(zip, entry, MAX_WEIGHTS_BYTES);
  return readKerasWeights(file.path, memorySource(bytes));
}

async function readText(
  file: SourceFile,
  zip: ZipArchive,
  name: string,
  maxBytes: number,
): Promise<string> {
  const entry = zip.entries.find((candidate) => candidate.name === name);
  if (!entry) throw invalidFile(file.path, KIND, `it has no ${name}`);
  return new TextDecoder().decode(await readMember(zip, entry, maxBytes));
}

function readProducer(file: SourceFile, text: string): Record<string, string> {
  try {
    const json = parseStrictJson(text, 8);
    const version = json instanceof Map ? json.get("keras_version") : null;
    const saved = json instanceof Map ? json.get("date_saved") : null;
    return {
      ...(typeof version === "string" && { keras_version: plainText(version, MAX_FACT_CHARS) }),
      ...(typeof saved === "string" && { date_saved: plainText(saved, MAX_FACT_CHARS) }),
    };
  } catch (cause) {
    if (!(cause instanceof JsonProblem)) throw cause;
    throw invalidFile(file.path, KIND, `its ${METADATA} is not JSON (${cause.message})`, cause);
  }
}

/** Keras itself writes the three members and an assets folder; code has no business among them. */
function strangers(file: SourceFile, zip: ZipArchive): Finding[] {
  return zip.entries
    .filter(({ name }) => /\.(?:pkl|pickle|py|pyc|so|dll|npy)$/i.test(name))
    .slice(0, 20)
    .map(({ name }) => ({
      severity: "suspicious" as const,
      code: "keras_member",
      detail: `The Keras model carries the file ${plainText(name, 150)}, which may hold code`,
      file: file.path,
    }));
}
