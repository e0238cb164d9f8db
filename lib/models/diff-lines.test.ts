import fc from "fast-check";
import { expect, it } from "vitest";
import { diffLines } from "./diff-lines.ts";

const text = (...lines: string[]) => lines.map((line) => `${line}\n`).join("");

it("is null for equal texts, and names the lines of others with what is around them", () => {
  expect(diffLines("a\n", "a\n")).toBeNull();
  const from = text("1", "2", "3", "4", "5", "6", "7", "8", "9");
  const to = text("1", "2", "3", "4", "five", "6", "7", "8", "9", "10");
  expect(diffLines(from, to)).toEqual({
    diff: "@@ -2,8 +2,9 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n 9\n+10",
    isCut: false,
  });
  expect(diffLines("", "a\nb\n")?.diff).toBe("@@ -0,0 +1,2 @@\n+a\n+b");
  expect(diffLines("a\n", "")?.diff).toBe("@@ -1,1 +0,0 @@\n-a");
});

/** What `patch` does. */
function apply(from: string, diff: string): string {
  const before = from.split("\n").slice(0, -1);
  const after: string[] = [];
  let done = 0;
  for (const line of diff.split("\n")) {
    const [, start, count] = /^@@ -(\d+),(\d+) /.exec(line) ?? [];
    if (start !== undefined) {
      const begin = Number(start) - (count === "0" ? 0 : 1);
      after.push(...before.slice(done, begin));
      done = begin;
    } else if (line.startsWith("+")) after.push(line.slice(1));
    else {
      expect(before[done]).toBe(line.slice(1));
      if (line.startsWith(" ")) after.push(line.slice(1));
      done += 1;
    }
  }
  return text(...after, ...before.slice(done));
}

it("gives hunks that turn the first text into the second, and no more lines than it takes", () => {
  const lines = fc.array(fc.constantFrom("a", "b", "c", ""), { maxLength: 40 });
  fc.assert(
    fc.property(lines, lines, (before, after) => {
      const [from, to] = [text(...before), text(...after)];
      const found = diffLines(from, to);
      expect(found === null ? from : apply(from, found.diff)).toBe(to);
      const changed = (found?.diff ?? "").split("\n").filter((line) => /^[+-]/.test(line));
      expect(changed.length).toBeLessThanOrEqual(before.length + after.length);
    }),
    { numRuns: 500 },
  );
  // Where every second line is another, the common ones stay.
  const found = diffLines(text("a", "x", "b", "y", "c"), text("a", "1", "b", "2", "c"));
  expect(found?.diff.split("\n").filter((line) => line.startsWith(" "))).toHaveLength(3);
});

it("tells texts apart as one block where a search would take long, and cuts a long answer", () => {
  const many = (word: string) => text(...Array.from({ length: 9_000 }, (_, at) => `${word} ${at}`));
  const begun = performance.now();
  const found = diffLines(many("a"), many("b"));
  expect(performance.now() - begun).toBeLessThan(2_000);
  expect(found?.isCut).toBe(true);
  expect(found?.diff.split("\n").length).toBeLessThanOrEqual(2_000);
  expect(diffLines("x", "y".repeat(300_000))).toMatchObject({ isCut: true });
  // Long equal lines, shifted against each other: the search would walk over them on every diagonal.
  const lines = (shift: number) =>
    text(...Array.from({ length: 4_900 }, (_, line) => "x".repeat(200) + ((line * shift) % 3)));
  const begunShifted = performance.now();
  expect(diffLines(lines(1), lines(2))).not.toBeNull();
  expect(performance.now() - begunShifted).toBeLessThan(2_000);
});
