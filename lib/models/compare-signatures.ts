import type { ComparisonWire } from "./compare-schema.ts";
import type { VersionWire } from "./schema.ts";

type Signature = NonNullable<VersionWire["signature"]>;
type Tensor = Signature["inputs"][number];
type Compared = ComparisonWire["signature"];
type Change = Compared["changes"][number];
type Side = "input" | "output";

/** Whether callers of one version can call another; a dimension that is open in `to` takes any value. */
export function compareSignatures(from: Signature | null, to: Signature | null): Compared {
  if (from === null || to === null)
    return { is_compatible: null, verdict: "unknown", problems: [], changes: [] };
  const changes = [
    ...sameNames("input", from.inputs, to.inputs),
    ...sameNames("output", from.outputs, to.outputs),
    // A caller of `from` does not give what only `to` asks for.
    ...added("input", from.inputs, to.inputs),
    ...added("output", from.outputs, to.outputs),
  ];
  const problems = changes.filter((change) => !change.is_compatible).map(toSentence);
  const isCompatible = problems.length === 0;
  const fits = changes.length === 0 ? "identical" : "compatible";
  const verdict = isCompatible ? fits : "incompatible";
  return { is_compatible: isCompatible, verdict, problems, changes };
}

function sameNames(side: Side, from: Tensor[], to: Tensor[]): Change[] {
  return from.flatMap((tensor): Change[] => {
    const other = to.find(({ name }) => name === tensor.name);
    const { name } = tensor;
    if (other === undefined)
      return [
        { kind: `${side}_removed`, name, from: textOf(tensor), to: null, is_compatible: false },
      ];
    // Runtimes take the very type that the signature names, a wider one neither.
    if (other.dtype !== tensor.dtype)
      return [
        { kind: `${side}_dtype`, name, from: tensor.dtype, to: other.dtype, is_compatible: false },
      ];
    const shapes = { name, from: shapeText(tensor), to: shapeText(other) };
    const [takesOld, takesNew] = [takes(other, tensor), takes(tensor, other)];
    // Names of open dimensions are for readers.
    if (takesOld && takesNew) return [];
    const isCompatible = side === "input" ? takesOld : takesNew;
    return [{ kind: `${side}_shape`, ...shapes, is_compatible: isCompatible }];
  });
}

function added(side: Side, from: Tensor[], to: Tensor[]): Change[] {
  return to
    .filter(({ name }) => !from.some((known) => known.name === name))
    .map((tensor) => ({
      kind: `${side}_added`,
      name: tensor.name,
      from: null,
      to: textOf(tensor),
      is_compatible: side === "output",
    }));
}

function toSentence({ kind, name, from, to }: Change): string {
  const [side, what] = kind.split("_") as [Side, string];
  const named = `The ${side} ${name}`;
  if (what === "removed") return `${named} is gone.`;
  if (what === "added") return `${named} is new.`;
  if (what === "dtype") return `${named} is ${to} and was ${from}.`;
  return `${named} has the shape ${to} and had ${from}.`;
}

const isOpen = (size: number | string | null) => typeof size !== "number" || size < 0;

/** Whether every value of the shape of `narrow` has that of `wide`. A shape that nobody knows contradicts nothing. */
function takes({ shape: wide }: Tensor, { shape: narrow }: Tensor): boolean {
  if (wide === null || narrow === null) return true;
  return (
    wide.length === narrow.length && wide.every((size, at) => isOpen(size) || size === narrow[at])
  );
}

function shapeText({ shape }: Tensor): string {
  return shape === null ? "?" : `[${shape.map((size) => (isOpen(size) ? "?" : size)).join(", ")}]`;
}

const textOf = (tensor: Tensor) => `${tensor.dtype} ${shapeText(tensor)}`;
