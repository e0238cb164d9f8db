import type { TorchTensor } from "./torch-tensor.ts";

/** A tensor in the state of a PyTorch object. */
export type NamedTensor = TorchTensor & {
  name: string;
  /** The outermost key that leads to it; empty for a tensor that is not in a dict. */
  part: string;
  isBuffer: boolean;
  /** As in `TensorFact`; null for a weight of the model. */
  group: "training" | "copy" | null;
};

/** One entry of a dict: its key and the tensors that were found under it, as a range of the list. */
export type FoundEntry = { key: string; isTensor: boolean; from: number; to: number };
