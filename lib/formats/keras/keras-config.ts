/**
 * What a Keras 3 model's config.json would run when it is loaded (keras.io, serialization): it names
 * classes and functions by module, and a Lambda layer carries Python bytecode.
 */

import { type Json, JsonProblem, parseStrictJson } from "../bytes/strict-json.ts";
import { plainText } from "../bytes/window-reader.ts";
import type { Finding } from "../contract.ts";

/** Nested models of nested layers of serialized objects stay below. */
const MAX_DEPTH = 200;
const MAX_FINDINGS = 50;
const LAMBDA = {
  severity: "malicious",
  code: "keras_lambda",
  detail: "The Keras model has a Lambda layer, which carries Python code",
} as const;

/**
 * Where what a model is made of lives. Elsewhere in Keras there are functions that fetch, load and write files, and
 * callbacks that talk to other machines.
 */
const TRUSTED_MODULE =
  /^(?:keras|keras_hub|keras_cv|keras_nlp|tf_keras|tensorflow\.(?:python\.)?keras)(?:\.(?:api|src|engine|_tf_keras|legacy|v[12]))*(?:\.(?:layers|models?|initializers|regularizers|constraints|activations|losses|metrics|optimizers|dtype_policies|mixed_precision|quantizers|ops|random|backend|applications|tokenizers|preprocessing|samplers|bounding_box|feature_column|training|sequential|functional|input_layer|base_layer|trainers|tree)(?:\.[\w.]*)?)?$/;
/** Keras writes `builtins` for functions that it looks up in its own tables. */
const BUILTIN_CLASSES: ReadonlySet<string> = new Set(["function", "dict", "list", "tuple"]);
/** Keras before 3.9 looks a function that is not in its tables up in Python's own `builtins`. */
const BUILTIN_EXECUTOR =
  /^(?:eval|exec|compile|open|input|getattr|setattr|delattr|__\w+__|globals|locals|vars|breakpoint|help|exit|quit)$/;
/** Names in trusted modules that read the network, files or other code. */
const DANGEROUS_NAME =
  /^(?:get_file|load_model|load_weights|model_from_json|deserialize|enable_unsafe_deserialization|__lambda__|TFSMLayer|TorchModuleWrapper|JaxLayer|FlaxLayer)$/;
/** Settings of layers and tokenizers: by words or numbers they are fine, by a path they are read from the machine or the network. */
const PATH_SETTINGS = [
  "vocabulary",
  "vocabulary_file",
  "vocab_file",
  "merges",
  "idf_weights",
  "filepath",
];
const EXECUTOR_MODULE =
  /^(?:os|posix|nt|subprocess|sys|builtins|importlib|shutil|socket|pickle|marshal|ctypes|runpy|code|types)(?:\.|$)/;

/** A Lambda layer in a text that is not JSON as a whole: an HDF5 file's bytes, a protobuf. */
const LAMBDA_TEXT = /"class_name"\s*:\s*"Lambda"|"__lambda__"/;
const PATH_TEXT = new RegExp(`"(?:${PATH_SETTINGS.join("|")})"\\s{0,64}:\\s{0,64}"`);
const OBJECT_TEXT =
  /"(?:TFSMLayer|TorchModuleWrapper|JaxLayer|FlaxLayer|get_file|enable_unsafe_deserialization)"|"module"\s*:\s*"(?:os|posix|nt|subprocess|sys|importlib|shutil|socket|pickle|marshal|ctypes|runpy|code)[".]/;

/** The findings in such a text. Letters that are written as their numbers are read as letters. */
export function kerasTextFindings(text: string, file: string): Finding[] {
  const plain = text.replace(/\\u00([2-7][\da-f])/gi, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  const findings: Finding[] = [];
  if (LAMBDA_TEXT.test(plain)) findings.push({ ...LAMBDA, file });
  if (OBJECT_TEXT.test(plain)) {
    const detail = "The Keras model loads an object that reaches beyond the model";
    findings.push({ severity: "malicious", code: "keras_object", detail, file });
  }
  if (PATH_TEXT.test(plain)) {
    const detail = "A layer of the Keras model reads a file that it names";
    findings.push({ severity: "suspicious", code: "keras_file", detail, file });
  }
  return findings;
}

/** The findings in one JSON text; one that is not valid JSON is itself a finding. */
export function kerasFindings(text: string, file: string): Finding[] {
  const findings: Finding[] = [];
  try {
    visit(parseStrictJson(text, MAX_DEPTH), file, findings);
  } catch (error) {
    if (!(error instanceof JsonProblem)) throw error;
    findings.push({
      severity: "unscannable",
      code: "keras_config",
      detail: plainText(`The Keras configuration is not valid JSON: ${error.message}`, 300),
      file,
    });
  }
  return findings;
}

function visit(value: Json, file: string, findings: Finding[]): void {
  if (Array.isArray(value)) for (const item of value) visit(item, file, findings);
  if (!(value instanceof Map)) return;
  const finding = judge(value, file);
  const isNew = !findings.some(({ detail }) => detail === finding?.detail);
  if (finding && isNew && findings.length < MAX_FINDINGS) findings.push(finding);
  for (const item of value.values()) visit(item, file, findings);
}

function judge(object: ReadonlyMap<string, Json>, file: string): Finding | null {
  const className = object.get("class_name");
  const module = object.get("module");
  if (typeof className !== "string") return null;
  const shown = plainText(className, 100);
  if (className === "Lambda" || className === "__lambda__") return { ...LAMBDA, file };
  const called = object.get("config");
  const names = [className, ...(typeof called === "string" ? [called] : [])];
  if (names.some((name) => DANGEROUS_NAME.test(name))) {
    const detail = `The Keras model loads ${shown}, which reaches beyond the model`;
    return { severity: "malicious", code: "keras_object", detail, file };
  }
  const path = called instanceof Map ? pathIn(called) : null;
  if (path !== null) {
    const detail = `The layer ${shown} reads a file that it names: ${plainText(path, 120)}`;
    return { severity: "suspicious", code: "keras_file", detail, file };
  }
  if (typeof module !== "string" || TRUSTED_MODULE.test(module)) return custom(object, shown, file);
  const isOwnTable = module === "builtins" && BUILTIN_CLASSES.has(className);
  if (isOwnTable && !names.some((name) => BUILTIN_EXECUTOR.test(name))) return null;
  const isExecutor = EXECUTOR_MODULE.test(module);
  return {
    severity: isExecutor ? "malicious" : "suspicious",
    code: "keras_object",
    detail: `The Keras model loads ${plainText(module, 100)}.${shown}, which is not part of Keras`,
    file,
  };
}

function pathIn(config: ReadonlyMap<string, Json>): string | null {
  const values = PATH_SETTINGS.map((name) => config.get(name));
  return values.find((value): value is string => typeof value === "string") ?? null;
}

/** `registered_name` "package>Class" is code that the model's author registered. */
function custom(object: ReadonlyMap<string, Json>, shown: string, file: string): Finding | null {
  const registered = object.get("registered_name");
  if (typeof registered !== "string" || !registered.includes(">")) return null;
  if (/^keras[a-z_]*>/.test(registered)) return null;
  const detail = `The Keras model needs the custom class ${shown}, code that is not in the file`;
  return { severity: "suspicious", code: "keras_custom_object", detail, file };
}
