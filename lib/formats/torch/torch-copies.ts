/** Which of a PyTorch object's tensors are no weights of their own: tied ones, averages, random states. */
import { elementCount } from "../tensor-facts.ts";
import type { FoundEntry, NamedTensor } from "./named-tensor.ts";

/**
 * Names that training gives to a second set of the same weights. Structure alone cannot tell an average from a second
 * network of the same kind (the two generators of a CycleGAN), and a name alone says nothing: both must agree.
 */
const SECOND_SET =
  /ema|averag|avg|swa|shadow|polyak|target|teacher|momentum|best|last|master|fp32|backup/i;
/** The share of a second set's elements that the first one must have: an average adds its decay and its count. */
const SAME_SHARE = 0.9;
/** A record of a training has a dozen parts: each is compared with each. */
const MAX_SETS = 64;
/** torch.get_rng_state(), on a processor and on a GPU: bytes. */
const CPU_RANDOM_STATE = 5056;
const GPU_RANDOM_STATE = 16;

/** Marks the entries of one dict that hold what a sibling holds already. */
export function markAverages(found: readonly NamedTensor[], entries: readonly FoundEntry[]): void {
  markFlatAverages(found, entries);
  const sets = entries.filter(({ isTensor }) => !isTensor);
  const isSecond = ({ key }: FoundEntry) => SECOND_SET.test(key);
  if (sets.length < 2 || sets.length > MAX_SETS || !sets.some(isSecond)) return;
  const kept: NamedTensor[][] = [];
  for (const entry of [...sets.filter((set) => !isSecond(set)), ...sets.filter(isSecond)]) {
    const set = found.slice(entry.from, entry.to).filter(({ group }) => group === null);
    if (isSecond(entry) && kept.some((first) => isSameSet(first, set))) {
      for (const tensor of set) tensor.group = "copy";
    } else kept.push(set);
  }
}

/** Compares by name and shape; a list, which has no names (`shadow_params`), by shape alone. */
function isSameSet(first: readonly NamedTensor[], second: readonly NamedTensor[]): boolean {
  const mostOf = (set: readonly NamedTensor[]) => countElements(set) * SAME_SHARE;
  if (countElements(second) === 0 || countElements(second) < mostOf(first) / 2) return false;
  const start = commonStart(second);
  const isList = second.every(({ name }) => /^[.\d]*$/.test(name.slice(start)));
  const textsOf = (set: readonly NamedTensor[]) => {
    const from = commonStart(set);
    return set.map(({ name, shape }) => `${isList ? "" : name.slice(from)} ${shape.join("x")}`);
  };
  const left = new Map<string, number>();
  for (const text of textsOf(first)) left.set(text, (left.get(text) ?? 0) + 1);
  const texts = textsOf(second);
  const same = second.filter((_, at) => {
    const times = left.get(texts[at] as string) ?? 0;
    left.set(texts[at] as string, times - 1);
    return times > 0;
  });
  return countElements(same) >= mostOf(second);
}

function countElements(tensors: readonly NamedTensor[]): number {
  return tensors.reduce((sum, { shape }) => sum + (elementCount(shape) ?? 0), 0);
}

/** Length of what the names of a set's weights begin with: its key, and wrappers (`module.`), beside which counters lie. */
function commonStart(tensors: readonly NamedTensor[]): number {
  const [first = "", ...names] = tensors
    .filter(({ shape }) => shape.length > 0)
    .map(({ name }) => name);
  let end = first.lastIndexOf(".") + 1;
  for (const name of names) {
    while (end > 0 && !name.startsWith(first.slice(0, end))) {
      end = first.lastIndexOf(".", end - 2) + 1;
    }
  }
  return end;
}

/**
 * Latent diffusion's average is a module among the others of one state dict: `model_ema.decay`, `model_ema.num_updates`,
 * and the weights of another module, whose names lost their dots.
 */
function markFlatAverages(found: readonly NamedTensor[], entries: readonly FoundEntry[]): void {
  const flat = entries.filter(({ isTensor }) => isTensor);
  const keys = new Set(flat.map(({ key }) => key));
  const averages = flat
    .filter(({ key }) => key.endsWith(".num_updates"))
    .map(({ key }) => key.slice(0, -"num_updates".length))
    .filter((start) => keys.has(`${start}decay`));
  for (const start of averages) {
    const inside = flat.filter(({ key }) => key.startsWith(start));
    if (inside.some(({ key }) => key.slice(start.length).includes("."))) continue;
    for (const { from } of inside) (found[from] as NamedTensor).group = "copy";
  }
}

/** A number beside the model in a training record (`best_accuracy`) is no weight of it. */
export function markLoose(found: readonly NamedTensor[], entries: readonly FoundEntry[]): void {
  const hasModel = entries.some(
    ({ isTensor, from, to }) =>
      !isTensor && found.slice(from, to).some(({ group }) => group === null),
  );
  if (!hasModel) return;
  for (const { isTensor, from } of entries) {
    const tensor = found[from] as NamedTensor;
    if (isTensor && tensor.shape.length === 0) tensor.group = "training";
  }
}

/** Bytes of a GPU state's length count as one only beside the processor's state, which is saved with it. */
export function markRandomStates(found: readonly NamedTensor[]): void {
  const hasLength = ({ dtype, shape }: NamedTensor, length: number) =>
    dtype === "U8" && shape.length === 1 && shape[0] === length;
  if (!found.some((tensor) => hasLength(tensor, CPU_RANDOM_STATE))) return;
  for (const tensor of found) {
    if (hasLength(tensor, CPU_RANDOM_STATE) || hasLength(tensor, GPU_RANDOM_STATE)) {
      tensor.group ??= "training";
    }
  }
}

/** Tensors that are the same elements of the same storage are one parameter under two names. */
export function markTied(found: readonly NamedTensor[]): void {
  const seen = new Set<string>();
  const own = found.filter(({ group }) => group === null);
  // Parameters come first, since of tied tensors the first one counts and buffers are not parameters.
  for (const tensor of [...own.filter((t) => !t.isBuffer), ...own.filter((t) => t.isBuffer)]) {
    if (tensor.region === null || elementCount(tensor.shape) === 0) continue;
    if (seen.has(tensor.region)) tensor.group = "copy";
    seen.add(tensor.region);
  }
}
