import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isWithin, parseVersionRange, type Release, releaseOf } from "./version-range.ts";

const supports = (range: string, version: string) => {
  const parsed = parseVersionRange(range);
  if (parsed === null) throw new Error(`${range} is no range`);
  return isWithin(releaseOf(version) as Release, parsed);
};

describe("a range of versions", () => {
  it.each([
    ["2.0+", ["2.0", "2.0.0", "2.1.0+cu121", "10.0", "2.0.0a0"], ["1.13.1", "1.99"]],
    [">=2.0,<3", ["2.0.0", "2.99"], ["1.13", "3.0.0", "3.0.0rc1"]],
    [">=2.0, <3", ["2.5"], ["3"]],
    ["1.16", ["1.16", "1.16.0", "1.16.2", "1.16.2-rc1"], ["1.15.9", "1.17", "1.160.0"]],
    ["==2.1.0", ["2.1.0", "2.1"], ["2.1.1", "2.2"]],
    [">2.1", ["2.1.1", "3"], ["2.1", "2.1.0", "2.0"]],
    ["<=2.1", ["2.1", "2.0.9"], ["2.1.1", "2.2"]],
    ["<2", ["1.15.5"], ["2.0.0"]],
    ["2", ["2.0", "2.19.1"], ["1.9", "3.0"]],
  ])("%s", (range, inside, outside) => {
    for (const version of inside) expect(supports(range, version), version).toBe(true);
    for (const version of outside) expect(supports(range, version), version).toBe(false);
  });

  it.each([
    "",
    "latest",
    "+",
    "2.x",
    "2.0++",
    "=2.0",
    "!=2.0",
    ">=2.0,",
    ">=3,<2",
    ">=2,<2",
    "1.2.3.4.5",
    "9999999999",
    "-1",
    "2.0 +",
    "٢+",
  ])("%j is none", (text) => {
    expect(parseVersionRange(text)).toBeNull();
  });

  it.each(["", "nightly", "a2.0", ".5", "9999999999.1"])("%j is no version", (text) => {
    expect(releaseOf(text)).toBeNull();
  });

  it("is told quickly of any text", () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 5_000 }), (text) => {
        parseVersionRange(text);
        const release = releaseOf(text);
        if (release) expect(release).toHaveLength(4);
      }),
    );
    expect(parseVersionRange(">".repeat(100_000))).toBeNull();
    expect(parseVersionRange(`>=${" ".repeat(100_000)}`)).toBeNull();
  });
});
