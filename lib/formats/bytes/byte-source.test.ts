import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { safeArchivePath } from "../archives/archive-path.ts";
import { chunksOf, fileSource, memorySource, readExactly, sliceSource } from "./byte-source.ts";

const folder = mkdtempSync(join(tmpdir(), "byte-source-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const text = (bytes: Uint8Array) => Buffer.from(bytes).toString();
const refused = { code: "invalid_model_file" };

describe("a byte source", () => {
  it("of a file reads what memory reads, and less at the end", async () => {
    const path = join(folder, "x");
    writeFileSync(path, "0123456789");
    const file = await fileSource(path);
    const memory = memorySource(Buffer.from("0123456789"));
    for (const source of [file, memory]) {
      expect(source.sizeBytes).toBe(10);
      expect(text(await source.read(2, 3))).toBe("234");
      expect(text(await source.read(8, 5))).toBe("89");
      expect(text(await source.read(50, 5))).toBe("");
    }
    await file.close();
  });

  it("of a part ends where the part ends", async () => {
    const part = sliceSource(memorySource(Buffer.from("0123456789")), 2, 5);
    expect(text(await part.read(3, 100))).toBe("56");
    expect(text(await sliceSource(part, 1, 2).read(0, 9))).toBe("34");
    expect(() => sliceSource(part, 4, 2)).toThrow("cut short");
    expect(() => sliceSource(part, -1, 2)).toThrow("cut short");
  });

  it("says when fewer bytes are there than must be", async () => {
    const source = memorySource(Buffer.from("0123"));
    expect(text(await readExactly(source, 1, 3))).toBe("123");
    for (const [offset, length] of [
      [1, 4],
      [-1, 2],
      [0, Number.POSITIVE_INFINITY],
      [2 ** 60, 1],
      [0.5, 1],
    ] as const) {
      await expect(readExactly(source, offset, length)).rejects.toMatchObject(refused);
    }
  });

  it("gives all bytes in order as chunks", async () => {
    const parts: string[] = [];
    for await (const chunk of chunksOf(memorySource(Buffer.from("01234567")), 3)) {
      parts.push(text(chunk));
    }
    expect(parts).toEqual(["012", "345", "67"]);
  });
});

describe("an archive's path", () => {
  it.each([
    ["./a/b.txt", "a/b.txt"],
    ["a/b/", "a/b"],
    ["variables/variables.data-00000-of-00001", "variables/variables.data-00000-of-00001"],
    ["modèle/é.bin", "modèle/é.bin"],
  ])("%s is accepted", (name, path) => {
    expect(safeArchivePath(name)).toBe(path);
  });

  it.each([
    "",
    "/etc/passwd",
    "../x",
    "a/../b",
    "a/..",
    "a//b",
    "a\\b",
    "C:/x",
    "a\0b",
    "a\nb",
    "a\u202eb",
    "a/./b",
    "x".repeat(256),
    `${"a/".repeat(600)}b`,
    "\ud800",
  ])("%j is refused", (name) => {
    expect(() => safeArchivePath(name)).toThrow("not safe");
  });
});
