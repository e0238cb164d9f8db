import { describe, expect, it } from "vitest";
import { addFiles, filesProblem, proposeName, toChoice, totalBytes } from "./chosen-files.ts";

const chosen = (path: string, content = "x") => ({
  path,
  file: new File([content], path.split("/").at(-1) ?? ""),
});
const paths = (files: { path: string }[]) => files.map(({ path }) => path);

describe("toChoice", () => {
  it("strips the chosen folder's name and keeps the folders inside", () => {
    const choice = toChoice([chosen("bert/config.json"), chosen("bert/1/model.bin")]);
    expect(choice.root).toBe("bert");
    expect(paths(choice.files)).toEqual(["config.json", "1/model.bin"]);
  });
  it("keeps the folders when more than one thing was chosen", () => {
    const choice = toChoice([chosen("a/x.bin"), chosen("b/y.bin"), chosen("z.bin")]);
    expect(choice.root).toBeNull();
    expect(paths(choice.files)).toEqual(["a/x.bin", "b/y.bin", "z.bin"]);
  });
  it("does not take one folder for another whose name begins alike", () => {
    expect(toChoice([chosen("a/x"), chosen("ab/x")]).root).toBeNull();
  });
  it("leaves litter out, says how much, and finds the root without it", () => {
    const choice = toChoice([
      chosen("m/.git/HEAD"),
      chosen("m/.DS_Store"),
      chosen("__MACOSX/x"),
      chosen("m/.gitattributes"),
    ]);
    expect(choice).toMatchObject({ root: "m", skipped: 3 });
    expect(paths(choice.files)).toEqual([".gitattributes"]);
  });
});

describe("addFiles", () => {
  it("replaces a file of the same path and sorts", () => {
    const files = addFiles([chosen("b", "1"), chosen("a", "1")], [chosen("b", "22")]);
    expect(paths(files)).toEqual(["a", "b"]);
    expect(totalBytes(files)).toBe(3);
  });
});

describe("filesProblem", () => {
  it("finds what the server would refuse", () => {
    expect(filesProblem([])).toEqual({ key: "none" });
    expect(filesProblem([chosen("a"), chosen("b", "")])).toEqual({ key: "empty", path: "b" });
    expect(filesProblem(Array.from({ length: 10_001 }, (_, i) => chosen(`f${i}`)))).toEqual({
      key: "tooMany",
    });
    expect(filesProblem([chosen("a")])).toBeNull();
  });
});

describe("proposeName", () => {
  it.each([
    [["resnet50.pth"], null, "resnet50"],
    [["saved.tar.gz"], null, "saved"],
    [["Modèle de tradução (v2).onnx"], null, "Modele-de-traducao-v2"],
    [["config.json", "model.safetensors"], null, null],
    [["config.json", "mini-lm.safetensors"], null, "mini-lm"],
    [["config.json", "model.safetensors"], "all-MiniLM-L6-v2", "all-MiniLM-L6-v2"],
    [["模型.onnx"], null, null],
    [[`${"a".repeat(200)}.bin`], null, "a".repeat(128)],
  ])("of %j in %s is %s", (list, root, expected) => {
    const files = list.map((path) => chosen(path));
    expect(proposeName(files, root)).toBe(expected);
  });
});
