/**
 * TensorFlow Lite, now LiteRT (tflite/converter/schema/schema.fbs): constants, operators, and what the model takes and
 * gives. Values are not read.
 */
import { FlatBuffer, type FlatTable, flatbufferIdentifier } from "../bytes/flatbuffer.ts";
import { plainText } from "../bytes/window-reader.ts";
import type { Finding, Signature, SignatureTensor, SourceFile, TensorFact } from "../contract.ts";
import type { FormatFacts } from "../format-facts.ts";
import { countParameters, MAX_DIMENSIONS, MAX_NAME_BYTES, MAX_TENSORS } from "../tensor-facts.ts";
import { tfliteOperator } from "./tflite-operators.ts";

const KIND = "TensorFlow Lite model";
/** Control flow makes a graph of each branch. */
const MAX_GRAPHS = 10_000;
/** The schema has some 210 operators, in some versions each. */
const MAX_OPERATORS = 10_000;
const MAX_SIGNATURE_TENSORS = 10_000;
const MAX_SIGNATURES = 1000;
const MAX_FACT_CHARS = 2000;
const CUSTOM = 32;
const CUSTOM_PREFIX = "custom:";
/** Prefix of TensorFlow's own operators, which its delegate runs. */
const FLEX = "Flex";

/** TensorType of the schema in safetensors' spelling. */
const DTYPES =
  "F32 F16 I32 U8 I64 STRING BOOL I16 C64 I8 F64 C128 U64 RESOURCE VARIANT U32 U16 I4 BF16 I2 U4".split(
    " ",
  );

const MODEL = { version: 0, operators: 1, graphs: 2, description: 3, buffers: 4, signatures: 7 };
const GRAPH = { tensors: 0, inputs: 1, outputs: 2 };
const TENSOR = { shape: 0, dtype: 1, buffer: 2, name: 3, shapeSignature: 7 };
const OPERATOR = { oldCode: 0, customCode: 1, code: 3 };
const BUFFER = { data: 0, offset: 1, size: 2 };
const SIGNATURE = { inputs: 0, outputs: 1, graph: 4 };
const NAMED_TENSOR = { name: 0, index: 1 };

export function isTflite(head: Uint8Array): boolean {
  return flatbufferIdentifier(head) === "TFL3";
}

/** Throws `invalid_model_file` for a file that is cut short, or whose parts are not in it. */
export async function readTflite(file: SourceFile): Promise<FormatFacts> {
  const buffer = new FlatBuffer(file, KIND);
  const model = await buffer.root();
  const buffers = await readBuffers(buffer, model);
  const tensors: TensorFact[] = [];
  const graphs: Graph[] = [];
  const listed = new Set<number>();
  for await (const graph of model.tables(MODEL.graphs, MAX_GRAPHS)) {
    const read = await readGraph(buffer, graph);
    graphs.push(read);
    if (graphs.reduce((sum, { tensors: { length } }) => sum + length, 0) > MAX_TENSORS) {
      buffer.fail(`it has more than ${MAX_TENSORS} tensors`);
    }
    for (const { buffer: place, name, dtype, shape } of read.tensors) {
      const sizeBytes = buffers[place] ?? 0;
      // What has no bytes is computed when the model runs; the branches of a graph share their constants.
      if (sizeBytes === 0 || listed.has(place)) continue;
      listed.add(place);
      tensors.push({ name, dtype, shape, sizeBytes, file: file.path });
    }
  }
  if (graphs.length === 0) buffer.fail("it has no graph");
  const operators = await readOperators(model);
  const description = await model.text(MODEL.description, MAX_NAME_BYTES);
  return {
    format: "tflite",
    framework: "tensorflow",
    parameters: countParameters(tensors),
    tensors,
    producer: {
      tflite_schema: String(await model.uint32(MODEL.version)),
      ...(description && { description: plainText(description, MAX_FACT_CHARS) }),
      ...(operators.length > 0 && { operators: plainText(operators.join(", "), MAX_FACT_CHARS) }),
    },
    signature: await readSignature(buffer, model, graphs),
    findings: findingsOf(file.path, operators),
  };
}

/** Bytes of each buffer. Those of a model over 2 GiB follow the FlatBuffer, and are told by offset and size. */
async function readBuffers(buffer: FlatBuffer, model: FlatTable): Promise<number[]> {
  const sizes: number[] = [];
  for await (const entry of model.tables(MODEL.buffers, MAX_TENSORS)) {
    const data = await entry.vector(BUFFER.data, 1);
    const offset = await entry.uint64(BUFFER.offset);
    const size = await entry.uint64(BUFFER.size);
    const isAfter = data === null && offset > 1n;
    if (isAfter && offset + size > BigInt(buffer.sizeBytes)) {
      buffer.fail("its values end after the end of the file, which may be cut short");
    }
    sizes.push(isAfter ? Number(size) : (data?.length ?? 0));
  }
  return sizes;
}

type GraphTensor = SignatureTensor & { shape: number[]; open: number[]; buffer: number };
type Graph = { tensors: GraphTensor[]; inputs: number[]; outputs: number[] };

async function readGraph(buffer: FlatBuffer, graph: FlatTable): Promise<Graph> {
  const tensors: GraphTensor[] = [];
  for await (const tensor of graph.tables(GRAPH.tensors, MAX_TENSORS)) {
    const name = (await tensor.text(TENSOR.name, MAX_NAME_BYTES)) ?? "";
    const shape = await tensor.int32s(TENSOR.shape, MAX_DIMENSIONS);
    if (shape.some((size) => size < 0)) buffer.fail("a tensor in it has a negative size");
    const number = await tensor.int8(TENSOR.dtype);
    tensors.push({
      name: plainText(name, MAX_NAME_BYTES),
      dtype: DTYPES[number] ?? `TFLITE_TYPE_${number}`,
      shape,
      open: await tensor.int32s(TENSOR.shapeSignature, MAX_DIMENSIONS),
      buffer: await tensor.uint32(TENSOR.buffer),
    });
  }
  return {
    tensors,
    inputs: await graph.int32s(GRAPH.inputs, MAX_SIGNATURE_TENSORS),
    outputs: await graph.int32s(GRAPH.outputs, MAX_SIGNATURE_TENSORS),
  };
}

/** Sorted names of the operators; those that the schema does not have begin with `CUSTOM_PREFIX`. */
async function readOperators(model: FlatTable): Promise<string[]> {
  const names = new Set<string>();
  for await (const operator of model.tables(MODEL.operators, MAX_OPERATORS)) {
    // The first field has seven bits for the number, and later operators are in the other one.
    const code = Math.max(
      await operator.int8(OPERATOR.oldCode),
      await operator.int32(OPERATOR.code),
    );
    const custom = await operator.text(OPERATOR.customCode, MAX_NAME_BYTES);
    if (code === CUSTOM) names.add(`${CUSTOM_PREFIX}${plainText(custom ?? "", 200)}`);
    else names.add(tfliteOperator(code));
  }
  return [...names].sort();
}

/** The first signature, else the first graph's own ends. */
async function readSignature(
  buffer: FlatBuffer,
  model: FlatTable,
  graphs: readonly Graph[],
): Promise<Signature | null> {
  for await (const signature of model.tables(MODEL.signatures, MAX_SIGNATURES)) {
    const graph = graphs[await signature.uint32(SIGNATURE.graph)];
    if (graph === undefined) return buffer.fail("a signature in it is about no graph");
    return {
      inputs: await namedEnds(buffer, graph, signature, SIGNATURE.inputs),
      outputs: await namedEnds(buffer, graph, signature, SIGNATURE.outputs),
    };
  }
  const [main] = graphs as [Graph];
  const ends = (places: readonly number[]) =>
    places.map((place) => endOf(buffer, main.tensors[place]));
  return { inputs: ends(main.inputs), outputs: ends(main.outputs) };
}

async function namedEnds(
  buffer: FlatBuffer,
  { tensors }: Graph,
  signature: FlatTable,
  side: number,
): Promise<SignatureTensor[]> {
  const ends: SignatureTensor[] = [];
  for await (const named of signature.tables(side, MAX_SIGNATURE_TENSORS)) {
    const name = (await named.text(NAMED_TENSOR.name, MAX_NAME_BYTES)) ?? "";
    const end = endOf(buffer, tensors[await named.uint32(NAMED_TENSOR.index)]);
    ends.push({ ...end, name: plainText(name, MAX_NAME_BYTES) });
  }
  return ends;
}

/** `open` has the same dimensions with -1 for those that a caller may choose; it is empty where there are none. */
function endOf(buffer: FlatBuffer, tensor: GraphTensor | undefined): SignatureTensor {
  if (tensor === undefined) return buffer.fail("an input or output in it is no tensor");
  const { name, dtype, shape, open } = tensor;
  const sizes = open.length > 0 ? open : shape;
  return { name, dtype, shape: sizes.map((size) => (size < 0 ? null : size)) };
}

/** TensorFlow's own operators in a model, which the delegate for them runs. Throws `invalid_model_file`. */
export async function readTensorflowOperators(file: SourceFile): Promise<string[]> {
  const operators = await readOperators(await new FlatBuffer(file, KIND).root());
  const prefix = `${CUSTOM_PREFIX}${FLEX}`;
  return operators.filter((name) => name.startsWith(prefix)).map((n) => n.slice(prefix.length));
}

function findingsOf(file: string, operators: readonly string[]): Finding[] {
  const others = operators
    .filter((name) => name.startsWith(CUSTOM_PREFIX))
    .map((name) => name.slice(CUSTOM_PREFIX.length))
    .filter((name) => !name.startsWith(FLEX));
  if (others.length === 0) return [];
  const names = plainText(others.join(", "), 150);
  const detail = `The model needs operators that TensorFlow Lite does not have, from the program that loads it: ${names}`;
  return [{ severity: "info", code: "tflite_custom_operator", detail, file }];
}
