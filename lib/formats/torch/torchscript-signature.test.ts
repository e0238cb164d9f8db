import { readFileSync } from "node:fs";
import fc from "fast-check";
import { expect, test } from "vitest";
import { fileOf } from "../../../tests/support/hostile-bytes.ts";
import { inspectFiles } from "../inspect/inspect.ts";
import { signatureOfClass } from "./torchscript-signature.ts";

const tensor = (name: string, dtype = "UNKNOWN") => ({ name, dtype, shape: null });
const classOf = (head: string) => `class Other(Module):
  def forward(self: __torch__.Other,
    other: int) -> int:
    return other
class Net(Module):
  __parameters__ = []
  def __len__(self: __torch__.Net) -> int:
    return 3
  ${head}
    return x
`;

test("a real module's forward", async () => {
  const bytes = readFileSync(new URL("../fixtures/scripted.pt", import.meta.url));
  const { signature } = await inspectFiles([fileOf("scripted.pt", bytes)]);
  expect(signature).toEqual({ inputs: [tensor("x")], outputs: [tensor("output")] });
});

test.each([
  [
    "def forward(self: __torch__.Net,\n    x: Tensor,\n    n: int=1,\n    k: Optional[Tensor]=None) -> Tuple[Tensor, List[int]]:",
    [tensor("x"), tensor("n", "int"), tensor("k", "Optional[Tensor]")],
    [tensor("output0"), tensor("output1", "List[int]")],
  ],
  [
    "def forward(self: __torch__.Net, x: Dict[str, Tuple[Tensor, int]], ) -> Dict[str, Tensor]:",
    [tensor("x", "Dict[str, Tuple[Tensor, int]]")],
    [tensor("output", "Dict[str, Tensor]")],
  ],
  ["def forward(self: __torch__.Net) -> NoneType:", [], []],
])("%s", (head, inputs, outputs) => {
  expect(signatureOfClass(classOf(head), "Net")).toEqual({ inputs, outputs });
});

test.each([
  ["def other(self) -> Tensor:", "Net"],
  ["def forward(self: __torch__.Net, x: Tensor", "Net"],
  ["def forward(self: X) -> Tensor:", "Missing"],
  ["def forward(self: X) -> Tensor:", ".*"],
  ["def forward(self: X) -> Tensor:", "("],
])("%s has no signature of %s", (head, name) => {
  expect(signatureOfClass(classOf(head), name)).toBeNull();
});

test("any text is looked at quickly", () => {
  const parts = ["(", ")", "[", "]", ",", ":", "->", "x", "=", "Tuple[", "\n", "Tensor", " "];
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...parts), { maxLength: 300 }), (words) => {
      signatureOfClass(classOf(`def forward(self${words.join("")}`), "Net");
    }),
  );
  signatureOfClass(classOf(`def forward(self${"[".repeat(1_000_000)}`), "Net");
  signatureOfClass(classOf(`def forward(self, x: ${" ".repeat(1_000_000)}`), "Net");
});
