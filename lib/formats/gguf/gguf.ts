/**
 * GGUF (github.com/ggml-org/ggml, docs/gguf.md), versions 2 and 3 in both byte orders: metadata, tensor descriptions,
 * padding to the alignment, weights. Weights are not read.
 */

import type { Region } from "#lib/wire/region.ts";
import { plainText, WindowReader } from "../bytes/window-reader.ts";
import type { ByteSource, Finding, SourceFile, TensorFact } from "../contract.ts";
import type { FormatFacts } from "../format-facts.ts";
import {
  canHold,
  countParameters,
  elementCount,
  MAX_NAME_BYTES,
  MAX_TENSORS,
} from "../tensor-facts.ts";
import { GgufReader } from "./gguf-reader.ts";
import { summariseGguf } from "./gguf-summary.ts";
import { type GgmlType, ggmlType, VALUE_WIDTHS } from "./gguf-types.ts";

const KIND = "GGUF model";
/** Real files have some 50; the reference reader has no limit, which is how it was attacked. */
const MAX_ENTRIES = 100_000;
/** All lists of a file together; a vocabulary of 300,000 tokens with as many merges fits. */
const MAX_LIST_ITEMS = 4_000_000;
/** ggml's own limit is 4; room for what comes. */
const MAX_DIMENSIONS = 8;
/** A list of lists of lists is no tokenizer. */
const MAX_LIST_DEPTH = 4;
const DEFAULT_ALIGNMENT = 32;
/** A longer text is kept as a fact by its start. */
const MAX_FACT_CHARS = 2000;
/** A chat template of some kilobytes is usual; one longer than this is not looked through. */
const MAX_TEMPLATE_BYTES = 1024 * 1024;

const STRING = 8;
const ARRAY = 9;
/** Jinja that climbs from a value to the interpreter, the way template injections do. */
const HOSTILE_TEMPLATE =
  /__(?:class|mro|base|bases|subclasses|globals|builtins|import|init|getattribute|reduce|code|self)__|\b(?:popen|subprocess|eval|exec|import_module)\b|\|\s{0,64}attr\b/;

export function isGguf(head: Uint8Array): boolean {
  return Buffer.from(head.subarray(0, 4)).toString("latin1") === "GGUF";
}

/** Throws `invalid_model_file` for lengths, counts and offsets that cannot be true. */
export async function readGguf(file: SourceFile): Promise<FormatFacts> {
  const { version, byteorder, metadata, findings, placed } = await readPlaces(file);
  const tensors = placed.map(({ tensor }) => tensor);
  return {
    format: "gguf",
    framework: "gguf",
    parameters: countParameters(tensors),
    tensors,
    producer: {
      gguf_version: String(version),
      ...byteorder,
      ...summariseGguf(metadata),
      ...Object.fromEntries(metadata),
    },
    signature: null,
    findings,
  };
}

/** Where in the file each tensor's bytes are. Throws as `readGguf`. */
export async function ggufRegions(source: ByteSource): Promise<Region[]> {
  const { placed, dataStart } = await readPlaces({ path: "", source });
  return placed.map(({ tensor: { name, dtype, sizeBytes }, offset }) => ({
    name,
    dtype,
    offset: dataStart + Number(offset),
    lengthBytes: sizeBytes,
  }));
}

async function readPlaces(file: SourceFile) {
  const reader = new GgufReader(new WindowReader(file, KIND));
  const version = await reader.version();
  if (version !== 2 && version !== 3) reader.fail(`its version ${version} is not 2 or 3`);
  const tensorCount = await reader.count(MAX_TENSORS, "tensors");
  const entryCount = await reader.count(MAX_ENTRIES, "metadata entries");
  const metadata = new Map<string, string>();
  const findings: Finding[] = [];
  for (let index = 0; index < entryCount; index += 1) {
    await readEntry(reader, file.path, metadata, findings);
  }
  const placed: Placed[] = [];
  for (let index = 0; index < tensorCount; index += 1) placed.push(await readTensorInfo(reader));
  const dataStart = checkPlaces(reader, placed, readAlignment(reader, metadata));
  const byteorder: Record<string, string> = reader.isLittleEndian ? {} : { byteorder: "big" };
  return { version, byteorder, metadata, findings, placed, dataStart };
}

async function readEntry(
  reader: GgufReader,
  file: string,
  metadata: Map<string, string>,
  findings: Finding[],
): Promise<void> {
  const key = await reader.text(MAX_NAME_BYTES);
  if (metadata.has(key)) reader.fail(`the key ${plainText(key, 100)} occurs twice`);
  const type = await reader.u32();
  if (type === ARRAY) {
    const length = await skipList(reader, 1);
    metadata.set(plainText(key, 200), `[${length} items]`);
    return;
  }
  if (type !== STRING) {
    metadata.set(plainText(key, 200), await readScalar(reader, type));
    return;
  }
  const length = await reader.length();
  const shown = Math.min(length, MAX_TEMPLATE_BYTES);
  const offset = reader.at;
  const text = new TextDecoder().decode(await reader.window.bytes(reader.at, shown));
  reader.skip(length);
  metadata.set(plainText(key, 200), plainText(text, MAX_FACT_CHARS));
  if (key.includes("chat_template") && (length > shown || HOSTILE_TEMPLATE.test(text))) {
    findings.push({
      severity: "suspicious",
      code: "gguf_chat_template",
      detail: "The chat template reaches for the interpreter that renders it",
      file,
      offset,
    });
  }
}

async function readScalar(reader: GgufReader, type: number): Promise<string> {
  const width = VALUE_WIDTHS.get(type);
  if (width === undefined) return reader.fail(`a metadata value has the unknown type ${type}`);
  const bytes = Buffer.from(await reader.window.bytes(reader.at, width));
  if (!reader.isLittleEndian) bytes.reverse();
  reader.at += width;
  if (type === 6) return String(bytes.readFloatLE());
  if (type === 12) return String(bytes.readDoubleLE());
  if (type === 7) return String(bytes[0] !== 0);
  if (type === 10) return String(bytes.readBigUInt64LE());
  if (type === 11) return String(bytes.readBigInt64LE());
  const isSigned = type % 2 === 1;
  return String(isSigned ? bytes.readIntLE(0, width) : bytes.readUIntLE(0, width));
}

/** Goes past a list, its u32 item type and u64 length included; says how many items it has. */
async function skipList(reader: GgufReader, depth: number): Promise<number> {
  if (depth > MAX_LIST_DEPTH) reader.fail("its lists are nested too deep");
  const type = await reader.u32();
  const width = VALUE_WIDTHS.get(type);
  if (width !== undefined) {
    const length = await reader.count(reader.window.sizeBytes, "list items");
    reader.skip(length * width);
    return length;
  }
  if (type !== STRING && type !== ARRAY) reader.fail(`a list has the unknown type ${type}`);
  const length = await reader.count(MAX_LIST_ITEMS, "list items");
  reader.listItems += length;
  if (reader.listItems > MAX_LIST_ITEMS)
    reader.fail(`it has more than ${MAX_LIST_ITEMS} list items`);
  for (let index = 0; index < length; index += 1) {
    if (type === STRING) reader.skip(await reader.length());
    else await skipList(reader, depth + 1);
  }
  return length;
}

type Placed = { tensor: TensorFact; type: GgmlType; offset: bigint };

async function readTensorInfo(reader: GgufReader): Promise<Placed> {
  const name = plainText(await reader.text(MAX_NAME_BYTES), MAX_NAME_BYTES);
  const shown = `the tensor ${plainText(name, 100)}`;
  const dimensions = await reader.u32();
  if (dimensions > MAX_DIMENSIONS) reader.fail(`${shown} claims ${dimensions} dimensions`);
  const shape: number[] = [];
  for (let index = 0; index < dimensions; index += 1) {
    shape.push(await reader.count(Number.MAX_SAFE_INTEGER, "elements in a dimension"));
  }
  const type = ggmlType(await reader.u32());
  const count = elementCount(shape);
  if (count === null) return reader.fail(`${shown} has more elements than a number can hold`);
  // A row, the first dimension, is made of whole blocks.
  if ((shape[0] ?? 1) % type.block !== 0) {
    reader.fail(`${shown} does not fill whole blocks of ${type.block}`);
  }
  const sizeBytes = (count / type.block) * (type.bytes ?? 0);
  if (!Number.isSafeInteger(sizeBytes)) reader.fail(`${shown} has more bytes than a file can hold`);
  const offset = await reader.u64();
  const tensor = { name, dtype: type.name, shape, sizeBytes, file: reader.window.path };
  return { tensor, type, offset };
}

function readAlignment(reader: GgufReader, metadata: ReadonlyMap<string, string>): number {
  const alignment = Number(metadata.get("general.alignment") ?? DEFAULT_ALIGNMENT);
  if (!Number.isSafeInteger(alignment) || alignment < 8 || alignment % 8 !== 0) {
    reader.fail("its alignment is not a multiple of 8");
  }
  return alignment;
}

/** Checks where the tensors lie; returns where their bytes begin. */
function checkPlaces(reader: GgufReader, placed: readonly Placed[], alignment: number): number {
  const start = Math.ceil(reader.at / alignment) * alignment;
  const available = BigInt(Math.max(0, reader.window.sizeBytes - start));
  for (const { tensor, offset } of placed) {
    const shown = `the tensor ${plainText(tensor.name, 100)}`;
    if (offset % BigInt(alignment) !== 0n) reader.fail(`${shown} is not aligned`);
    if (offset + BigInt(tensor.sizeBytes) > available) {
      reader.fail(`${shown} ends after the end of the file, which may be cut short`);
    }
  }
  measureUnknown(reader, placed, available);
  return start;
}

/** A tensor of a type whose blocks are not known takes what is there up to the next tensor. */
function measureUnknown(reader: GgufReader, placed: readonly Placed[], available: bigint): void {
  const inOrder = [...placed].sort((a, b) => (a.offset < b.offset ? -1 : 1));
  inOrder.forEach(({ tensor, type, offset }, at) => {
    if (type.bytes !== null) return;
    tensor.sizeBytes = Number((inOrder[at + 1]?.offset ?? available) - offset);
    if (canHold(tensor.sizeBytes, elementCount(tensor.shape) ?? 0)) return;
    const shown = `the tensor ${plainText(tensor.name, 100)}`;
    reader.fail(`${shown} has more elements than its ${tensor.sizeBytes} bytes can hold`);
  });
}
