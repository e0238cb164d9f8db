/**
 * safetensors (github.com/huggingface/safetensors, "Format"): u64 length, JSON header of that length,
 * then the tensors' bytes without holes. Nothing but the header is read.
 */

import type { Region } from "#lib/wire/region.ts";
import { type Json, JsonProblem, parseStrictJson } from "./bytes/strict-json.ts";
import { plainText, WindowReader } from "./bytes/window-reader.ts";
import type { ByteSource, SourceFile, TensorFact } from "./contract.ts";
import type { FormatFacts } from "./format-facts.ts";
import {
  byteCount,
  canHold,
  countParameters,
  DTYPE_BITS,
  elementCount,
  MAX_DIMENSIONS,
  MAX_NAME_BYTES,
  MAX_TENSORS,
} from "./tensor-facts.ts";

/** The reference implementation's limit: a longer header is a denial of service, not a model. */
export const MAX_HEADER_BYTES = 100_000_000;
/** Header -> tensor -> shape. */
const MAX_JSON_DEPTH = 4;
/** Metadata is shown on a page; training tools write recipes of some kilobytes into it. */
const MAX_METADATA_ENTRIES = 200;
const MAX_METADATA_CHARS = 2000;

const KIND = "safetensors";
const HEADER_WORDS = /"(?:__metadata__|data_offsets)"/;
/** The list of types grows with the library: an unknown word that is spelled like a type is kept as a fact. */
const DTYPE_NAME = /^[A-Z][A-Z0-9_]{0,31}$/;

/** By bytes: a plausible length, then a JSON object that is empty or begins with a string. */
export function isSafetensors(head: Uint8Array, source: ByteSource): boolean {
  if (head.length < 10 || head[8] !== 0x7b) return false;
  const next = head.subarray(9).find((byte) => byte !== 0x20);
  if (next !== 0x22 && next !== 0x7d) return false;
  const length = new DataView(head.buffer, head.byteOffset, 8).getBigUint64(0, true);
  // Text with a brace at byte 8 is not a model: its "length" is astronomical. Only the words of a header
  // tell a model that lies about its length from such a text.
  const isPlausible = length <= BigInt(Math.max(MAX_HEADER_BYTES, source.sizeBytes));
  return isPlausible || HEADER_WORDS.test(Buffer.from(head).toString("latin1"));
}

/** Throws `invalid_model_file` for everything that the format forbids. */
export async function readSafetensors(file: SourceFile): Promise<FormatFacts> {
  const { reader, placed, metadata } = await readPlaces(file);
  const tensors = placed.map(({ tensor }) => tensor);
  const producer = readMetadata(reader, metadata);
  return {
    format: "safetensors",
    framework: frameworkOf(producer.format),
    parameters: countParameters(tensors),
    tensors,
    producer,
    signature: null,
    findings: [],
  };
}

/** Where in the file each tensor's bytes are. Throws as `readSafetensors`. */
export async function safetensorsPlaces(
  source: ByteSource,
): Promise<(Region & { shape: readonly number[] })[]> {
  const { placed, dataStart } = await readPlaces({ path: "", source });
  return placed.map(({ tensor: { name, dtype, shape }, begin, end }) => ({
    name,
    dtype,
    shape,
    offset: dataStart + begin,
    lengthBytes: end - begin,
  }));
}

/** The same as the compression wants it. */
export async function safetensorsRegions(source: ByteSource): Promise<Region[]> {
  const places = await safetensorsPlaces(source);
  return places.map(({ shape: _, ...region }) => region);
}

async function readPlaces(file: SourceFile) {
  const reader = new WindowReader(file, KIND);
  const length = await reader.u64(0);
  if (length > BigInt(MAX_HEADER_BYTES)) {
    reader.fail(`its header claims ${length} bytes, and the format allows ${MAX_HEADER_BYTES}`);
  }
  const headerBytes = Number(length);
  if (headerBytes > reader.sizeBytes - 8) {
    reader.fail(`its header claims ${headerBytes} bytes, and the file ends before`);
  }
  const header = parseHeader(reader, await reader.text(8, headerBytes, MAX_HEADER_BYTES));
  const metadata = header.get("__metadata__");
  header.delete("__metadata__");
  if (header.size > MAX_TENSORS) reader.fail(`it has more than ${MAX_TENSORS} tensors`);
  const placed = [...header].map(([name, entry]) => readEntry(reader, name, entry));
  checkLayout(reader, placed, reader.sizeBytes - 8 - headerBytes);
  return { reader, placed, metadata, dataStart: 8 + headerBytes };
}

function parseHeader(reader: WindowReader, text: string): Map<string, Json> {
  // The reference implementation insists on the brace first; a blank before it hides other formats.
  if (!text.startsWith("{")) reader.fail('its header does not begin with "{"');
  try {
    const value = parseStrictJson(text, MAX_JSON_DEPTH);
    return value instanceof Map ? value : reader.fail("its header is not a JSON object");
  } catch (cause) {
    if (!(cause instanceof JsonProblem)) throw cause;
    return reader.fail(`its header is not valid JSON (${cause.message})`, cause);
  }
}

type Placed = { tensor: TensorFact; begin: number; end: number };

function readEntry(reader: WindowReader, name: string, entry: Json): Placed {
  const shown = `the tensor ${plainText(name, 100)}`;
  if (Buffer.byteLength(name) > MAX_NAME_BYTES) reader.fail("a tensor's name is too long");
  if (!(entry instanceof Map) || entry.size !== 3) {
    return reader.fail(`${shown} does not have exactly dtype, shape and data_offsets`);
  }
  const dtype = entry.get("dtype");
  const shape = entry.get("shape");
  const offsets = entry.get("data_offsets");
  if (typeof dtype !== "string" || !DTYPE_NAME.test(dtype)) {
    return reader.fail(`${shown} has a dtype that is no name of a type`);
  }
  if (!isSizes(shape) || shape.length > MAX_DIMENSIONS) {
    return reader.fail(`${shown} has a shape that is not a short list of sizes`);
  }
  if (!isSizes(offsets) || offsets.length !== 2) {
    return reader.fail(`${shown} has data_offsets that are not two positions`);
  }
  const [begin, end] = offsets as [number, number];
  const count = elementCount(shape);
  const known = count === null ? null : byteCount(dtype, count);
  if (count === null || (known === null && DTYPE_BITS.has(dtype))) {
    return reader.fail(`${shown} has more elements than a number can hold`);
  }
  const sizeBytes = known ?? end - begin;
  if (end - begin !== sizeBytes) {
    return reader.fail(`${shown} needs ${sizeBytes} bytes and has ${end - begin}`);
  }
  if (known === null && !canHold(sizeBytes, count)) {
    return reader.fail(`${shown} has more elements than its ${sizeBytes} bytes can hold`);
  }
  const tensor = {
    name: plainText(name, MAX_NAME_BYTES),
    dtype,
    shape,
    sizeBytes,
    file: reader.path,
  };
  return { tensor, begin, end };
}

function isSizes(value: Json | undefined): value is number[] {
  return (
    Array.isArray(value) &&
    value.every((size) => typeof size === "number" && Number.isSafeInteger(size) && size >= 0)
  );
}

/** Tensors follow one another from 0 to the end of the file: no overlap, no hole, no rest. */
function checkLayout(reader: WindowReader, placed: readonly Placed[], dataBytes: number): void {
  let at = 0;
  for (const { tensor, begin, end } of [...placed].sort(
    (a, b) => a.begin - b.begin || a.end - b.end,
  )) {
    const shown = `the tensor ${plainText(tensor.name, 100)}`;
    if (begin < at) reader.fail(`${shown} overlaps another one`);
    if (begin > at) reader.fail(`there is a hole of ${begin - at} bytes before ${shown}`);
    at = end;
  }
  if (at > dataBytes) reader.fail(`its tensors need ${at} bytes and ${dataBytes} are there`);
  if (at < dataBytes) reader.fail(`${dataBytes - at} bytes follow its last tensor`);
}

function readMetadata(reader: WindowReader, metadata: Json | undefined): Record<string, string> {
  if (metadata === undefined) return {};
  if (!(metadata instanceof Map)) return reader.fail("its __metadata__ is not an object");
  const entries: [string, string][] = [];
  for (const [key, value] of metadata) {
    if (typeof value !== "string")
      return reader.fail("its __metadata__ has a value that is no text");
    if (entries.length < MAX_METADATA_ENTRIES) {
      entries.push([plainText(key, 200), plainText(value, MAX_METADATA_CHARS)]);
    }
  }
  return Object.fromEntries(entries);
}

/** `format` is what the saving library writes: "pt", "tf", "np", "mlx", "flax". */
function frameworkOf(format: string | undefined): FormatFacts["framework"] {
  if (format === "pt") return "pytorch";
  return format === "tf" ? "tensorflow" : "safetensors";
}
