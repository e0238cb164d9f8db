/**
 * The program of `torch.export.save` as torch/_export/serde/schema.py describes it (`ExportedProgram`): which version of PyTorch
 * wrote it, what it takes and gives, which of its tensors are buffers. Its graph is not looked at.
 */
import { readMember, type ZipArchive } from "../archives/zip.ts";
import type { ZipEntry } from "../archives/zip-directory.ts";
import { type Json, JsonProblem, parseStrictJson } from "../bytes/strict-json.ts";
import { plainText } from "../bytes/window-reader.ts";
import type { Signature, SignatureTensor } from "../contract.ts";
import { MAX_DIMENSIONS } from "../tensor-facts.ts";
import { scalarType } from "./torch-export-tensor.ts";

/** The graph of a large model takes some megabytes; one above this says nothing. */
const MAX_PROGRAM_BYTES = 64 * 1024 * 1024;
const MAX_DEPTH = 64;
/** A model of tables takes some hundred columns. */
const MAX_TENSORS = 1_000;
const MAX_NAME_CHARS = 250;

export type ExportedProgram = {
  /** Null where the program does not say it. */
  torchVersion: string | null;
  signature: Signature | null;
  buffers: ReadonlySet<string>;
};

const NOTHING: ExportedProgram = { torchVersion: null, signature: null, buffers: new Set() };

/** Nothing is said by a program that is too large, or no JSON. Throws `invalid_model_file` for a damaged member. */
export async function readExportedProgram(
  zip: ZipArchive,
  entry: ZipEntry | undefined,
): Promise<ExportedProgram> {
  if (!entry || entry.sizeBytes > MAX_PROGRAM_BYTES) return NOTHING;
  const text = new TextDecoder().decode(await readMember(zip, entry, MAX_PROGRAM_BYTES));
  try {
    return programOf(parseStrictJson(text, MAX_DEPTH));
  } catch (error) {
    if (error instanceof JsonProblem) return NOTHING;
    throw error;
  }
}

function programOf(json: Json): ExportedProgram {
  const version = inside(json, "torch_version");
  const specs = listAt(json, "graph_module.signature.input_specs");
  const names = specs.map((spec) => inside(spec, "buffer.buffer_name"));
  const values = inside(json, "graph_module.graph.tensor_values");
  const ends = (list: readonly Json[], kind: string): SignatureTensor[] =>
    list.slice(0, MAX_TENSORS).flatMap((spec) => endOf(inside(spec, `${kind}.arg`), values) ?? []);
  const inputs = ends(specs, "user_input");
  const outputs = ends(listAt(json, "graph_module.signature.output_specs"), "user_output");
  return {
    torchVersion: typeof version === "string" ? plainText(version, MAX_NAME_CHARS) : null,
    signature: inputs.length + outputs.length === 0 ? null : { inputs, outputs },
    buffers: new Set(names.filter((name) => typeof name === "string")),
  };
}

/** `{as_tensor: {name}}`, or a number, a text, a list: null for what is a constant of the program. */
function endOf(argument: Json, values: Json): SignatureTensor | null {
  const name = inside(argument, "as_tensor.name");
  if (typeof name !== "string") return null;
  const meta = values instanceof Map ? values.get(name) : undefined;
  const sizes = meta instanceof Map ? meta.get("sizes") : undefined;
  return {
    name: plainText(name, MAX_NAME_CHARS),
    dtype: meta instanceof Map ? scalarType(meta.get("dtype")) : "UNKNOWN",
    shape: Array.isArray(sizes) && sizes.length <= MAX_DIMENSIONS ? sizes.map(sizeOf) : null,
  };
}

/** `{as_int: 3}`, or `{as_expr: {expr_str: "s0"}}` for a size that callers choose. */
function sizeOf(size: Json): number | string | null {
  const fixed = inside(size, "as_int");
  if (typeof fixed === "number" && Number.isSafeInteger(fixed) && fixed >= 0) return fixed;
  const name = inside(size, "as_expr.expr_str");
  return typeof name === "string" && name !== "" ? plainText(name, MAX_NAME_CHARS) : null;
}

function listAt(json: Json, path: string): readonly Json[] {
  const list = inside(json, path);
  return Array.isArray(list) ? list : [];
}

function inside(json: Json, path: string): Json {
  return path
    .split(".")
    .reduce<Json>((value, key) => (value instanceof Map ? (value.get(key) ?? null) : null), json);
}
