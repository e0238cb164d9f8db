/**
 * The tensors of a PyTorch object: a state dict, a training checkpoint that holds one, or a whole module.
 * Every tensor that is found is listed under the keys that lead to it; what a key is called decides nothing.
 */

import {
  type CallValue,
  entriesOf,
  entryOf,
  globalName,
  isObject,
  itemsOf,
  type PickleValue,
} from "../pickle/pickle-values.ts";
import { MAX_NAME_BYTES, MAX_TENSORS } from "../tensor-facts.ts";
import type { FoundEntry, NamedTensor } from "./named-tensor.ts";
import { markAverages, markLoose, markRandomStates, markTied } from "./torch-copies.ts";
import { readTorchTensor, type TorchTensor } from "./torch-tensor.ts";
import { isLightningCheckpoint, isTrainingState } from "./torch-training.ts";

/** Modules in modules in lists ...: real nesting is below 30. */
const MAX_DEPTH = 100;
/** Values looked at while searching tensors: bounds what circles and shared parts can cost. */
const MAX_VISITS = 5_000_000;

/** Qualified name of a TorchScript class -> its attributes that are parameters. */
export type ClassParameters = ReadonlyMap<string, ReadonlySet<string>>;

/** All tensors that `root` is or holds. */
export function collectTensors(
  root: PickleValue,
  classes: ClassParameters = new Map(),
): NamedTensor[] {
  const found = new Collector(classes).collect(root);
  markRandomStates(found);
  nameAsModel(found, entriesOf(root)?.length ?? 0);
  markTied(found);
  return found;
}

/** Weights that a checkpoint keeps under one key (`state_dict`) are named as the model itself names them. */
function nameAsModel(found: readonly NamedTensor[], rootLength: number): void {
  const weights = found.filter(({ group }) => group === null);
  const start = `${weights[0]?.part}.`;
  const isRecord = rootLength > 2 || weights.some(({ name }) => name.includes(".", start.length));
  if (!isRecord || !weights.every(({ name }) => name.startsWith(start))) return;
  for (const tensor of weights) tensor.name = tensor.name.slice(start.length);
}

type Group = NamedTensor["group"];

class Collector {
  readonly #found: NamedTensor[] = [];
  readonly #open = new Set<PickleValue>();
  readonly #classes: ClassParameters;
  #visits = 0;
  #part = "";

  constructor(classes: ClassParameters) {
    this.#classes = classes;
  }

  collect(root: PickleValue): NamedTensor[] {
    this.#visit(root, "", false, null);
    return this.#found;
  }

  #visit(value: PickleValue, name: string, isBuffer: boolean, group: Group): void {
    this.#visits += 1;
    if (!isObject(value) || this.#visits > MAX_VISITS || this.#open.size > MAX_DEPTH) return;
    if (this.#open.has(value) || name.length > MAX_NAME_BYTES) return;
    const tensor = readTorchTensor(value);
    if (tensor) {
      this.#add(tensor, { name, isBuffer, group });
      return;
    }
    this.#open.add(value);
    const inside = group ?? (isTrainingState(value) ? "training" : null);
    const entries = entriesOf(value);
    if (entries) this.#visitDict(entries, name, isBuffer, inside);
    else if (value.kind === "call") this.#visitObject(value, name, inside);
    else this.#visitItems(itemsOf(value) ?? [], name, isBuffer, inside);
    this.#open.delete(value);
  }

  #add(tensor: TorchTensor, place: Pick<NamedTensor, "name" | "isBuffer" | "group">): void {
    if (this.#found.length >= MAX_TENSORS) return;
    this.#found.push({ ...tensor, ...place, part: this.#part });
  }

  #visitItems(items: readonly PickleValue[], name: string, isBuffer: boolean, group: Group): void {
    for (const [at, item] of items.entries()) {
      this.#visit(item, join(name, String(at)), isBuffer, group);
    }
  }

  #visitDict(entries: readonly PickleValue[], name: string, isBuffer: boolean, group: Group): void {
    const isLightning = name === "" && isLightningCheckpoint(entries);
    const parts: FoundEntry[] = [];
    let isRecord = false;
    for (let at = 0; at + 1 < entries.length; at += 2) {
      const key = keyText(entries[at], at / 2);
      const value = entries[at + 1] as PickleValue;
      const inner = join(name, key);
      if (name === "") this.#part = key;
      const from = this.#found.length;
      const isModel = !isLightning || key === "state_dict";
      this.#visit(value, inner, isBuffer, isModel ? group : "training");
      isRecord ||= !isObject(value) || isTrainingState(value);
      const to = this.#found.length;
      if (to > from) parts.push({ key, isTensor: this.#found[from]?.name === inner, from, to });
    }
    if (group !== null) return;
    markAverages(this.#found, parts);
    if (isRecord) markLoose(this.#found, parts);
  }

  /** A module keeps its tensors in three dicts that are no part of their names; other objects do not. */
  #visitObject(value: CallValue, name: string, group: Group): void {
    const { state } = value;
    const parameters = entryOf(state, "_parameters");
    if (parameters === undefined) {
      const known = this.#classes.get(globalName(value.callee) ?? "");
      this.#visitAttributes(entriesOf(state) ?? [], name, known, group);
      if (itemsOf(state)) this.#visitItems(itemsOf(state) ?? [], name, false, group);
      this.#visitContent(value, name, group);
      return;
    }
    this.#visitModulePart(parameters, name, false, group);
    this.#visitModulePart(entryOf(state, "_buffers"), name, true, group);
    this.#visitModulePart(entryOf(state, "_modules"), name, false, group);
  }

  /** What a call was given, and what was put into its result afterwards: any kind of dict or list. */
  #visitContent({ args, items, entries }: CallValue, name: string, group: Group): void {
    for (const [at, item] of (itemsOf(args) ?? []).entries()) {
      const isDict = entriesOf(item) !== null;
      this.#visit(item, isDict ? name : join(name, String(at)), false, group);
    }
    this.#visitItems(items, name, false, group);
    this.#visitDict(entries, name, false, group);
  }

  /** Two modules of the same kind in one module are two modules, whatever they are called. */
  #visitModulePart(
    part: PickleValue | undefined,
    name: string,
    isBuffer: boolean,
    group: Group,
  ): void {
    const entries = entriesOf(part) ?? [];
    for (let at = 0; at + 1 < entries.length; at += 2) {
      const key = keyText(entries[at], at / 2);
      this.#visit(entries[at + 1] as PickleValue, join(name, key), isBuffer, group);
    }
  }

  #visitAttributes(
    entries: readonly PickleValue[],
    name: string,
    known: ReadonlySet<string> | undefined,
    group: Group,
  ): void {
    for (let at = 0; at + 1 < entries.length; at += 2) {
      const key = keyText(entries[at], at / 2);
      const isBuffer = known !== undefined && !known.has(key);
      this.#visit(entries[at + 1] as PickleValue, join(name, key), isBuffer, group);
    }
  }
}

/** An optimizer keys its state by number, or by the parameter itself, which has no text. */
function keyText(key: PickleValue | undefined, position: number): string {
  return isObject(key) || key === undefined ? String(position) : String(key);
}

function join(prefix: string, key: string): string {
  return prefix === "" ? key : `${prefix}.${key}`;
}
