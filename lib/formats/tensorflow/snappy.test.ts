import { expect, test } from "vitest";
import { RegistryError } from "#lib/errors.ts";
import { survivesDamage } from "../../../tests/support/hostile-bytes.ts";
import { SnappyProblem, unsnappy } from "./snappy.ts";

const hex = (text: string) => Buffer.from(text.replaceAll(" ", ""), "hex");
const unpack = (text: string, max = 1000) => Buffer.from(unsnappy(hex(text), max)).toString();

test("literals and all three kinds of copies", () => {
  // 11 bytes: "ab", then a copy of 9 from 2 back that overlaps itself.
  expect(unpack("0b 04 6162 15 02")).toBe("abababababa");
  expect(unpack("08 0c 61626364 0e 0400")).toBe("abcdabcd");
  expect(unpack("08 0c 61626364 0f 04000000")).toBe("abcdabcd");
  // A literal whose length is in the byte after the tag.
  expect(unpack(`40 f0 3f ${"61".repeat(64)}`)).toBe("a".repeat(64));
});

test.each([
  ["more than allowed", "e807 00 61"],
  ["a copy from before the start", "08 04 6162 15 09"],
  ["a copy from nowhere", "08 04 6162 15 00"],
  ["a literal that ends too early", "08 1c 6162"],
  ["more than it said", "02 08 616263"],
  ["less than it said", "09 04 6162"],
  ["a length without end", "ffffffffffff"],
  ["nothing", ""],
])("refuses %s", (_, text) => {
  expect(() => unpack(text, 100)).toThrow(SnappyProblem);
});

test("random damage ends in bytes or in a SnappyProblem", async () => {
  await survivesDamage(hex("0b 04 6162 15 02"), async (bytes) => {
    try {
      unsnappy(bytes, 1 << 20);
    } catch (cause) {
      if (!(cause instanceof SnappyProblem)) throw cause;
      throw new RegistryError("invalid_model_file", cause.message);
    }
  });
});
