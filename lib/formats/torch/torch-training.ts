/**
 * What training saves beside the model, told by its structure: torch/optim/optimizer.py (`state_dict`),
 * torch/optim/lr_scheduler.py, torch/amp/grad_scaler.py, Lightning's checkpoints.
 */
import {
  entriesOf,
  entryOf,
  isObject,
  itemsOf,
  type PickleValue,
} from "../pickle/pickle-values.ts";

/** Entries of a dict looked at before it is taken for something else. */
const MAX_KEYS = 10_000;
/** Slots of one parameter: real optimizers have fewer than ten. */
const MAX_SLOTS = 64;
/** Slots that optimizers keep for each parameter; the state of each optimizer has at least one of them. */
const SLOTS = ["step", "exp_avg", "momentum_buffer", "square_avg", "sum", "acc_delta"];

/** True for the state of an optimizer, a learning rate's schedule or a loss scaler, or such an object itself. */
export function isTrainingState(value: PickleValue): boolean {
  const state = isObject(value) && value.kind === "call" ? (value.state ?? value) : value;
  const entries = entriesOf(state);
  if (!entries || entries.length === 0) return false;
  const has = (key: string) => entryOf(state, key) !== undefined;
  const isOptimizer = itemsOf(entryOf(state, "param_groups")) !== null && has("state");
  const isSchedule = has("last_epoch") && (has("_step_count") || has("base_lrs"));
  const isScaler = has("growth_factor") && has("backoff_factor");
  return isOptimizer || isSchedule || isScaler || isFlatState(entries) || isSlotTable(entries);
}

/** Lightning keeps the model in `state_dict` and everything else for itself. */
export function isLightningCheckpoint(entries: readonly PickleValue[]): boolean {
  const keys = new Set<unknown>();
  for (let at = 0; at < entries.length && at < MAX_KEYS; at += 2) keys.add(entries[at]);
  return keys.has("pytorch-lightning_version") && keys.has("state_dict");
}

/** `{"state.layer.weight.exp_avg": ..., "param_groups.layer.weight.lr": ...}`, as distributed training saves it. */
function isFlatState(entries: readonly PickleValue[]): boolean {
  let groups = 0;
  for (let at = 0; at < entries.length && at < MAX_KEYS; at += 2) {
    const key = entries[at];
    if (typeof key !== "string" || !/^(?:state|param_groups)\./.test(key)) return false;
    if (key.startsWith("param_groups.")) groups += 1;
  }
  return groups > 0;
}

/** `{0: {"step": ..., "exp_avg": ...}, 1: ...}`: a parameter's number -> its slots. */
function isSlotTable(entries: readonly PickleValue[]): boolean {
  for (let at = 0; at + 1 < entries.length && at < MAX_KEYS; at += 2) {
    if (typeof entries[at] !== "number") return false;
    const slots = entries[at + 1];
    if ((entriesOf(slots)?.length ?? 0) > MAX_SLOTS * 2) return false;
    if (!SLOTS.some((slot) => entryOf(slots, slot) !== undefined)) return false;
  }
  return true;
}
