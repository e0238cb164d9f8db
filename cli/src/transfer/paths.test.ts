import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { translator } from "../messages/translate.ts";
import { collectFiles } from "./collect-files.ts";
import { isSafePath, makePlace } from "./target-path.ts";

const t = translator("en");
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "cli-paths-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe("a path of a server", () => {
  it.each([
    "..",
    "../x",
    "a/../../x",
    "/etc/passwd",
    "a//b",
    "./a",
    "a/.",
    "",
    "a/",
    "C:/x",
    "a\\..\\b",
    "x:stream",
    "nul",
    "a/COM1.txt",
    "a\u0000b",
    "a\nb",
    "x".repeat(1025),
  ])("may not be %j", (path) => {
    expect(isSafePath(path)).toBe(false);
  });

  it.each(["model.bin", "a/b/c.txt", "...", "..a", "ä b", "-rf", "~", ".part"])(
    "may be %j",
    (path) => {
      expect(isSafePath(path)).toBe(true);
    },
  );

  it("does not leave the folder by a link that is there", async () => {
    const inside = join(folder, "inside");
    mkdirSync(inside);
    mkdirSync(join(folder, "outside"));
    symlinkSync(join(folder, "outside"), join(inside, "link"));
    await expect(makePlace(inside, "link/x", t)).rejects.toThrow("leave the folder");
    expect(await makePlace(inside, "a/b/x", t)).toBe(join(inside, "a", "b", "x"));
    expect(existsSync(join(inside, "a", "b"))).toBe(true);
  });
});

describe("the files of a command line", () => {
  const paths = async (...sources: string[]) =>
    (
      await collectFiles(
        sources.map((source) => join(folder, source)),
        t,
      )
    ).map(({ path }) => path);

  it("are followed through links, as the caches of model hubs have them", async () => {
    mkdirSync(join(folder, "blobs"));
    mkdirSync(join(folder, "snapshot"));
    writeFileSync(join(folder, "blobs", "abc"), "x");
    symlinkSync(join("..", "blobs", "abc"), join(folder, "snapshot", "model.bin"));
    expect(await paths("snapshot")).toEqual(["model.bin"]);
  });

  it("never go in circles", async () => {
    mkdirSync(join(folder, "a", "b"), { recursive: true });
    symlinkSync(join(folder, "a"), join(folder, "a", "b", "up"));
    await expect(paths("a")).rejects.toThrow("leads to a folder above");
  });

  it("with a broken link are refused, not left out", async () => {
    mkdirSync(join(folder, "a"));
    symlinkSync(join(folder, "gone"), join(folder, "a", "m.bin"));
    await expect(paths("a")).rejects.toThrow("There is no file");
  });
});
