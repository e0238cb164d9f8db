/**
 * What both sides say of one thing, field by field, against what they agreed on last. A field that one side has changed since
 * goes to the other one; one that both have changed differently is a conflict.
 */
import { createHash } from "node:crypto";
import type { Direction, Policy } from "./schema.ts";

/** A field that is not there is one without a value: no description, no such tag. */
export type Fields = ReadonlyMap<string, string>;

export type Rule = {
  direction: Direction;
  policy: Policy;
  deletions: boolean;
  /** Whose thing was changed last; null where that is not known. */
  newer: "ours" | "theirs" | null;
};

export type Decision = {
  field: string;
  ours: string | null;
  theirs: string | null;
  /** `none`: both say the same. `left`: it stays different. */
  move: "none" | "pull" | "push" | "left";
  isConflict: boolean;
};

export function mergeFields(agreed: Fields, ours: Fields, theirs: Fields, rule: Rule): Decision[] {
  const names = new Set([...agreed.keys(), ...ours.keys(), ...theirs.keys()]);
  return [...names].sort().map((field) => {
    const values = { ours: ours.get(field) ?? null, theirs: theirs.get(field) ?? null };
    return { field, ...values, ...decide(field, agreed.get(field) ?? null, values, rule) };
  });
}

type Values = Pick<Decision, "ours" | "theirs">;

function decide(
  field: string,
  agreed: string | null,
  { ours, theirs }: Values,
  rule: Rule,
): Pick<Decision, "move" | "isConflict"> {
  if (ours === theirs) return { move: "none", isConflict: false };
  const areOursKept = shorten(ours) === agreed;
  const areTheirsKept = shorten(theirs) === agreed;
  const isConflict = !areOursKept && !areTheirsKept;
  const winner = isConflict ? winnerOf(rule) : areOursKept ? "theirs" : "ours";
  const move = moveOf(winner, rule);
  const value = winner === "theirs" ? theirs : ours;
  const isWithheld = value === null && isRemoval(field) && !rule.deletions;
  return { move: isWithheld ? "left" : move, isConflict };
}

function winnerOf({ policy, newer }: Rule): "ours" | "theirs" | null {
  if (policy === "report") return null;
  return policy === "newest" ? newer : policy;
}

export function moveOf(
  winner: "ours" | "theirs" | null,
  { direction }: Pick<Rule, "direction">,
): "pull" | "push" | "left" {
  if (winner === "theirs" && direction !== "push") return "pull";
  if (winner === "ours" && direction !== "pull") return "push";
  return "left";
}

/** A description that is empty now is an edit like any other; a tag or an alias is removed. */
const isRemoval = (field: string) => /^(tag|alias):/.test(field);

/** Longer values are kept by their digest: it tells whether one has changed. */
const KEPT_MAX_LENGTH = 128;

export function shorten(value: string | null): string | null {
  if (value === null || value.length <= KEPT_MAX_LENGTH) return value;
  return `sha256:${createHash("sha256").update(value).digest("hex")}`;
}
