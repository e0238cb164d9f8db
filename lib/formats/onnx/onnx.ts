/**
 * ONNX models (onnx.proto3, ModelProto): facts by walking the wire format; weights are skipped, so a
 * model over 2 GiB takes as long as its graph.
 */
import { isRegistryError } from "#lib/errors.ts";
import { LEN, type ProtoField, ProtoWalker, VARINT } from "../bytes/protobuf.ts";
import { plainText, WindowReader } from "../bytes/window-reader.ts";
import type { ByteSource, SourceFile } from "../contract.ts";
import type { FormatFacts } from "../format-facts.ts";
import { countParameters, MAX_NAME_BYTES } from "../tensor-facts.ts";
import { addFinding, type OnnxContext, operatorKey } from "./onnx-context.ts";
import { type GraphEnds, readGraph, readNode } from "./onnx-graph.ts";
import { reachOfRuntimeOperator } from "./onnx-runtime-operators.ts";

const KIND = "ONNX model";
/** ir_version was 13 in 2026; a first field above this is some other protobuf. */
const MAX_IR_VERSION = 1000n;
const MAX_METADATA_ENTRIES = 200;
const MAX_METADATA_CHARS = 2000;
const MAX_IMPORTS = 1000;

const GRAPH = 7;
const GRAPH_TAG = (GRAPH << 3) | LEN;

/** ModelProto's fields and their wire types: with no magic number this is what tells ONNX apart. */
const MODEL_FIELDS: ReadonlyMap<number, number> = new Map([
  [1, VARINT],
  [2, LEN],
  [3, LEN],
  [4, LEN],
  [5, VARINT],
  [6, LEN],
  [GRAPH, LEN],
  [8, LEN],
  [14, LEN],
  [20, LEN],
  [25, LEN],
  [26, LEN],
]);

/** Domains whose operators the ONNX standard and its runtime define themselves. */
const KNOWN_DOMAINS: ReadonlySet<string> = new Set([
  "",
  "ai.onnx",
  "ai.onnx.ml",
  "ai.onnx.training",
  "ai.onnx.preview",
  "ai.onnx.preview.training",
  "com.microsoft",
  "com.microsoft.dml",
  "com.microsoft.experimental",
  "com.microsoft.mlfeaturizers",
  "com.microsoft.nchwc",
  "com.ms.internal.nhwc",
]);

/**
 * By bytes: from the first field to the end nothing but fields of ModelProto, a graph among them. A
 * model that is cut inside its graph still counts, so that it can be called truncated.
 */
export async function isOnnx(head: Uint8Array, source: ByteSource): Promise<boolean> {
  if (head[0] === undefined || !MODEL_FIELDS.has(head[0] >> 3)) return false;
  const walker = new ProtoWalker(new WindowReader({ path: "", source }, KIND));
  const seen = new Set<number>();
  let end = 0;
  try {
    await walker.walk(0, source.sizeBytes, async (field) => {
      if (MODEL_FIELDS.get(field.number) !== field.wireType) throw new NotOnnx();
      if (field.number === 1) {
        const version = await walker.int(field);
        if (version < 1n || version > MAX_IR_VERSION) throw new NotOnnx();
      }
      seen.add(field.number);
      end = field.end;
    });
  } catch (error) {
    if (!isRegistryError(error)) return false;
    const next = (await source.read(end, 1))[0];
    return seen.has(1) && (seen.has(GRAPH) || next === GRAPH_TAG);
  }
  return seen.has(1) && seen.has(GRAPH);
}

class NotOnnx extends Error {}

/**
 * `siblings` are the other files of the version, where external weights are looked for.
 * Throws `invalid_model_file` when the model is damaged or a weights file is not among them.
 */
export async function readOnnx(
  file: SourceFile,
  siblings: ReadonlyMap<string, ByteSource>,
): Promise<FormatFacts> {
  const reader = new WindowReader(file, KIND);
  const context: OnnxContext = {
    walker: new ProtoWalker(reader),
    siblings,
    tensors: [],
    missing: new Set(),
    findings: [],
    operators: new Map(),
    ownOperators: new Set(),
  };
  const ends: GraphEnds = { inputs: [], outputs: [] };
  const producer = new Map<string, string>();
  const opsets: string[] = [];
  await context.walker.walk(0, reader.sizeBytes, (field) =>
    readModelField(context, field, { ends, producer, opsets }),
  );
  if (opsets.length > 0) producer.set("opset", opsets.join(", "));
  refuseMissing(context);
  reportCustomDomains(context);
  const initializers = new Set(context.tensors.map((tensor) => tensor.name));
  return {
    format: "onnx",
    framework: "onnx",
    parameters: countParameters(context.tensors),
    tensors: context.tensors,
    producer: Object.fromEntries(producer),
    // Before IR version 4 weights had to be listed among the inputs too; a caller does not feed them.
    signature: {
      inputs: ends.inputs.filter(({ name }) => !initializers.has(name)),
      outputs: ends.outputs,
    },
    findings: context.findings,
  };
}

type Collected = {
  ends: GraphEnds;
  producer: Map<string, string>;
  opsets: string[];
};

async function readModelField(
  context: OnnxContext,
  field: ProtoField,
  into: Collected,
): Promise<void> {
  const { walker } = context;
  const text = async (name: string) => {
    const value = plainText(await walker.text(field, MAX_NAME_BYTES), MAX_METADATA_CHARS);
    if (value !== "") into.producer.set(name, value);
  };
  if (field.number === 1) into.producer.set("ir_version", String(await walker.int(field)));
  else if (field.number === 2) await text("producer_name");
  else if (field.number === 3) await text("producer_version");
  else if (field.number === 4) await text("domain");
  else if (field.number === 5) into.producer.set("model_version", String(await walker.int(field)));
  else if (field.number === GRAPH) await readGraph(context, field, into.ends);
  else if (field.number === 8) await readOpset(context, field, into.opsets);
  else if (field.number === 14) await readMetadata(context, field, into.producer);
  else if (field.number === 20) await readTraining(context, field);
  else if (field.number === 25) await readFunction(context, field);
}

/** OperatorSetIdProto: 1 domain, 2 version. The standard domain is shown by its number alone. */
async function readOpset(context: OnnxContext, field: ProtoField, into: string[]): Promise<void> {
  const { walker } = context;
  if (into.length >= MAX_IMPORTS) walker.reader.fail(`it imports more than ${MAX_IMPORTS} domains`);
  let domain = "";
  let version = 0n;
  await walker.message(field, async (part) => {
    if (part.number === 1) domain = await walker.text(part, MAX_NAME_BYTES);
    else if (part.number === 2) version = await walker.int(part);
  });
  const isStandard = domain === "" || domain === "ai.onnx";
  into.push(isStandard ? String(version) : `${plainText(domain, 100)} ${version}`);
}

/** StringStringEntryProto: 1 key, 2 value. */
async function readMetadata(
  context: OnnxContext,
  field: ProtoField,
  into: Map<string, string>,
): Promise<void> {
  if (into.size >= MAX_METADATA_ENTRIES) return;
  const { walker } = context;
  const entry = ["", ""];
  await walker.message(field, async (part) => {
    if (part.number !== 1 && part.number !== 2) return;
    // Cut first: exporters store whole class lists and prompts here.
    const start = await walker.textStart(part, MAX_METADATA_CHARS * 4);
    entry[part.number - 1] = plainText(start, MAX_METADATA_CHARS);
  });
  const [key = "", value = ""] = entry;
  if (key !== "" && !into.has(key)) into.set(key, value);
}

/** TrainingInfoProto: 1 initialization, 2 algorithm, both graphs. */
function readTraining(context: OnnxContext, field: ProtoField): Promise<void> {
  return context.walker.message(field, async (part) => {
    if (part.number === 1 || part.number === 2) await readGraph(context, part, null);
  });
}

/** FunctionProto: 1 name, 7 nodes, 10 domain. */
async function readFunction(context: OnnxContext, field: ProtoField): Promise<void> {
  const { walker } = context;
  let [name, domain] = ["", ""];
  await walker.message(field, async (part) => {
    if (part.number === 1) name = await walker.text(part, MAX_NAME_BYTES);
    else if (part.number === 7) await readNode(context, part);
    else if (part.number === 10) domain = await walker.text(part, MAX_NAME_BYTES);
  });
  context.ownOperators.add(operatorKey(domain, name));
}

function refuseMissing({ missing, walker }: OnnxContext): void {
  if (missing.size === 0) return;
  const names = [...missing].slice(0, 10).map((path) => plainText(path, 200));
  const more = missing.size > names.length ? ` and ${missing.size - names.length} more` : "";
  walker.reader.fail(
    `its weights are in ${names.join(", ")}${more}, which must be uploaded with it`,
  );
}

/**
 * Reports operators that neither the standard nor a function of the model itself defines: domains of others, and what
 * of ONNX Runtime's does more than to compute.
 */
function reportCustomDomains(context: OnnxContext): void {
  const told = new Set<string>();
  for (const [operator, offset] of context.operators) {
    if (context.ownOperators.has(operator)) continue;
    const end = operator.lastIndexOf("\n");
    const [domain, name] = [operator.slice(0, end), operator.slice(end + 1)];
    const reach = reachOfRuntimeOperator(domain, name);
    if (reach !== null) {
      const detail = `The ONNX model uses ONNX Runtime's operator ${plainText(name, 100)}, which ${reach}`;
      addFinding(context, "suspicious", "onnx_operator", detail, offset);
    } else if (!KNOWN_DOMAINS.has(domain) && !told.has(domain)) {
      told.add(domain);
      const detail = `The ONNX model uses operators of the domain ${plainText(domain, 150)}, which run a native library that the model's author chose`;
      addFinding(context, "suspicious", "onnx_custom_operator", detail, offset);
    }
  }
}
