import { describe, expect, it } from "vitest";
import { type DropEntry, readEntries } from "./read-drop.ts";

const file = (name: string): DropEntry => ({
  isFile: true,
  isDirectory: false,
  name,
  file: (done) => done(new File(["x"], name)),
});

/** Gives its children in pieces of `size`, as Chromium does. */
function folder(name: string, children: DropEntry[], size = 100): DropEntry {
  return {
    isFile: false,
    isDirectory: true,
    name,
    createReader: () => {
      let at = 0;
      return {
        readEntries: (done) => {
          done(children.slice(at, at + size));
          at += size;
        },
      };
    },
  };
}

describe("readEntries", () => {
  it("keeps the paths of a folder and of the folders inside", async () => {
    const drop = [
      folder("m", [file("saved_model.pb"), folder("variables", [file("a.index")])]),
      file("README.md"),
    ];
    const paths = (await readEntries(drop)).map(({ path }) => path);
    expect(paths).toEqual(["m/saved_model.pb", "m/variables/a.index", "README.md"]);
  });
  it("finds all files of a folder that comes in pieces", async () => {
    const children = Array.from({ length: 250 }, (_, index) => file(`f${index}`));
    expect(await readEntries([folder("m", children)])).toHaveLength(250);
  });
  it("fails when a file cannot be read, rather than leave it out", async () => {
    const broken: DropEntry = { ...file("x"), file: (_, failed) => failed(new Error("gone")) };
    await expect(readEntries([folder("m", [file("a"), broken])])).rejects.toThrow("gone");
  });
});
