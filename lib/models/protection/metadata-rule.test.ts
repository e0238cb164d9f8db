import fc from "fast-check";
import { expect, it } from "vitest";
import { checkRule, parseRule, RuleError } from "./metadata-rule.ts";

const metadata = {
  accuracy: 0.93,
  loss: 1e-3,
  epochs: 3,
  data: { split: "test", size: { rows: 10 } },
  reviewed: true,
  note: null,
  text: 'a "quoted" and b',
  "top-5": 0.99,
  list: [1],
};
const passes = (rule: string) => checkRule(rule, metadata).every((result) => result.passes);

it.each([
  "accuracy >= 0.9",
  "accuracy>=0.93",
  "accuracy <= 0.93",
  "loss < 1e-2",
  "loss > -1",
  "epochs == 3",
  "epochs != 4",
  'data.split == "test"',
  "data.size.rows > 9",
  "reviewed == true",
  "note == null",
  "top-5 >= 0.99",
  'text == "a \\"quoted\\" and b"',
  'accuracy >= 0.9 and data.split == "test" and epochs == 3',
  "",
  "  ",
])("%s passes", (rule) => expect(passes(rule)).toBe(true));

it.each([
  "accuracy > 0.93",
  "missing >= 0",
  "missing != 1",
  'accuracy >= "0.9"',
  'epochs == "3"',
  'reviewed != "true"',
  "data.split.length > 0",
  "list.length >= 0",
  "constructor.name != 1",
  "__proto__ != 1",
  "data.size > 1",
  "accuracy >= 0.9 and accuracy >= 0.95",
])("%s does not pass", (rule) => expect(passes(rule)).toBe(false));

it("says of each comparison what was found", () => {
  expect(
    checkRule('accuracy >= 0.95 and  missing == 1 and data.split == "test"', metadata),
  ).toEqual([
    { text: "accuracy >= 0.95", passes: false, found: "0.93" },
    { text: "missing == 1", passes: false, found: null },
    { text: 'data.split == "test"', passes: true, found: '"test"' },
  ]);
});

it.each([
  "accuracy",
  "accuracy >=",
  ">= 1",
  "accuracy >= 0.9 or 1 == 1",
  "accuracy >= 0.9 and",
  "accuracy >= 0.9 andepochs == 3",
  "accuracy >= 0.9; process.exit()",
  "accuracy >= 0.9.1",
  "accuracy => 0.9",
  "a..b == 1",
  ".a == 1",
  'a == "unfinished',
  'a == "\\x"',
  "a == 'single'",
  "a == 01",
  "a == NaN",
  "a == b",
  "a == [1]",
  "a() == 1",
  "a[0] == 1",
  `a == "${"x".repeat(1_000)}"`,
  Array.from({ length: 21 }, () => "a==1").join(" and "),
])("%s is no rule", (rule) => expect(() => parseRule(rule)).toThrow(RuleError));

it("reads any text in little time, and throws nothing else", () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 1_500 }), (text) => {
      try {
        checkRule(text, metadata);
      } catch (error) {
        expect(error).toBeInstanceOf(RuleError);
      }
    }),
  );
  for (const hostile of [
    '"'.repeat(1_000),
    `a == "${"\\\\".repeat(490)}`,
    "a.".repeat(500),
    " ".repeat(999),
  ]) {
    const begun = performance.now();
    try {
      parseRule(hostile);
    } catch {}
    expect(performance.now() - begun).toBeLessThan(100);
  }
});
