/**
 * `MLmodel`, the YAML file at the top of a model that MLflow has saved (mlflow.org/docs/latest/ml/model): its flavours, its
 * signature and what it needs. Texts only: nothing of it is loaded, and no loader that it names is looked at.
 */
import { isMap, parseDocument } from "yaml";
import type { Framework } from "#lib/wire/frameworks.ts";
import { type Json, JsonProblem, parseStrictJson } from "./bytes/strict-json.ts";
import { plainText } from "./bytes/window-reader.ts";
import type { Signature, SignatureTensor, SourceFile } from "./contract.ts";

/** A signature of 10,000 columns takes a megabyte. */
const MAX_BYTES = 2 * 1024 * 1024;
/** What a file lists of packages; more are of an environment that somebody froze. */
const MAX_REQUIREMENTS_BYTES = 64 * 1024;
const MAX_REQUIREMENTS = 200;
const MAX_TENSORS = 1_000;
const MAX_FLAVORS = 50;
const MAX_DIMENSIONS = 64;
const MAX_TEXT_CHARS = 200;
const MAX_LIST_CHARS = 4_000;
const MAX_JSON_DEPTH = 16;
/** The parser's time grows with the square of the depth; MLflow's own is four deep. */
const DEEP_NESTING = /(?:[[{]\s*){16}|(?:[-?:][ \t]+){16}/;

export type MlmodelFacts = {
  /** For the version's producer, each with `mlflow.` before it. */
  producer: Record<string, string>;
  signature: Signature | null;
  /** null where no flavour tells of a framework. */
  framework: Framework | null;
};

const NOTHING: MlmodelFacts = { producer: {}, signature: null, framework: null };

/** Which framework's loader a flavour means; `python_function` is of all of them. */
const FRAMEWORK_OF: Readonly<Record<string, Framework>> = {
  sklearn: "sklearn",
  pytorch: "pytorch",
  tensorflow: "tensorflow",
  keras: "keras",
  onnx: "onnx",
};

/** Never throws: a file of that name that cannot be read says nothing. */
export async function readMlmodel(files: readonly SourceFile[]): Promise<MlmodelFacts> {
  const text = await readText(files, "MLmodel", MAX_BYTES);
  if (text === null) return NOTHING;
  const facts = parseMlmodel(text);
  const requirements = await readText(files, "requirements.txt", MAX_REQUIREMENTS_BYTES);
  if (facts === NOTHING || requirements === null) return facts;
  const needed = listRequirements(requirements);
  if (needed === "") return facts;
  return { ...facts, producer: { ...facts.producer, "mlflow.requirements": needed } };
}

export function parseMlmodel(text: string): MlmodelFacts {
  const data = parseYaml(text);
  const flavors = isObject(data?.flavors) ? data.flavors : null;
  if (data === null || flavors === null) return NOTHING;
  const names = Object.keys(flavors).slice(0, MAX_FLAVORS).sort();
  const producer: Record<string, string> = {
    "mlflow.flavors": plainText(names.join(", "), MAX_LIST_CHARS),
  };
  const note = (name: string, value: unknown) => {
    if (typeof value === "string" && value !== "" && value !== "null")
      producer[`mlflow.${name}`] = plainText(value, MAX_TEXT_CHARS);
  };
  note("version", data.mlflow_version);
  note("model_id", data.model_id);
  note("run_id", data.run_id);
  note("created_at", data.utc_time_created);
  for (const name of names) {
    const flavor = (flavors as Record<string, unknown>)[name];
    if (!isObject(flavor)) continue;
    note(`${name}_version`, flavor[`${name}_version`]);
    note(`${name}.serialization_format`, flavor.serialization_format);
    if (name === "python_function") {
      note("loader_module", flavor.loader_module);
      note("python_version", flavor.python_version);
    }
  }
  const known = names.flatMap((name) =>
    Object.hasOwn(FRAMEWORK_OF, name) ? [FRAMEWORK_OF[name] as Framework] : [],
  );
  return { producer, signature: signatureOf(data.signature), framework: known[0] ?? null };
}

type Yaml = Record<string, unknown>;

function parseYaml(text: string): Yaml | null {
  if (text.length > MAX_BYTES || DEEP_NESTING.test(text)) return null;
  try {
    // The failsafe schema knows strings only, and an alias could stand for a billion of them.
    const document = parseDocument(text, { schema: "failsafe", logLevel: "silent", merge: false });
    if (document.errors.length > 0 || !isMap(document.contents)) return null;
    return document.toJS({ maxAliasCount: 0 }) as Yaml;
  } catch {
    return null;
  }
}

function isObject(value: unknown): value is Yaml {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Inputs and outputs are JSON inside the YAML. */
function signatureOf(value: unknown): Signature | null {
  if (!isObject(value)) return null;
  const inputs = tensorsOf(value.inputs);
  const outputs = tensorsOf(value.outputs);
  return inputs.length + outputs.length === 0 ? null : { inputs, outputs };
}

function tensorsOf(text: unknown): SignatureTensor[] {
  if (typeof text !== "string" || text === "null") return [];
  try {
    const list = parseStrictJson(text, MAX_JSON_DEPTH);
    if (!Array.isArray(list)) return [];
    return list.slice(0, MAX_TENSORS).flatMap((item, place) => tensorOf(item, place));
  } catch (error) {
    if (error instanceof JsonProblem) return [];
    throw error;
  }
}

/** `{type: "tensor", "tensor-spec": {dtype, shape}}`, or a column `{type: "double", name}`. */
function tensorOf(item: Json, place: number): SignatureTensor[] {
  if (!(item instanceof Map)) return [];
  const text = (value: unknown, otherwise: string) =>
    typeof value === "string" ? plainText(value, MAX_TEXT_CHARS) : otherwise;
  const name = text(item.get("name"), String(place));
  const spec = item.get("tensor-spec");
  if (!(spec instanceof Map))
    return [{ name, dtype: text(item.get("type"), "unknown"), shape: [] }];
  const shape = spec.get("shape");
  return [
    {
      name,
      dtype: text(spec.get("dtype"), "unknown"),
      shape: Array.isArray(shape) ? shape.slice(0, MAX_DIMENSIONS).map(dimensionOf) : [],
    },
  ];
}

/** Negative is open. */
function dimensionOf(value: Json): number | null {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0 ? value : null;
}

function listRequirements(text: string): string {
  const lines = text
    .split(/\r?\n/)
    .map((line) => line.replace(/(^|\s)#.*$/, "").trim())
    // An option may name a server, with a password.
    .filter((line) => line !== "" && !line.startsWith("-") && !line.includes("://"));
  return plainText(lines.slice(0, MAX_REQUIREMENTS).join(", "), MAX_LIST_CHARS);
}

async function readText(
  files: readonly SourceFile[],
  path: string,
  maxBytes: number,
): Promise<string | null> {
  const source = files.find((file) => file.path === path)?.source;
  if (source === undefined || source.sizeBytes === 0 || source.sizeBytes > maxBytes) return null;
  const bytes = await source.read(0, source.sizeBytes);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}
