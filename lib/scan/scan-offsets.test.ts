/** Where findings say that something is: the bytes there are what they tell of. */
import { expect, it } from "vitest";
import { memorySource } from "#lib/formats/bytes/byte-source.ts";
import { zipOf } from "#lib/formats/fixtures/write-zip.ts";
import { npyOf } from "../../tests/support/attacks/archives.ts";
import { latin1 } from "../../tests/support/attacks/attack.ts";
import { savedModelOf } from "../../tests/support/attacks/graphs.ts";
import { CALL, CALL2 } from "../../tests/support/attacks/pickles.ts";
import { scanFile } from "./scan-file.ts";

const OS = "cos\nsystem\n";
const POSIX = "cposix\nsystem\n";
const NOISE = "\x01\xfe\x80\0\xff";
const member = (bytes: string) => zipOf([{ name: "a/b.pkl", bytes: latin1(bytes) }]);
const long = (text: string) => Buffer.from(`{"é": "${"ü".repeat(2_000_000)}",\n${text}}`);
const AUTO = '"auto_map": {"A": "b.C"}';

it.each<[string, string, string, Uint8Array, string]>([
  ["a name in a pickle", "pickle_executor", "m.pkl", latin1(`\x80\x02}q\x000${CALL}`), OS],
  ["a name in the second pickle", "pickle_executor", "m.pkl", latin1(`\x80\x02N.${CALL}`), OS],
  ["an extension", "pickle_extension", "m.pkl", latin1("\x80\x02]\x82\x07a."), "\x82\x07"],
  ["what follows a pickle", "pickle_trailing_bytes", "m.pkl", latin1(`\x80\x02}.${NOISE}`), NOISE],
  ["a pickle behind an array's header", "pickle_executor", "a.npy", npyOf("|O", latin1(CALL)), OS],
  [
    "a zip behind something",
    "zip_appended",
    "m.bin",
    Buffer.concat([latin1(NOISE), member("N.")]),
    "PK\x03\x04",
  ],
  ["a setting behind four million bytes", "remote_code", "config.json", long(AUTO), AUTO],
  [
    "a setting behind a byte order mark",
    "remote_code",
    "config.json",
    Buffer.from(`\ufeff{${AUTO}}`),
    AUTO,
  ],
])("%s", async (_, code, path, bytes, expected) => {
  const { findings } = await scanFile({ path, source: memorySource(bytes) }, "unknown");
  const offset = findings.find((found) => found.code === code)?.offset as number;
  expect(offset).toBeTypeOf("number");
  const there = Buffer.from(bytes).toString("latin1", offset, offset + expected.length);
  expect(there).toBe(expected);
});

it("counts from the start of a member", async () => {
  const source = memorySource(member(CALL2));
  const { findings } = await scanFile({ path: "m.zip", source }, "unknown");
  expect(findings).toMatchObject([{ file: "m.zip!/a/b.pkl", offset: CALL2.indexOf(POSIX) }]);
});

it("is that of the node in a graph", async () => {
  const bytes = savedModelOf(["Placeholder", "ReadFile"]);
  const file = { path: "saved_model.pb", source: memorySource(bytes) };
  const { findings } = await scanFile(file, "saved-model");
  const [found] = findings;
  const offset = found?.offset as number;
  expect(bytes.toString("latin1", offset, offset + 20)).toContain("ReadFile");
});

it("is not told where letters are written by their numbers", async () => {
  const source = memorySource(Buffer.from('{"auto\\u005fmap": {"A": "b.C"}}'));
  const { findings } = await scanFile({ path: "config.json", source }, "unknown");
  expect(findings).toMatchObject([{ code: "remote_code" }]);
  expect(findings[0]).not.toHaveProperty("offset");
});
