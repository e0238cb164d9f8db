/**
 * Quantized weights by what they unpack to: GPTQ and AWQ (`qweight`), bitsandbytes, compressed-tensors (`weight_packed`),
 * MXFP4 (`_blocks`), ModelOpt's NVFP4, MLX, and eight-bit ones, which are not packed. Scales, zero points and the like
 * are no parameters.
 */
import type { TensorFact } from "../contract.ts";
import { elementCount } from "../tensor-facts.ts";

const WORD_BITS = 32;
/** Ends of the names that lie beside a packed weight, by the end that its own name has. */
const BESIDE: ReadonlyMap<string, readonly string[]> = new Map([
  [".qweight", [".qzeros", ".scales", ".g_idx"]],
  [
    ".weight_packed",
    [
      ".weight_scale",
      ".weight_global_scale",
      ".weight_zero_point",
      ".weight_shape",
      ".weight_g_idx",
      ".input_global_scale",
    ],
  ],
  [
    ".weight",
    [
      ".SCB",
      ".weight_format",
      ".weight_scale",
      ".weight_scale_2",
      ".weight_scale_inv",
      ".weight_zero_point",
      ".input_scale",
      ".scales",
      ".biases",
    ],
  ],
  ["_blocks", ["_scales"]],
]);
/** Ends that bitsandbytes with four bits puts behind the weight's whole name. */
const BESIDE_4BIT = /\.(?:absmax|quant_map|nested_absmax|nested_quant_map|quant_state\.\w+)$/;

export type Unpacked = {
  /** Added to the number of elements as they are stored, it gives the number of parameters. */
  difference: number;
  /** True when some weight is packed in a way that is known. */
  isKnown: boolean;
};

/** `bits` are those of a value according to the configuration; null without one. */
export function unpackedDifference(tensors: readonly TensorFact[], bits: number | null): Unpacked {
  const own = tensors.filter(({ group }) => group === undefined);
  const byName = new Map(own.map((tensor) => [tensor.name, tensor]));
  const counted = new Map<string, number>();
  for (const tensor of own) {
    const { name } = tensor;
    const weight = name.replace(BESIDE_4BIT, "");
    if (weight !== name && isPacked4Bit(byName.get(weight), byName)) counted.set(name, 0);
    for (const [end, others] of BESIDE) {
      if (!name.endsWith(end)) continue;
      const start = name.slice(0, -end.length);
      const sizeOf = (other: string) => byName.get(start + other)?.shape;
      const elements = unpacked(tensor, end, { sizeOf, bits, byName });
      if (elements === null) continue;
      counted.set(name, elements);
      for (const other of others) counted.set(start + other, 0);
    }
  }
  let difference = 0;
  for (const [name, elements] of counted) {
    const tensor = byName.get(name);
    if (tensor) difference += elements - (elementCount(tensor.shape) ?? 0);
  }
  return { difference, isKnown: counted.size > 0 };
}

type Around = {
  sizeOf: (end: string) => readonly number[] | undefined;
  bits: number | null;
  byName: ReadonlyMap<string, TensorFact>;
};

/** Elements of the weight; null when it is not packed, or nothing says how. */
function unpacked(
  tensor: TensorFact,
  end: string,
  { sizeOf, bits, byName }: Around,
): number | null {
  const { shape, dtype } = tensor;
  const stored = elementCount(shape) ?? 0;
  const [rows = 0, columns = 0] = shape;
  const byBits = bits === null ? null : Math.floor((stored * WORD_BITS) / bits);
  if (end === ".qweight") {
    const scales = sizeOf(".scales");
    if (dtype !== "I32" || !scales || shape.length !== 2) return null;
    // GPTQ packs along the inputs, whose number its group index tells; AWQ packs along the outputs.
    if (scales.at(-1) !== columns) return rows * (scales.at(-1) ?? 0);
    const inputs = sizeOf(".g_idx")?.[0];
    return inputs === undefined ? byBits : inputs * columns;
  }
  if (end === ".weight_packed") {
    return dtype === "I32" ? byBits : dtype === "U8" && sizeOf(".weight_scale") ? stored * 2 : null;
  }
  if (end === "_blocks") return dtype === "U8" && sizeOf("_scales") ? stored * 2 : null;
  if (isPacked4Bit(tensor, byName)) return stored * 2;
  if (dtype === "U32" && sizeOf(".scales")) return byBits;
  const isScaled = sizeOf(".weight_scale") ?? sizeOf(".weight_scale_inv");
  // Two values of four bits a byte: ModelOpt keeps the weight's plain name.
  if (dtype === "U8") return isScaled && sizeOf(".weight_scale_2") ? stored * 2 : null;
  const isEightBit = dtype === "I8" || dtype.startsWith("F8_");
  return isEightBit && (isScaled ?? sizeOf(".SCB")) ? stored : null;
}

function isPacked4Bit(
  weight: TensorFact | undefined,
  byName: ReadonlyMap<string, TensorFact>,
): boolean {
  return weight?.dtype === "U8" && byName.has(`${weight.name}.absmax`);
}
