/**
 * What a Keras model takes and gives, by its configuration (keras.io, "Serialization"): the shapes of its input layers,
 * and of its output layers as far as the configuration says them. Keras itself finds the rest by building the model.
 */
import { type Json, JsonProblem, parseStrictJson } from "../bytes/strict-json.ts";
import { plainText } from "../bytes/window-reader.ts";
import type { Signature, SignatureTensor } from "../contract.ts";
import { dtypeOfName } from "../numpy-dtypes.ts";
import { MAX_DIMENSIONS } from "../tensor-facts.ts";

const MAX_DEPTH = 200;
const MAX_ENDS = 1000;
/** Layers are followed backwards to one whose shape is written down. */
const MAX_STEPS = 1000;
const MAX_NAME_CHARS = 200;
const UNKNOWN = "UNKNOWN";

/** Layers that give what they take in the same shape. */
const SAME_SHAPE =
  /^(?:Activation|ReLU|LeakyReLU|PReLU|ELU|Softmax|Dropout|AlphaDropout|SpatialDropout\dD|Gaussian(?:Dropout|Noise)|BatchNormalization|LayerNormalization|GroupNormalization|UnitNormalization|Normalization|Rescaling|Identity|Masking|ActivityRegularization)$/;

type Shape = SignatureTensor["shape"];
type Layer = ReadonlyMap<string, Json>;
type Layers = { list: readonly Layer[]; byName: ReadonlyMap<string, Layer>; isSequence: boolean };

/** Null where the text is no configuration, or says nothing of the sort. */
export function kerasSignature(text: string): Signature | null {
  try {
    const model = parseStrictJson(text, MAX_DEPTH);
    return model instanceof Map ? signatureOf(model) : null;
  } catch (error) {
    if (error instanceof JsonProblem) return null;
    throw error;
  }
}

function signatureOf(model: Layer): Signature | null {
  const config = mapOf(model.get("config"));
  // Before Keras 2.2.3 the configuration of a sequence was its list of layers.
  const list = listOf(config?.get("layers") ?? model.get("config")).filter(
    (item) => item instanceof Map,
  );
  const isGraph = config?.has("input_layers") === true;
  if (list.length === 0) return builtSignature(model);
  const layers: Layers = {
    list,
    byName: new Map(list.map((layer) => [nameOf(layer), layer])),
    isSequence: !isGraph,
  };
  const signature = isGraph
    ? {
        inputs: referencesOf(config?.get("input_layers")).map((end) => endOf(end, layers)),
        outputs: referencesOf(config?.get("output_layers")).map((end) => endOf(end, layers)),
      }
    : sequenceSignature(model, layers);
  const isEmpty = signature.inputs.length + signature.outputs.length === 0;
  return isEmpty ? null : signature;
}

/** A class of its author's says at most which shape it was built for. */
function builtSignature(model: Layer): Signature | null {
  const shape = shapeOf(mapOf(model.get("build_config"))?.get("input_shape"));
  return shape && { inputs: [{ name: "0", dtype: UNKNOWN, shape }], outputs: [] };
}

function sequenceSignature(model: Layer, layers: Layers): Signature {
  const [first] = layers.list;
  const last = layers.list.at(-1);
  if (!first || !last) return { inputs: [], outputs: [] };
  const config = mapOf(model.get("config"));
  const shape = givenShape(first) ?? shapeOf(config?.get("build_input_shape"));
  return {
    inputs: [{ name: nameOf(first), dtype: dtypeOf(first), shape }],
    outputs: [{ name: nameOf(last), dtype: dtypeOf(last), shape: followShape(last, layers) }],
  };
}

/** A layer of the graph, and the name that its value has for callers. */
type Reference = { layer: string; name: string };

/** `["image", 0, 0]`, a list of such, or an object of them by name. */
function referencesOf(value: Json | undefined): Reference[] {
  if (value instanceof Map) {
    return [...value].slice(0, MAX_ENDS).flatMap(([name, reference]) => {
      const [layer] = listOf(reference);
      return typeof layer === "string" ? [{ layer, name: shown(name) }] : [];
    });
  }
  const list = listOf(value);
  const references: readonly Json[] = typeof list[0] === "string" ? [[...list]] : list;
  return references.slice(0, MAX_ENDS).flatMap((reference) => {
    const [layer] = listOf(reference);
    return typeof layer === "string" ? [{ layer, name: shown(layer) }] : [];
  });
}

function endOf({ layer: key, name }: Reference, layers: Layers): SignatureTensor {
  const layer = layers.byName.get(shown(key));
  if (layer === undefined) return { name, dtype: UNKNOWN, shape: null };
  return { name, dtype: dtypeOf(layer), shape: followShape(layer, layers) };
}

/** The shape of what a layer gives; null where the configuration does not say it. */
function followShape(layer: Layer, layers: Layers): Shape {
  let at: Layer | undefined = layer;
  let units: number | null = null;
  for (let step = 0; at !== undefined && step < MAX_STEPS; step += 1) {
    const className = String(at.get("class_name"));
    if (className === "InputLayer") return withUnits(givenShape(at), units);
    if (className === "Dense") units ??= countOf(mapOf(at.get("config"))?.get("units"));
    else if (!SAME_SHAPE.test(className)) return null;
    const taken = takenShape(at) ?? givenShape(at);
    if (taken !== null) return withUnits(taken, units);
    at = before(at, layers);
  }
  return null;
}

function withUnits(shape: Shape, units: number | null): Shape {
  return units === null || shape === null ? shape : [...shape.slice(0, -1), units];
}

/** What the layer takes: the tensor of its only call, or the shape that it was built for. */
function takenShape(layer: Layer): Shape {
  const [call, ...others] = listOf(layer.get("inbound_nodes"));
  if (others.length > 0) return null;
  const [tensor] = listOf(mapOf(call)?.get("args"));
  const tensorConfig = mapOf(mapOf(tensor)?.get("config"));
  return (
    shapeOf(tensorConfig?.get("shape")) ??
    shapeOf(mapOf(layer.get("build_config"))?.get("input_shape"))
  );
}

function before(layer: Layer, { list, byName, isSequence }: Layers): Layer | undefined {
  if (isSequence) return list[list.indexOf(layer) - 1];
  // Keras 2: `[[["dense", 0, 0, {}]]]`.
  const [call, ...others] = listOf(layer.get("inbound_nodes"));
  const [reference, ...more] = listOf(call);
  const [name] = listOf(reference);
  if (others.length > 0 || more.length > 0 || typeof name !== "string") return undefined;
  return byName.get(shown(name));
}

/** The shape that an input layer, or the first layer of a sequence, was given. */
function givenShape(layer: Layer): Shape {
  const config = mapOf(layer.get("config"));
  return shapeOf(config?.get("batch_shape") ?? config?.get("batch_input_shape"));
}

function shapeOf(value: Json | undefined): Shape {
  if (!Array.isArray(value) || value.length > MAX_DIMENSIONS) return null;
  if (value.some((size) => size !== null && countOf(size) === null)) return null;
  return value.map((size) => countOf(size));
}

function countOf(value: Json | undefined): number | null {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0 ? value : null;
}

/** A name, or an object with a policy's name; of a mixed policy the layers give the smaller type. */
function dtypeOf(layer: Layer): string {
  const dtype = mapOf(layer.get("config"))?.get("dtype");
  const name = dtype instanceof Map ? mapOf(dtype.get("config"))?.get("name") : dtype;
  return (typeof name === "string" && dtypeOfName(name.replace(/^mixed_/, ""))) || UNKNOWN;
}

function nameOf(layer: Layer): string {
  const name = mapOf(layer.get("config"))?.get("name") ?? layer.get("name");
  return typeof name === "string" ? shown(name) : "";
}

function shown(name: string): string {
  return plainText(name, MAX_NAME_CHARS);
}

function mapOf(value: Json | undefined): Layer | null {
  return value instanceof Map ? value : null;
}

function listOf(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? value : [];
}
