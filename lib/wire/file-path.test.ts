import { describe, expect, it } from "vitest";
import { FilePaths, parseFilePath } from "./file-path.ts";

const refused = expect.objectContaining({ code: "invalid_path" });

describe("parseFilePath", () => {
  it.each([
    "model.pth",
    "saved_model/variables/variables.data-00000-of-00001",
    ".gitattributes",
    "a b/c d.bin",
    "模型/модель.onnx",
    "👩‍🔬.bin",
    "...x",
    "conman.bin",
    "com.bin",
    `${"a".repeat(255)}`,
  ])("takes %s as it is", (path) => {
    expect(parseFilePath(path)).toBe(path);
  });

  it("normalises to NFC, so that one name has one spelling", () => {
    expect(parseFilePath("mode\u0300le.bin")).toBe("mod\u00e8le.bin");
  });

  it.each([
    "",
    "/etc/passwd",
    "..",
    "../x",
    "a/../x",
    "a/./x",
    "./x",
    "a//b",
    "a/",
    "..\\x",
    "C:\\x",
    "C:x",
    "a\\b",
    "x\0.bin",
    "x\n.bin",
    "x\u0085.bin",
    "x\u2028.bin",
    "x\ufeff.bin",
    "model\u202exno.exe",
    "x\u2066y",
    "x\u200fy",
    "con",
    "CON.bin",
    "a/aux.txt/b",
    "nul .txt",
    "com¹.bin",
    "LPT9",
    "x.",
    "x ",
    "a./b",
    "x:stream",
    "\ud800.bin",
    "a".repeat(256),
    "é".repeat(128),
    `${"a/".repeat(512)}b`,
    "x".repeat(10_000_000),
  ])("refuses %j", (path) => {
    expect(() => parseFilePath(path)).toThrow(refused);
  });

  it("shows a hostile name in its error as plain ASCII, cut", () => {
    const attempt = () => parseFilePath(`\u202e${"x".repeat(500)}`);
    expect(attempt).toThrow(/^invalid_path: The path "\\u202ex{99}" cannot be stored/);
  });
});

describe("FilePaths", () => {
  const add = (...paths: string[]) => {
    const all = new FilePaths();
    for (const path of paths) all.add(parseFilePath(path));
  };

  it("takes different paths", () => {
    expect(() => add("a", "b", "c/a", "c/b", "c/d/e")).not.toThrow();
  });

  it.each([
    ["a.bin", "a.bin"],
    ["a.bin", "A.BIN"],
    ["straße", "STRASSE"],
    ["mod\u00e8le", "mode\u0300le"],
    ["dir", "dir/file"],
    ["dir/file", "dir"],
    ["Dir/x/file", "dir/X"],
  ])("refuses %s beside %s", (first, second) => {
    expect(() => add(first, second)).toThrow(refused);
  });
});
