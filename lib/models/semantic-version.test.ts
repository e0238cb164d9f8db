import fc from "fast-check";
import semver from "semver";
import { describe, expect, it } from "vitest";
import { followingVersions, parseVersion } from "./semantic-version.ts";

describe("parseVersion", () => {
  it.each([
    "1",
    "1.0",
    "v1.0.0",
    "1.0.0 ",
    " 1.0.0",
    "01.0.0",
    "1.0.0-",
    "1.0.0-01",
    "",
    "latest",
    "1.0.0\0",
  ])("refuses %j", (text) => expect(() => parseVersion(text)).toThrow("invalid_version"));

  it("orders by the precedence of the specification's own example", () => {
    const ordered = [
      "1.0.0-alpha",
      "1.0.0-alpha.1",
      "1.0.0-alpha.beta",
      "1.0.0-beta",
      "1.0.0-beta.2",
      "1.0.0-beta.11",
      "1.0.0-rc.1",
      "1.0.0",
      "2.0.0",
      "2.1.0",
      "2.1.1",
      "10.0.0",
    ];
    const keys = ordered.map((text) => parseVersion(text).precedence);
    expect([...keys].sort()).toEqual(keys);
  });

  it("agrees with semver's comparison on random versions", () => {
    const identifier = fc.oneof(
      fc.nat(30).map(String),
      fc.constantFrom("a", "a-b", "rc", "x1", "-"),
    );
    const version = fc
      .tuple(fc.nat(12), fc.nat(12), fc.nat(12), fc.array(identifier, { maxLength: 3 }))
      .map(([a, b, c, pre]) => `${a}.${b}.${c}${pre.length > 0 ? `-${pre.join(".")}` : ""}`);
    fc.assert(
      fc.property(version, version, (left, right) => {
        const [l, r] = [parseVersion(left).precedence, parseVersion(right).precedence];
        expect(l < r ? -1 : l > r ? 1 : 0).toBe(semver.compare(left, right));
      }),
    );
  });
});

describe("followingVersions", () => {
  it("starts at 1.0.0, and counts on from what is there", () => {
    expect(followingVersions(null, "patch", 2)).toEqual(["1.0.0", "1.0.1"]);
    expect(followingVersions("1.0.0", "minor", 1)).toEqual(["1.1.0"]);
    expect(followingVersions("2.0.0-rc.1", "major", 3)).toEqual(["2.0.0", "3.0.0", "4.0.0"]);
  });
});
