/** GraphProto, NodeProto and AttributeProto of onnx.proto3: which weights and operators a graph has. */

import type { ProtoField } from "../bytes/protobuf.ts";
import { plainText } from "../bytes/window-reader.ts";
import type { SignatureTensor } from "../contract.ts";
import { MAX_DIMENSIONS, MAX_NAME_BYTES } from "../tensor-facts.ts";
import { addFinding, addTensor, type OnnxContext, operatorKey } from "./onnx-context.ts";
import { leavesFolder } from "./onnx-external.ts";
import { namesCompiledFile } from "./onnx-runtime-operators.ts";
import { onnxDtype, readOnnxTensor } from "./onnx-tensor.ts";

/** Graphs with more inputs than this carry their weights among them; a page shows a few. */
const MAX_SIGNATURE_TENSORS = 10_000;

/** The standard has some 250; exporters that make a function of each module add some thousand. */
const MAX_OPERATORS = 100_000;

/** A Constant of these types with at least one dimension holds weights; others hold shapes and axes. */
const WEIGHT_DTYPES: ReadonlySet<string> = new Set(["F64", "F32", "F16", "BF16"]);

export type GraphEnds = { inputs: SignatureTensor[]; outputs: SignatureTensor[] };

/** Walks a graph and the graphs inside it. `ends` collects the main graph's inputs and outputs. */
export function readGraph(
  context: OnnxContext,
  field: ProtoField,
  ends: GraphEnds | null,
): Promise<void> {
  return context.walker.message(field, async (part) => {
    if (part.number === 1) await readNode(context, part);
    else if (part.number === 5) addTensor(context, await readOnnxTensor(context, part, "unnamed"));
    else if (part.number === 15) await readSparse(context, part);
    else if (part.number === 11 && ends) await readEnd(context, part, ends.inputs);
    else if (part.number === 12 && ends) await readEnd(context, part, ends.outputs);
  });
}

/** SparseTensorProto: 1 values, which carry the name, 2 indices. */
function readSparse(context: OnnxContext, field: ProtoField): Promise<void> {
  return context.walker.message(field, async (part) => {
    const tensor =
      part.number === 1 || part.number === 2
        ? await readOnnxTensor(context, part, "unnamed")
        : undefined;
    if (tensor && part.number === 1) addTensor(context, tensor);
  });
}

/** Also used for the nodes of a FunctionProto. */
export async function readNode(context: OnnxContext, field: ProtoField): Promise<void> {
  const { walker } = context;
  let output = "";
  let opType = "";
  let domain = "";
  const attributes: ProtoField[] = [];
  await walker.message(field, async (part) => {
    if (part.number === 2) output ||= await walker.text(part, MAX_NAME_BYTES);
    else if (part.number === 4) opType = await walker.text(part, MAX_NAME_BYTES);
    else if (part.number === 5) attributes.push(part);
    else if (part.number === 7) domain = await walker.text(part, MAX_NAME_BYTES);
  });
  const key = operatorKey(domain, opType);
  if (!context.operators.has(key)) context.operators.set(key, field.start);
  if (context.operators.size > MAX_OPERATORS)
    walker.reader.fail(`it uses more than ${MAX_OPERATORS} operators`);
  const namesFile = namesCompiledFile(domain, opType);
  for (const attribute of attributes) {
    if (namesFile) await readFileSetting(context, attribute);
    await readAttribute(context, attribute, opType === "Constant" ? output : null);
  }
}

/** AttributeProto: 1 name, 4 s. The path counts from the model's folder, as that of external data does. */
async function readFileSetting(context: OnnxContext, field: ProtoField): Promise<void> {
  const { walker } = context;
  let [name, value] = ["", ""];
  await walker.message(field, async (part) => {
    if (part.number === 1) name = await walker.text(part, MAX_NAME_BYTES);
    else if (part.number === 4) value = await walker.textStart(part, MAX_NAME_BYTES);
  });
  if (name !== "ep_cache_context" || !/^[ -~]+$/.test(value) || !leavesFolder(value)) return;
  const detail = `The ONNX model takes a compiled program from outside its folder: ${value.slice(0, 120)}`;
  addFinding(context, "malicious", "onnx_external_path", detail, field.start);
}

/** `constant` is the name of the value that a Constant node gives, null for all other nodes. */
function readAttribute(
  context: OnnxContext,
  field: ProtoField,
  constant: string | null,
): Promise<void> {
  return context.walker.message(field, async (part) => {
    if (part.number === 5 || part.number === 10) {
      const tensor = await readOnnxTensor(context, part, constant || "unnamed");
      const isWeight = WEIGHT_DTYPES.has(tensor.dtype) && tensor.shape.length > 0;
      if (constant !== null && isWeight) {
        addTensor(context, {
          ...tensor,
          name: constant ? plainText(constant, MAX_NAME_BYTES) : tensor.name,
        });
      }
    } else if (part.number === 6 || part.number === 11) await readGraph(context, part, null);
    else if (part.number === 22 || part.number === 23) await readSparse(context, part);
  });
}

/** ValueInfoProto: 1 name, 2 type. */
async function readEnd(
  context: OnnxContext,
  field: ProtoField,
  into: SignatureTensor[],
): Promise<void> {
  const { walker } = context;
  if (into.length >= MAX_SIGNATURE_TENSORS) {
    walker.reader.fail(`it has more than ${MAX_SIGNATURE_TENSORS} inputs or outputs`);
  }
  const end: SignatureTensor = { name: "", dtype: "UNKNOWN", shape: null };
  await walker.message(field, async (part) => {
    if (part.number === 1)
      end.name = plainText(await walker.text(part, MAX_NAME_BYTES), MAX_NAME_BYTES);
    else if (part.number === 2) await readType(context, part, end);
  });
  into.push(end);
}

/** TypeProto: 1 tensor, 4 sequence, 5 map, 8 sparse tensor, 9 optional. */
function readType(context: OnnxContext, field: ProtoField, end: SignatureTensor): Promise<void> {
  const { walker } = context;
  return walker.message(field, async (part) => {
    if (part.number === 4) end.dtype = "SEQUENCE";
    else if (part.number === 5) end.dtype = "MAP";
    else if (part.number === 9) end.dtype = "OPTIONAL";
    else if (part.number === 1 || part.number === 8) {
      await walker.message(part, async (inner) => {
        if (inner.number === 1) {
          end.dtype = onnxDtype(await walker.smallInt(inner));
        } else if (inner.number === 2) {
          end.shape = await readShape(context, inner);
        }
      });
    }
  });
}

/** TensorShapeProto: 1 dim { 1 value, 2 parameter's name }; neither means open. Without it the rank is open too. */
async function readShape(
  context: OnnxContext,
  field: ProtoField,
): Promise<(number | string | null)[]> {
  const { walker } = context;
  const into: (number | string | null)[] = [];
  await walker.message(field, async (part) => {
    if (part.number !== 1) return;
    if (into.length >= MAX_DIMENSIONS) {
      walker.reader.fail(`an input or output has more than ${MAX_DIMENSIONS} dimensions`);
    }
    let size: number | string | null = null;
    await walker.message(part, async (dim) => {
      if (dim.number === 1) size = Number(await walker.int(dim));
      else if (dim.number === 2)
        size = plainText(await walker.text(dim, MAX_NAME_BYTES), 200) || null;
    });
    into.push(size);
  });
  return into;
}
