/**
 * Which sets of weights repeat a larger one, in another precision or from another step of training. Their tensors
 * show it or, where a tool renames and fuses tensors, the names that exporters give to such files.
 */
import { formatOf, type Unit } from "./inspect-units.ts";

/** Ends of names that transformers.js, Optimum, sentence-transformers, ONNX Runtime and llama.cpp give to copies. */
const PRECISION =
  /(?:^|[-_.])(?:(?:fp|bf|f)(?:16|32)|q?u?int[48]|q[48](?:f16)?|i?q[1-8]_(?:[01]|[a-z]{1,3})(?:_[a-z]{1,2})?|bnb4|quanti[sz]ed|quant|optimi[sz]ed|simplified|O[1-4]|avx512(?:_?vnni)?|avx2|arm64)$/i;
/** A decoder for the first token, for the following ones, and both in one. */
const DECODER = /^decoder(?:_with_past)?_model(?:_merged)?(?=\.|_|$)/;
/** Parts of a pipeline, which are models of their own even when their shapes are all equal. */
const PARTS =
  /(?:^|\/)((?:[a-z]+_)?(?:unet|vae|encoder|decoder|transformer|generator|discriminator|prior|controlnet|query|passage|context|question)(?:_\d)?)\//i;
/** What quantization makes of a weight's name: ONNX Runtime, then GPTQ and AWQ. */
const QUANTIZED =
  /(?:_(?:quantized|scales?|zero_point|zp|Q[248](?:G\d+)?|bnb4|absmax|DQ_Q[48])+|\.(?:qweight|qzeros|scales|g_idx|SCB|weight_(?:packed|scale(?:_2|_inv)?|global_scale|shape|zero_point)|input_(?:global_)?scale|weight\.(?:absmax|quant_map|nested_\w+|quant_state\.\w+)))$/;
const PACKED: ReadonlySet<string> = new Set(["U8", "I8", "I32", "U32", "U4", "I4", "U2", "I2"]);

/** `units` of one format without those that repeat another one, in the order they came in. */
export function withoutVariants(units: readonly Unit[]): Unit[] {
  const stems = new Set<string>();
  const seenIn = new Map<string, Seen>();
  const kept = new Set<Unit>();
  for (const unit of [...units].sort(byPreference)) {
    const stem = `${formatOf(unit)} ${stemOf(unit)}`;
    const part = PARTS.exec(unit.folder)?.[1] ?? "";
    const seen = seenIn.get(part) ?? { exact: new Set(), names: new Set() };
    seenIn.set(part, seen);
    if (stems.has(stem) || isKnown(unit, seen)) continue;
    stems.add(stem);
    kept.add(unit);
    for (const { name, shape } of ownTensors(unit)) {
      seen.exact.add(`${name} ${shape.join("x")}`);
      seen.names.add(name);
    }
  }
  return units.filter((unit) => kept.has(unit));
}

type Seen = { exact: Set<string>; names: Set<string> };

/** True when most of the unit's tensors are there already, as they are or before they were quantized. */
function isKnown(unit: Unit, seen: Seen): boolean {
  const tensors = ownTensors(unit);
  const known = tensors.filter(({ name, dtype, shape }) => {
    if (seen.exact.has(`${name} ${shape.join("x")}`)) return true;
    const base = name.replace(QUANTIZED, "");
    const wasQuantized = base !== name || PACKED.has(dtype);
    return wasQuantized && (seen.names.has(base) || seen.names.has(`${base}.weight`));
  });
  return known.length * 2 > tensors.length;
}

function ownTensors({ files }: Unit) {
  return files.flatMap(({ reading }) => reading.tensors.filter(({ group }) => group === undefined));
}

/** Plain names first, since a loader asks for them; then the most bytes; then the latest step. */
function byPreference(a: Unit, b: Unit): number {
  return (
    Number(isMarked(a)) - Number(isMarked(b)) ||
    b.tensorBytes - a.tensorBytes ||
    compare(wordsOf(a), wordsOf(b)) ||
    compare(stepsOf(b), stepsOf(a))
  );
}

function isMarked(unit: Unit): boolean {
  return stemOf(unit) !== unit.folder + unit.name;
}

/** The path without words of precision. */
function stemOf({ folder, name }: Unit): string {
  const dot = name.lastIndexOf(".");
  const [start, extension] = dot > 0 ? [name.slice(0, dot), name.slice(dot)] : [name, ""];
  const folders = folder.split("/").map(withoutPrecision).join("/");
  return folders + withoutPrecision(start).replace(DECODER, "decoder_model") + extension;
}

function withoutPrecision(word: string): string {
  let left = word;
  for (let next = left.replace(PRECISION, ""); next !== left; next = left.replace(PRECISION, "")) {
    left = next;
  }
  return left;
}

function wordsOf({ folder, name }: Unit): string {
  return (folder + name).replace(/\d+/g, "0");
}

function stepsOf({ folder, name }: Unit): string {
  return (folder + name).replace(/\d+/g, (digits) => digits.padStart(20, "0"));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
