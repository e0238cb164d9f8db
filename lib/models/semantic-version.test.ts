import fc from "fast-check";
import semver from "semver";
import { describe, expect, it } from "vitest";
import { nextFreeVersion, parseVersion } from "./semantic-version.ts";

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

describe("nextFreeVersion", () => {
  it("starts at 1.0.0 and skips what is taken", () => {
    expect(nextFreeVersion(null, "patch", () => false)).toBe("1.0.0");
    expect(nextFreeVersion("1.0.0", "minor", () => false)).toBe("1.1.0");
    expect(nextFreeVersion("1.0.0", "patch", (v) => v === "1.0.1")).toBe("1.0.2");
  });
});
