import { expect, it } from "vitest";
import type { ComparedTensorWire } from "#lib/models/compare-schema.ts";
import { byDifference, isKnownSame } from "./order-tensors.ts";

type Other = ComparedTensorWire["to"][number];
type Weights = NonNullable<Other["weights"]>;
const other = (change: Other["change"], weights: Partial<Weights> | null): Other =>
  ({ tensor: null, change, weights }) as Other;
const tensor = (name: string, ...to: Other[]): ComparedTensorWire => ({ name, from: null, to });
const different = (relative_difference: number | null) =>
  other("unchanged", { state: "different", relative_difference });
const equal = other("unchanged", { state: "equal", relative_difference: 0 });

it("puts the largest difference of any version first, and what nobody measured last", () => {
  const tensors = [
    tensor("unmeasured", other("added", null)),
    tensor("equal", equal),
    tensor("small", different(0.1), different(0.2)),
    tensor("large", equal, different(3)),
    tensor("from zeros", different(null)),
  ];
  expect(byDifference(tensors).map(({ name }) => name)).toEqual([
    "from zeros",
    "large",
    "small",
    "equal",
    "unmeasured",
  ]);
});

it("knows what is the same in all versions", () => {
  expect(isKnownSame(tensor("a", equal, other("absent", null)))).toBe(true);
  expect(isKnownSame(tensor("a", equal, other("unchanged", null)))).toBe(false);
  expect(isKnownSame(tensor("a", other("retyped", { state: "equal" })))).toBe(false);
});
