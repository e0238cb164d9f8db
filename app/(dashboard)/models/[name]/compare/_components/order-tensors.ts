import type { ComparedTensorWire } from "#lib/models/compare-schema.ts";

/** By the largest relative difference of any version, what was not measured last; ties stay in the order of names. */
export function byDifference(tensors: readonly ComparedTensorWire[]): ComparedTensorWire[] {
  const most = new Map(
    tensors.map((tensor) => [tensor, Math.max(...tensor.to.map(({ weights }) => rank(weights)))]),
  );
  return [...tensors].sort((a, b) => (most.get(b) ?? 0) - (most.get(a) ?? 0));
}

function rank(weights: ComparedTensorWire["to"][number]["weights"]): number {
  if (weights === null || weights.state === "unmeasured") return -1;
  if (weights.state === "equal") return 0;
  // Different, and from nothing but zeros, or in bytes alone: no number says how much.
  return weights.relative_difference ?? Number.MAX_VALUE;
}

/** Whether nothing of it differs in any version, as far as it is known. */
export function isKnownSame({ to }: ComparedTensorWire): boolean {
  return to.every(
    ({ change, weights }) =>
      change === "absent" || (change === "unchanged" && weights?.state === "equal"),
  );
}
