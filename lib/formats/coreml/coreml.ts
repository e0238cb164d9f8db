/**
 * Core ML: a `.mlmodel`, or a package (`.mlpackage`) with a Manifest.json, the model and a folder of weights. The model is a message
 * (Model.proto of coremltools), whose layers and programs are not looked at.
 */
import { isRegistryError } from "#lib/errors.ts";
import { LEN, type ProtoField, ProtoWalker, VARINT } from "../bytes/protobuf.ts";
import { type Json, JsonProblem, parseStrictJson } from "../bytes/strict-json.ts";
import { invalidFile, plainText, WindowReader } from "../bytes/window-reader.ts";
import type { ByteSource, Signature, SourceFile } from "../contract.ts";
import type { FormatFacts } from "../format-facts.ts";
import { readFeature } from "./coreml-features.ts";
import { MODEL_TYPES } from "./coreml-types.ts";

const KIND = "Core ML model";
/** 10 in 2026: a larger number is of some other message. */
const MAX_SPEC_VERSION = 100;
/** Its own fields, and what a later release adds. */
const MAX_TOP_FIELDS = 100;
const MAX_FEATURES = 1_000;
const MAX_USER_FACTS = 50;
const MAX_FACT_BYTES = 4096;
const MAX_FACT_CHARS = 500;
/** A package has two or three items. */
const MAX_MANIFEST_BYTES = 1024 * 1024;
const MAX_DEPTH = 16;

type Top = { specVersion: number; description: ProtoField; type: string };

/** The message has no mark: it is told by its outermost fields, which no other format has. */
export async function isCoreml(head: Uint8Array, source: ByteSource): Promise<boolean> {
  // Field 1, the version as one byte, then the description as field 2.
  if (head[0] !== 0x08 || (head[1] ?? 0) === 0 || (head[1] ?? 0) > MAX_SPEC_VERSION) return false;
  if (head[2] !== 0x12) return false;
  try {
    return (await readTop(walkerOf({ path: "", source }))) !== null;
  } catch (error) {
    if (isRegistryError(error) && error.status < 500) return false;
    throw error;
  }
}

/** Throws `invalid_model_file` for a message that is damaged, and for a package without one of its parts. */
export async function readCoreml(
  file: SourceFile,
  siblings: ReadonlyMap<string, ByteSource>,
): Promise<FormatFacts> {
  const walker = walkerOf(file);
  const top = await readTop(walker);
  if (top === null) return walker.reader.fail("it has no model in it");
  const { signature, facts } = await readDescription(walker, top.description);
  return {
    format: "coreml",
    framework: "other",
    // Its weights are parts of layers and programs, and may be packed into palettes.
    parameters: null,
    tensors: [],
    producer: {
      coreml_specification: String(top.specVersion),
      coreml_type: top.type,
      ...facts,
    },
    signature,
    findings: [],
    parts: await partsOf(file, siblings),
  };
}

function walkerOf(file: SourceFile): ProtoWalker {
  return new ProtoWalker(new WindowReader(file, KIND));
}

/** Model: 1 version, 2 description, 10 whether it can be trained further, and one of `MODEL_TYPES`. Null for any other message. */
async function readTop(walker: ProtoWalker): Promise<Top | null> {
  let specVersion = 0;
  let description: ProtoField | null = null;
  let type = "";
  let isOther = false;
  let fields = 0;
  await walker.walk(0, walker.reader.sizeBytes, async (field) => {
    fields += 1;
    if (fields > MAX_TOP_FIELDS) walker.reader.fail("it has too many parts");
    const found = MODEL_TYPES.get(field.number);
    if (field.number === 1 && field.wireType === VARINT) specVersion = await walker.smallInt(field);
    else if (field.number === 2 && field.wireType === LEN) description = field;
    else if (found !== undefined && field.wireType === LEN) type = found;
    else isOther ||= field.number < 10;
  });
  return isOther || description === null || type === "" ? null : { specVersion, description, type };
}

type Description = { signature: Signature | null; facts: Record<string, string> };

/** ModelDescription: 1 input, 10 output, 20 functions { 1 name, 2 input, 3 output }, 21 the default one, 100 metadata. */
async function readDescription(walker: ProtoWalker, field: ProtoField): Promise<Description> {
  const own: Signature = { inputs: [], outputs: [] };
  const functions = new Map<string, Signature>();
  let byDefault = "";
  const facts: Record<string, string> = {};
  const add = async (signature: Signature, side: keyof Signature, part: ProtoField) => {
    if (signature[side].length >= MAX_FEATURES)
      walker.reader.fail(`it has more than ${MAX_FEATURES} inputs or outputs`);
    signature[side].push(await readFeature(walker, part));
  };
  await walker.message(field, async (part) => {
    if (part.number === 1) await add(own, "inputs", part);
    else if (part.number === 10) await add(own, "outputs", part);
    else if (part.number === 21) byDefault = await walker.text(part, MAX_FACT_BYTES);
    else if (part.number === 100) await readMetadata(walker, part, facts);
    else if (part.number === 20) {
      if (functions.size >= MAX_FEATURES) walker.reader.fail("it has too many functions");
      let name = "";
      const signature: Signature = { inputs: [], outputs: [] };
      await walker.message(part, async (inner) => {
        if (inner.number === 1) name = await walker.text(inner, MAX_FACT_BYTES);
        else if (inner.number === 2) await add(signature, "inputs", inner);
        else if (inner.number === 3) await add(signature, "outputs", inner);
      });
      functions.set(name, signature);
    }
  });
  if (functions.size > 0)
    facts.coreml_functions = plainText([...functions.keys()].join(", "), MAX_FACT_CHARS);
  const chosen =
    own.inputs.length + own.outputs.length > 0
      ? own
      : (functions.get(byDefault) ?? [...functions.values()][0] ?? own);
  return {
    signature: chosen.inputs.length + chosen.outputs.length > 0 ? chosen : null,
    facts,
  };
}

const METADATA: ReadonlyMap<number, string> = new Map([
  [1, "coreml_description"],
  [2, "coreml_version"],
  [3, "coreml_author"],
  [4, "coreml_license"],
]);

/** Metadata: 1 to 4 texts, 100 user's { 1 key, 2 value }. */
async function readMetadata(
  walker: ProtoWalker,
  field: ProtoField,
  facts: Record<string, string>,
): Promise<void> {
  let own = 0;
  await walker.message(field, async (part) => {
    const name = METADATA.get(part.number);
    if (name !== undefined) {
      const text = plainText(await walker.textStart(part, MAX_FACT_BYTES), MAX_FACT_CHARS);
      if (text !== "") facts[name] = text;
    } else if (part.number === 100 && own < MAX_USER_FACTS) {
      own += 1;
      const pair = ["", ""];
      await walker.message(part, async (inner) => {
        if (inner.number !== 1 && inner.number !== 2) return;
        pair[inner.number - 1] = plainText(
          await walker.textStart(inner, MAX_FACT_BYTES),
          MAX_FACT_CHARS,
        );
      });
      const [key = "", value = ""] = pair;
      // `com.github.apple.coremltools.version` and its kin; `source` is what the model was converted from.
      const short = key.replace(/^com\.github\.apple\.coremltools\./, "coremltools.");
      if (short !== "") facts[short.startsWith("coremltools.") ? short : `coreml.${short}`] = value;
    }
  });
}

/**
 * The files of the package that are nothing by themselves. Manifest.json: {itemInfoEntries: {id: {path}}}, each a file or a folder
 * below Data/.
 */
async function partsOf(
  file: SourceFile,
  siblings: ReadonlyMap<string, ByteSource>,
): Promise<string[]> {
  const at = file.path.lastIndexOf("Data/");
  if (at < 0 || (at > 0 && file.path[at - 1] !== "/")) return [];
  const root = file.path.slice(0, at);
  const json = await readManifest(siblings.get(`${root}Manifest.json`));
  const items = json instanceof Map ? json.get("itemInfoEntries") : null;
  if (!(items instanceof Map)) return [];
  const parts: string[] = [];
  for (const item of items.values()) {
    const path = item instanceof Map ? item.get("path") : null;
    if (typeof path !== "string" || path === "") continue;
    const place = `${root}Data/${path}`;
    if (place === file.path) continue;
    const found = [...siblings.keys()].filter(
      (other) => other === place || other.startsWith(`${place}/`),
    );
    if (found.length === 0) {
      const what = `its package has ${plainText(path, 200)}, which must be uploaded with it`;
      throw invalidFile(file.path, KIND, what);
    }
    parts.push(...found);
  }
  return parts;
}

async function readManifest(source: ByteSource | undefined): Promise<Json> {
  if (source === undefined || source.sizeBytes > MAX_MANIFEST_BYTES) return null;
  const bytes = await source.read(0, source.sizeBytes);
  try {
    return parseStrictJson(new TextDecoder().decode(bytes), MAX_DEPTH);
  } catch (error) {
    if (error instanceof JsonProblem) return null;
    throw error;
  }
}
