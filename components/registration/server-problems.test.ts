import { describe, expect, it } from "vitest";
import { fieldOfPointer, isProblem, serverProblemKey } from "./server-problems.ts";

describe("serverProblemKey", () => {
  it("has words of its own only for the codes that the form explains", () => {
    for (const code of ["version_exists", "framework_mismatch", "model_in_trash"])
      expect(isProblem(serverProblemKey(code) ?? "")).toBe(true);
    expect(serverProblemKey("internal")).toBeNull();
    expect(serverProblemKey(undefined)).toBeNull();
  });
});

describe("fieldOfPointer", () => {
  it.each([
    ["/name", "name"],
    ["/framework", "framework"],
    ["/file", "files"],
    ["/files/0/path", "files"],
    ["/tags/task", "tags.0.key"],
    ["/metadata", "metadata"],
    ["/version", "version"],
    ["/nonsense", null],
    ["", null],
  ])("finds the field of %s", (pointer, field) => {
    expect(fieldOfPointer(pointer, "typed")).toBe(field);
  });
  it("shows a version's problem at the choice where nothing is typed", () => {
    expect(fieldOfPointer("/version", "first")).toBe("versionChoice");
  });
});
