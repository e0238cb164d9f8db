/** PyTorch's tensors as the contract's facts. */
import { RegistryError } from "#lib/errors.ts";
import { plainText } from "../bytes/window-reader.ts";
import type { TensorFact } from "../contract.ts";
import { byteCount, countParameters, elementCount } from "../tensor-facts.ts";
import type { NamedTensor } from "./named-tensor.ts";

const MAX_NAME_CHARS = 4096;
/** A page shows them in one line or two. */
const MAX_PARTS = 20;
const MAX_PART_CHARS = 100;

export function toFacts(tensors: readonly NamedTensor[], file: string): TensorFact[] {
  return tensors.map(({ name, dtype, shape, storageBytes, group }) => ({
    name: plainText(name, MAX_NAME_CHARS),
    dtype,
    shape,
    sizeBytes: byteCount(dtype, elementCount(shape) ?? 0) ?? storageBytes,
    file,
    ...(group !== null && { group }),
  }));
}

/** Where a checkpoint keeps what is no weight of the model, by its outermost keys; empty for a plain model. */
export function listParts(tensors: readonly NamedTensor[]): Record<string, string> {
  const parts = new Map<string, NamedTensor["group"]>();
  // A part that holds any weight of the model is the model's.
  for (const { name, part, group } of tensors) {
    // A tensor that lies at the top is no part; a tied one of a plain state dict would look like one.
    const isPart = part !== "" && (name !== part || group === "training");
    if (isPart && parts.get(part) !== null) parts.set(part, group);
  }
  const keysOf = (group: NamedTensor["group"]) =>
    [...parts].filter(([, of]) => of === group).map(([key]) => plainText(key, MAX_PART_CHARS));
  const listed = [
    ["training_state", keysOf("training")],
    ["second_weights", keysOf("copy")],
  ] as const;
  return Object.fromEntries(
    listed
      .filter(([, keys]) => keys.length > 0)
      .map(([name, keys]) => [name, keys.slice(0, MAX_PARTS).join(", ")]),
  );
}

/** Elements of the model's tensors but what the file itself calls a buffer. */
export function countTorchParameters(tensors: readonly NamedTensor[], file: string): number {
  return countParameters(
    toFacts(
      tensors.filter(({ isBuffer }) => !isBuffer),
      file,
    ),
  );
}

/**
 * Throws `invalid_model_file` when a tensor reaches beyond its storage, or its storage is not there.
 * `storageBytes` gives null for a storage that does not exist.
 */
export function checkStorages(
  tensors: readonly NamedTensor[],
  storageBytes: (key: string) => number | null,
): void {
  for (const tensor of tensors) {
    if (tensor.storageKey === null) continue;
    const have = storageBytes(tensor.storageKey);
    if (have !== null && have >= tensor.storageBytes) continue;
    const name = plainText(tensor.name, 100);
    const what =
      have === null
        ? "has no values in the file"
        : `needs ${tensor.storageBytes} bytes and has ${have}`;
    throw new RegistryError(
      "invalid_model_file",
      `The PyTorch file cannot be read: its tensor ${name} ${what}.`,
    );
  }
}
