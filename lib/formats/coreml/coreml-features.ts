/** Inputs and outputs of a Core ML model: FeatureTypes.proto of coremltools. */
import type { ProtoField, ProtoWalker } from "../bytes/protobuf.ts";
import { plainText } from "../bytes/window-reader.ts";
import type { SignatureTensor } from "../contract.ts";
import { MAX_DIMENSIONS, MAX_NAME_BYTES } from "../tensor-facts.ts";

/** `ArrayDataType`. */
const ARRAY_TYPES: ReadonlyMap<number, string> = new Map([
  [65_552, "F16"],
  [65_568, "F32"],
  [65_600, "F64"],
  [131_080, "I8"],
  [131_104, "I32"],
]);
/** `ColorSpace`. */
const COLOR_SPACES: ReadonlyMap<number, string> = new Map([
  [10, "GRAYSCALE"],
  [20, "RGB"],
  [30, "BGR"],
  [40, "GRAYSCALE_FLOAT16"],
]);
/** Shapes that a model lists one by one; Core ML takes 128. */
const MAX_SHAPES = 1_000;
const MAX_NAME_CHARS = 250;

type Shape = (number | null)[];

/** FeatureDescription: 1 name, 3 type. Throws `invalid_model_file`. */
export async function readFeature(
  walker: ProtoWalker,
  field: ProtoField,
): Promise<SignatureTensor> {
  const feature: SignatureTensor = { name: "", dtype: "UNKNOWN", shape: null };
  await walker.message(field, async (part) => {
    if (part.number === 1)
      feature.name = plainText(await walker.text(part, MAX_NAME_BYTES), MAX_NAME_CHARS);
    else if (part.number === 3) Object.assign(feature, await readType(walker, part));
  });
  return feature;
}

/** FeatureType: 1 int64, 2 double, 3 string, 4 image, 5 array, 6 dictionary, 7 sequence, 8 state { 1 array }. */
async function readType(
  walker: ProtoWalker,
  field: ProtoField,
): Promise<Pick<SignatureTensor, "dtype" | "shape">> {
  let type: Pick<SignatureTensor, "dtype" | "shape"> = { dtype: "UNKNOWN", shape: null };
  await walker.message(field, async (part) => {
    switch (part.number) {
      case 1:
        type = { dtype: "I64", shape: [] };
        break;
      case 2:
        type = { dtype: "F64", shape: [] };
        break;
      case 3:
        type = { dtype: "STRING", shape: [] };
        break;
      case 4:
        type = await readImage(walker, part);
        break;
      case 5:
        type = await readArray(walker, part);
        break;
      case 6:
        type = { dtype: "DICTIONARY", shape: null };
        break;
      case 7:
        type = { dtype: "SEQUENCE", shape: null };
        break;
      case 8:
        await walker.message(part, async (state) => {
          if (state.number === 1) type = await readArray(walker, state);
        });
    }
  });
  return type;
}

/** ImageFeatureType: 1 width, 2 height, 3 colour space, 21 sizes { 1 size {1, 2} }, 31 ranges { 1 width, 2 height }. */
async function readImage(walker: ProtoWalker, field: ProtoField) {
  const size: Shape = [0, 0];
  let colours = "";
  await walker.message(field, async (part) => {
    if (part.number === 1) size[1] = await lengthOf(walker, part);
    else if (part.number === 2) size[0] = await lengthOf(walker, part);
    else if (part.number === 3) colours = COLOR_SPACES.get(await walker.smallInt(part)) ?? "";
  });
  // The range, or the list, comes after the size that is used where nothing else is asked for.
  await walker.message(field, async (part) => {
    if (part.number === 21) {
      await walker.message(part, async (one) => {
        if (one.number !== 1) return;
        const other: Shape = [0, 0];
        await walker.message(one, async (side) => {
          if (side.number === 1) other[1] = await lengthOf(walker, side);
          else if (side.number === 2) other[0] = await lengthOf(walker, side);
        });
        open(size, other);
      });
    } else if (part.number === 31) {
      await walker.message(part, async (range) => {
        const isOpen = await isOpenRange(walker, range);
        if (isOpen && range.number === 1) size[1] = null;
        else if (isOpen && range.number === 2) size[0] = null;
      });
    }
  });
  return { dtype: colours === "" ? "IMAGE" : `IMAGE_${colours}`, shape: size };
}

/** ArrayFeatureType: 1 shape, 2 type, 21 shapes { 1 shape { 1 } }, 31 ranges { 1 range of a dimension }. */
async function readArray(walker: ProtoWalker, field: ProtoField) {
  const sizes: bigint[] = [];
  let dtype = "UNKNOWN";
  let listed = 0;
  let shape: Shape | null = null;
  await walker.message(field, async (part) => {
    if (part.number === 1) await walker.ints(part, sizes, MAX_DIMENSIONS);
    else if (part.number === 2) dtype = ARRAY_TYPES.get(await walker.smallInt(part)) ?? dtype;
  });
  if (sizes.length > 0) shape = sizes.map(toLength);
  await walker.message(field, async (part) => {
    if (part.number !== 21 && part.number !== 31) return;
    let place = 0;
    await walker.message(part, async (one) => {
      if (one.number !== 1) return;
      if (listed >= MAX_SHAPES) walker.reader.fail(`it lists more than ${MAX_SHAPES} shapes`);
      listed += 1;
      if (part.number === 31) {
        if ((await isOpenRange(walker, one)) && shape && place < shape.length) shape[place] = null;
        place += 1;
        return;
      }
      const other: bigint[] = [];
      await walker.message(one, async (inner) => {
        if (inner.number === 1) await walker.ints(inner, other, MAX_DIMENSIONS);
      });
      if (shape?.length === other.length) open(shape, other.map(toLength));
      else shape = null;
    });
  });
  return { dtype, shape };
}

/** Sizes in which two shapes differ are those that callers choose. */
function open(shape: Shape, other: Shape): void {
  other.forEach((size, at) => {
    if (size !== shape[at]) shape[at] = null;
  });
}

/** SizeRange: 1 lower bound, 2 upper bound, which is negative where there is none. */
async function isOpenRange(walker: ProtoWalker, field: ProtoField): Promise<boolean> {
  let [lower, upper] = [0n, 0n];
  await walker.message(field, async (part) => {
    if (part.number === 1) lower = await walker.int(part);
    else if (part.number === 2) upper = await walker.int(part);
  });
  return lower !== upper;
}

async function lengthOf(walker: ProtoWalker, field: ProtoField): Promise<number | null> {
  return toLength(await walker.int(field));
}

function toLength(size: bigint): number | null {
  const length = Number(size);
  return Number.isSafeInteger(length) && length >= 0 ? length : null;
}
