/**
 * The tensors of a PyTorch object: a state dict, a training checkpoint that holds one, or a whole module.
 */
import {
  type CallValue,
  entriesOf,
  entryOf,
  globalName,
  isObject,
  itemsOf,
  type PickleValue,
} from "./pickle-values.ts";
import { MAX_NAME_BYTES, MAX_TENSORS } from "./tensor-facts.ts";
import { readTorchTensor, type TorchTensor } from "./torch-tensor.ts";

/** Modules in modules in lists ...: real nesting is below 30. */
const MAX_DEPTH = 100;
/** Values looked at while searching tensors: bounds what circles and shared parts can cost. */
const MAX_VISITS = 5_000_000;

/** Where training scripts keep the model inside a checkpoint, most usual first. */
const MODEL_KEYS = [
  "state_dict",
  "model_state_dict",
  "model_state",
  "model",
  "module",
  "net",
  "network",
  "weights",
];
/** What training needs and the model does not. */
const TRAINING_STATE = /optim|scheduler|scaler|rng_state|grad/i;

export type NamedTensor = TorchTensor & { name: string; isBuffer: boolean };

/** Qualified name of a TorchScript class -> its attributes that are parameters. */
export type ClassParameters = ReadonlyMap<string, ReadonlySet<string>>;

/** All tensors of the model that `root` is or holds; its optimizer's are left out. */
export function collectTensors(
  root: PickleValue,
  classes: ClassParameters = new Map(),
): NamedTensor[] {
  for (const key of MODEL_KEYS) {
    const model = entryOf(root, key);
    const found = model === undefined ? [] : new Collector(classes).collect(model);
    if (found.length > 0) return found;
  }
  return new Collector(classes).collect(root);
}

class Collector {
  readonly #found: NamedTensor[] = [];
  readonly #open = new Set<PickleValue>();
  readonly #classes: ClassParameters;
  #visits = 0;

  constructor(classes: ClassParameters) {
    this.#classes = classes;
  }

  collect(root: PickleValue): NamedTensor[] {
    this.#visit(root, "", false);
    return this.#found;
  }

  #visit(value: PickleValue, name: string, isBuffer: boolean): void {
    this.#visits += 1;
    if (!isObject(value) || this.#visits > MAX_VISITS || this.#open.size > MAX_DEPTH) return;
    if (this.#open.has(value) || name.length > MAX_NAME_BYTES) return;
    const tensor = readTorchTensor(value);
    if (tensor) {
      if (this.#found.length < MAX_TENSORS) this.#found.push({ ...tensor, name, isBuffer });
      return;
    }
    this.#open.add(value);
    const entries = entriesOf(value);
    if (entries) this.#visitEntries(entries, name, isBuffer);
    else if (value.kind === "call") this.#visitObject(value, name);
    else
      itemsOf(value)?.forEach(
        (item, at) => void this.#visit(item, join(name, String(at)), isBuffer),
      );
    this.#open.delete(value);
  }

  #visitEntries(entries: readonly PickleValue[], name: string, isBuffer: boolean): void {
    for (let at = 0; at + 1 < entries.length; at += 2) {
      const key = entries[at];
      if (typeof key !== "string" && typeof key !== "number") continue;
      if (
        name === "" &&
        typeof key === "string" &&
        TRAINING_STATE.test(key) &&
        !isTensor(entries[at + 1])
      ) {
        continue;
      }
      this.#visit(entries[at + 1] as PickleValue, join(name, String(key)), isBuffer);
    }
  }

  /** A module keeps its tensors in three dicts that are no part of their names; a compiled one does not. */
  #visitObject(value: CallValue, name: string): void {
    const { state } = value;
    const parameters = entryOf(state, "_parameters");
    if (parameters === undefined) {
      const known = this.#classes.get(globalName(value.callee) ?? "");
      this.#visitAttributes(entriesOf(state) ?? [], name, known);
      return;
    }
    this.#visit(parameters, name, false);
    this.#visit(entryOf(state, "_buffers") ?? null, name, true);
    this.#visit(entryOf(state, "_modules") ?? null, name, false);
  }

  #visitAttributes(
    entries: readonly PickleValue[],
    name: string,
    known: ReadonlySet<string> | undefined,
  ): void {
    if (!known) {
      this.#visitEntries(entries, name, false);
      return;
    }
    for (let at = 0; at + 1 < entries.length; at += 2) {
      const key = String(entries[at]);
      this.#visit(entries[at + 1] as PickleValue, join(name, key), !known.has(key));
    }
  }
}

function isTensor(value: PickleValue | undefined): boolean {
  return readTorchTensor(value) !== null;
}

function join(prefix: string, key: string): string {
  return prefix === "" ? key : `${prefix}.${key}`;
}
