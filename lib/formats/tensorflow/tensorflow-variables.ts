/**
 * Which of TensorFlow's variables are a model's: TensorFlow and Keras name what training keeps beside them in their
 * own ways.
 */
import type { TensorFact } from "../contract.ts";
import { countParameters } from "../tensor-facts.ts";

/**
 * Counters, metrics, and an optimizer's own variables (beside them Keras lists the model's, as
 * `_trainable_variables`). A slot of TensorFlow 2 has its mark in its key.
 */
const TRAINING =
  /(?:^|\/)(?:save_counter|global_step|_iterations|_learning_rate|beta[12]_power|_variables)(?:\/|$)|\.OPTIMIZER_SLOT|(?:^|\/)(?:optimizer|keras_api\/metrics)\/(?!_trainable_variables\/)/;
const EXPORTED = "variables/";
const EXPORTED_AGAIN = "_all_variables/";
const BY_NUMBER = /^(?:_all_)?variables\/\d+\//;
const FLOATING: ReadonlySet<string> = new Set(
  "F64 F32 F16 BF16 F8_E4M3 F8_E5M2 F8_E4M3FNUZ F8_E5M2FNUZ F8_E4M3B11FNUZ F4 C64 C128".split(" "),
);

/**
 * The variables with their groups. Of Keras 3's two exports of the same variables (one adds random states) one is
 * kept.
 */
export function groupVariables(tensors: readonly TensorFact[]): TensorFact[] {
  const shapes = new Map(tensors.map(({ name, shape }) => [name, String(shape)]));
  return withoutCopies(tensors).map((tensor) => {
    const { name, dtype, shape } = tensor;
    // TensorFlow 1 keeps a variable's slots, which have its shape, under its name.
    const isSlot = shapes.get(name.slice(0, name.lastIndexOf("/"))) === String(shape);
    const isInteger = /^[IU]\d/.test(dtype);
    const isCounter = isInteger && shape.length === 0;
    // Keras exports variables by number: two integers are a random generator's state.
    const isSeed = isInteger && String(shape) === "2" && BY_NUMBER.test(name);
    const isTraining = isSlot || isCounter || isSeed || TRAINING.test(name);
    return isTraining ? { ...tensor, group: "training" } : tensor;
  });
}

/** Elements of the variables that hold weights; integers are counters, tables and states. */
export function countVariables(tensors: readonly TensorFact[]): number {
  return countParameters(tensors, ({ dtype }) => FLOATING.has(dtype));
}

function withoutCopies(tensors: readonly TensorFact[]): readonly TensorFact[] {
  const first = tensors.filter(({ name }) => name.startsWith(EXPORTED));
  const again = tensors.filter(({ name }) => name.startsWith(EXPORTED_AGAIN));
  if (first.length === 0 || again.length === 0) return tensors;
  const copies = countVariables(first) === countVariables(again) ? first : again;
  const dropped = new Set(copies);
  return tensors.filter((tensor) => !dropped.has(tensor));
}
