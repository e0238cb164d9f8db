import { expect, it } from "vitest";
import { compareSignatures } from "./compare-signatures.ts";

type Shape = (number | string | null)[] | null;
type Verdict = ReturnType<typeof compareSignatures>["verdict"];
const tensor = (name: string, shape: Shape, dtype = "F32") => ({ name, dtype, shape });
const signature = (input: Shape, output: Shape) => ({
  inputs: [tensor("x", input)],
  outputs: [tensor("y", output)],
});

it.each<[string, ReturnType<typeof signature>, ReturnType<typeof signature>, Verdict]>([
  ["the same", signature([1, 3], [1]), signature([1, 3], [1]), "identical"],
  ["an input that takes more", signature([1, 3], [1]), signature(["batch", 3], [1]), "compatible"],
  [
    "an input that takes less",
    signature(["batch", 3], [1]),
    signature([1, 3], [1]),
    "incompatible",
  ],
  ["an output that gives less", signature([1], [null, 10]), signature([1], [4, 10]), "compatible"],
  [
    "an output that may give more",
    signature([1], [4, 10]),
    signature([1], [-1, 10]),
    "incompatible",
  ],
  ["an open dimension of another name", signature(["n"], [1]), signature([null], [1]), "identical"],
  ["a shape that nobody knows", signature(null, [1]), signature([1, 3], null), "identical"],
  ["another rank", signature([1, 3], [1]), signature([1, 3, 1], [1]), "incompatible"],
])("%s", (_, from, to, verdict) => {
  const isCompatible = verdict !== "incompatible";
  expect(compareSignatures(from, to)).toMatchObject({ is_compatible: isCompatible, verdict });
});

it("says what is gone, new, or of another dtype", () => {
  const from = { inputs: [tensor("a", [1]), tensor("b", [1])], outputs: [tensor("y", [1])] };
  const to = { inputs: [tensor("b", [1], "I64"), tensor("c", [1])], outputs: [] };
  expect(compareSignatures(from, to)).toMatchObject({
    is_compatible: false,
    verdict: "incompatible",
    problems: [
      "The input a is gone.",
      "The input b is I64 and was F32.",
      "The output y is gone.",
      "The input c is new.",
    ],
    changes: [
      { kind: "input_removed", name: "a", from: "F32 [1]", to: null },
      { kind: "input_dtype", name: "b", from: "F32", to: "I64" },
      { kind: "output_removed", name: "y" },
      { kind: "input_added", name: "c", from: null, to: "F32 [1]" },
    ],
  });
});

it("takes an output that is new, and says so", () => {
  const from = signature([1], [1]);
  const to = { ...from, outputs: [...from.outputs, tensor("z", [null])] };
  expect(compareSignatures(from, to)).toEqual({
    is_compatible: true,
    verdict: "compatible",
    problems: [],
    changes: [{ kind: "output_added", name: "z", from: null, to: "F32 [?]", is_compatible: true }],
  });
});

it("does not judge where one has none", () => {
  expect(compareSignatures(null, signature([1], [1]))).toEqual({
    is_compatible: null,
    verdict: "unknown",
    problems: [],
    changes: [],
  });
});
