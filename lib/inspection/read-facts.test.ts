import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { zipOf } from "#lib/formats/fixtures/write-zip.ts";
import { fileOf } from "../../tests/support/hostile-bytes.ts";
import { tinyModel } from "../../tests/support/model-files.ts";
import { readFacts } from "./read-facts.ts";

const OS = "cos\nsystem\n(S'true'\ntR.";

/** An array of NumPy with what follows its header. */
function arrayOf(descr: string, content: string): Buffer {
  const header = `{'descr': '${descr}', 'fortran_order': False, 'shape': (1,), }\n`;
  const start = Buffer.from("\x93NUMPY\x01\x00\x00\x00", "latin1");
  start.writeUInt16LE(header.length, 8);
  return Buffer.concat([start, Buffer.from(header + content, "latin1")]);
}
const EVIL = arrayOf("|O", OS);
const PLAIN = arrayOf("<f4", "\0\0\0\0");

describe("a format that a reader knows is scanned where it may carry code", () => {
  test.each([
    ["an array of objects", { "a.npy": EVIL }],
    ["one under another name", { "weights.dat": EVIL }],
    ["one in an archive", { "a.npz": zipOf([{ name: "a.npy", bytes: EVIL, isDeflated: true }]) }],
    [
      "one after a plain one",
      {
        "a.npz": zipOf([
          { name: "a.npy", bytes: PLAIN },
          { name: "b.npy", bytes: EVIL },
        ]),
      },
    ],
    ["a pickle after an array", { "a.npy": Buffer.concat([PLAIN, Buffer.from(OS)]) }],
    ["one beside a model", { "model.safetensors": tinyModel(), "vocab.npy": EVIL }],
  ])("%s is malicious", async (_, files) => {
    const facts = await readFacts(
      Object.entries(files).map(([path, bytes]) => fileOf(path, bytes)),
    );
    expect(facts.scan.verdict).toBe("malicious");
    expect(facts.files.map(({ format }) => format)).toContain("numpy");
  });

  test.each([
    ["numpy", "numpy/stored.npz"],
    ["numpy", "numpy/records.npy"],
    ["lightgbm", "lightgbm/binary.txt"],
    ["coreml", "coreml/image.mlmodel"],
    ["pickle", "estimators/pipeline_4.pkl"],
    ["pickle", "estimators/forest.joblib"],
  ])("%s: %s is clean", async (format, name) => {
    const bytes = readFileSync(new URL(`../formats/fixtures/${name}`, import.meta.url));
    const facts = await readFacts([fileOf(name, bytes)]);
    expect(facts.files).toMatchObject([{ format, verdict: "clean" }]);
    expect(facts.scan).toEqual({ verdict: "clean", findings: [] });
  });
});
