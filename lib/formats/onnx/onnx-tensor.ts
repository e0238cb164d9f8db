/**
 * TensorProto of onnx.proto3 (github.com/onnx/onnx): its description, never its values. Values are
 * typed lists or `raw_data` in the model, or a range of a sibling file (`external_data`).
 */

import { FIXED32, FIXED64, LEN, type ProtoField } from "../bytes/protobuf.ts";
import { plainText } from "../bytes/window-reader.ts";
import type { TensorFact } from "../contract.ts";
import {
  byteCount,
  canHold,
  elementCount,
  MAX_DIMENSIONS,
  MAX_NAME_BYTES,
} from "../tensor-facts.ts";
import type { OnnxContext } from "./onnx-context.ts";
import { externalFile } from "./onnx-external.ts";

/** TensorProto.DataType in safetensors' spelling. */
const ONNX_DTYPES: ReadonlyMap<number, string> = new Map([
  [1, "F32"],
  [2, "U8"],
  [3, "I8"],
  [4, "U16"],
  [5, "I16"],
  [6, "I32"],
  [7, "I64"],
  [8, "STRING"],
  [9, "BOOL"],
  [10, "F16"],
  [11, "F64"],
  [12, "U32"],
  [13, "U64"],
  [14, "C64"],
  [15, "C128"],
  [16, "BF16"],
  [17, "F8_E4M3"],
  [18, "F8_E4M3FNUZ"],
  [19, "F8_E5M2"],
  [20, "F8_E5M2FNUZ"],
  [21, "U4"],
  [22, "I4"],
  [23, "F4"],
  [24, "F8_E8M0"],
  [25, "U2"],
  [26, "I2"],
  [27, "F6_E2M3"],
  [28, "F6_E3M2"],
]);
const UNDEFINED = 0;

/** The list grows with ONNX: a number that is not in it belongs to a type that is not known yet. */
export function onnxDtype(dataType: number): string {
  return ONNX_DTYPES.get(dataType) ?? `ONNX_TYPE_${dataType}`;
}

const EXTERNAL = 1;
/** location, offset, length, checksum and room for a few of somebody's own. */
const MAX_EXTERNAL_ENTRIES = 16;
const MAX_LOCATION_BYTES = 4096;

type Draft = {
  name: string;
  dims: bigint[];
  dataType: number;
  location: number;
  rawBytes: number | null;
  /** Bytes that float_data and double_data take: their width is fixed, so their length can be checked. */
  floatBytes: number | null;
  doubleBytes: number | null;
  /** Bytes of int32_data, where types of fewer bits have their values too, one in each varint. */
  intBytes: number;
  external: [string, string][];
};

/** The tensor in `field`; `fallbackName` is for Constant nodes, whose tensors often have none. */
export async function readOnnxTensor(
  context: OnnxContext,
  field: ProtoField,
  fallbackName: string,
): Promise<TensorFact> {
  const { reader } = context.walker;
  const draft = await readDraft(context, field);
  const name = plainText(draft.name || fallbackName, MAX_NAME_BYTES);
  const shown = `the tensor ${plainText(name, 100)}`;
  if (draft.dataType <= UNDEFINED) {
    return reader.fail(`${shown} has the invalid data type ${draft.dataType}`);
  }
  const dtype = onnxDtype(draft.dataType);
  const shape = draft.dims.map(Number);
  const count = elementCount(shape);
  if (count === null) return reader.fail(`${shown} has sizes that no tensor can have`);
  const sizeBytes = byteCount(dtype, count) ?? storedBytes(draft);
  if (!ONNX_DTYPES.has(draft.dataType) && !canHold(sizeBytes, count)) {
    reader.fail(`${shown} has more elements than its ${sizeBytes} bytes can hold`);
  }
  if (draft.location === EXTERNAL) {
    const file = externalFile(context, shown, draft.external, sizeBytes, field.start);
    return { name, dtype, shape, sizeBytes, file };
  }
  checkInlineLength(context, shown, draft, dtype, sizeBytes);
  return { name, dtype, shape, sizeBytes, file: reader.path };
}

/** Bytes of a tensor whose type has no known size, as the tensor itself states them. */
function storedBytes({ dataType, location, rawBytes, intBytes, external }: Draft): number {
  if (ONNX_DTYPES.has(dataType)) return 0;
  if (location !== EXTERNAL) return rawBytes ?? intBytes;
  const length = Number(external.find(([key]) => key === "length")?.[1] ?? 0);
  return Number.isSafeInteger(length) && length >= 0 ? length : 0;
}

function checkInlineLength(
  { walker }: OnnxContext,
  shown: string,
  draft: Draft,
  dtype: string,
  sizeBytes: number,
): void {
  const stored =
    draft.rawBytes ??
    (dtype === "F32" || dtype === "C64" ? draft.floatBytes : null) ??
    (dtype === "F64" || dtype === "C128" ? draft.doubleBytes : null);
  if (stored !== null && stored !== sizeBytes && byteCount(dtype, 1) !== null) {
    walker.reader.fail(`${shown} needs ${sizeBytes} bytes and has ${stored}`);
  }
}

async function readDraft({ walker }: OnnxContext, field: ProtoField): Promise<Draft> {
  const draft: Draft = {
    name: "",
    dims: [],
    dataType: 0,
    location: 0,
    rawBytes: null,
    floatBytes: null,
    doubleBytes: null,
    intBytes: 0,
    external: [],
  };
  await walker.message(field, async (part) => {
    if (part.number === 1) await walker.ints(part, draft.dims, MAX_DIMENSIONS);
    else if (part.number === 2) draft.dataType = await walker.smallInt(part);
    else if (part.number === 4) draft.floatBytes = (draft.floatBytes ?? 0) + valueBytes(part);
    else if (part.number === 5) draft.intBytes += part.end - part.start;
    else if (part.number === 8) draft.name = await walker.text(part, MAX_NAME_BYTES);
    else if (part.number === 9) draft.rawBytes = valueBytes(part);
    else if (part.number === 10) draft.doubleBytes = (draft.doubleBytes ?? 0) + valueBytes(part);
    else if (part.number === 13) await readExternal(walker, part, draft.external);
    else if (part.number === 14) draft.location = await walker.smallInt(part);
  });
  return draft;
}

/** Bytes of the values alone, whether they are packed or one by one. */
function valueBytes({ wireType, start, end }: ProtoField): number {
  return wireType === LEN || wireType === FIXED32 || wireType === FIXED64 ? end - start : 0;
}

async function readExternal(
  walker: OnnxContext["walker"],
  field: ProtoField,
  into: [string, string][],
): Promise<void> {
  if (into.length >= MAX_EXTERNAL_ENTRIES) {
    walker.reader.fail(`a tensor has more than ${MAX_EXTERNAL_ENTRIES} external_data entries`);
  }
  const entry: [string, string] = ["", ""];
  await walker.message(field, async (part) => {
    if (part.number === 1 || part.number === 2) {
      entry[part.number - 1] = await walker.text(part, MAX_LOCATION_BYTES);
    }
  });
  into.push(entry);
}
