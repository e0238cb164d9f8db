import { describe, expect, it } from "vitest";
import { type Fields, mergeFields, type Rule } from "./merge.ts";

const BOTH: Rule = { direction: "both", policy: "report", deletions: false, newer: null };
const of = (value: string | null, field = "description"): Fields =>
  new Map(value === null ? [] : [[field, value]]);
function decide(
  [agreed, ours, theirs]: [string | null, string | null, string | null],
  rule: Partial<Rule> = {},
  field?: string,
) {
  const [decision] = mergeFields(of(agreed, field), of(ours, field), of(theirs, field), {
    ...BOTH,
    ...rule,
  });
  return decision && `${decision.move}${decision.isConflict ? " !" : ""}`;
}

describe("a field", () => {
  it("goes from the side that has changed it to the other one", () => {
    expect(decide(["a", "a", "b"])).toBe("pull");
    expect(decide(["a", "b", "a"])).toBe("push");
    expect(decide(["a", "b", "b"])).toBe("none");
    expect(decide([null, null, "b"])).toBe("pull");
    expect(decide([null, "b", null])).toBe("push");
    expect(decide(["a", "a", null])).toBe("pull");
  });

  it("that both have changed is a conflict, which the policy decides", () => {
    expect(decide(["a", "b", "c"])).toBe("left !");
    expect(decide([null, "b", "c"])).toBe("left !");
    expect(decide(["a", "b", "c"], { policy: "ours" })).toBe("push !");
    expect(decide(["a", "b", "c"], { policy: "theirs" })).toBe("pull !");
    expect(decide(["a", "b", "c"], { policy: "newest", newer: "ours" })).toBe("push !");
    expect(decide(["a", "b", "c"], { policy: "newest", newer: "theirs" })).toBe("pull !");
    expect(decide(["a", "b", "c"], { policy: "newest", newer: null })).toBe("left !");
  });

  it("never goes against the direction", () => {
    expect(decide(["a", "b", "a"], { direction: "pull" })).toBe("left");
    expect(decide(["a", "a", "b"], { direction: "push" })).toBe("left");
    expect(decide(["a", "b", "c"], { direction: "pull", policy: "ours" })).toBe("left !");
    expect(decide(["a", "b", "c"], { direction: "push", policy: "theirs" })).toBe("left !");
  });

  it("is removed where that was asked for alone", () => {
    for (const field of ["tag:a", "alias:a"]) {
      expect(decide(["a", null, "a"], {}, field)).toBe("left");
      expect(decide(["a", "a", null], {}, field)).toBe("left");
      expect(decide(["a", null, "a"], { deletions: true }, field)).toBe("push");
      expect(decide(["a", "a", null], { deletions: true }, field)).toBe("pull");
      expect(decide(["a", null, "b"], { policy: "ours" }, field)).toBe("left !");
      expect(decide(["a", null, "b"], { policy: "theirs" }, field)).toBe("pull !");
    }
  });
});

it("a long value that stays is known again, although its digest alone is kept", () => {
  const long = "x".repeat(5000);
  const [first] = mergeFields(of(null), of(long), of(null), BOTH);
  expect(first?.move).toBe("push");
  const kept = of(`sha256:${"0".repeat(64)}`);
  expect(mergeFields(kept, of(long), of("y"), BOTH)[0]?.isConflict).toBe(true);
});
