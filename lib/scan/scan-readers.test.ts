import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { unzippedFixture } from "#lib/formats/fixtures/unzipped.ts";
import { zipOf } from "#lib/formats/fixtures/write-zip.ts";
import { inspectFiles } from "#lib/formats/inspect/inspect.ts";
import { fileOf } from "../../tests/support/hostile-bytes.ts";
import { scanFile } from "./scan-file.ts";
import { worstVerdict } from "./verdict.ts";

const fixture = (name: string) =>
  readFileSync(new URL(`../formats/fixtures/readers/${name}`, import.meta.url));
const text = (value: string) => Buffer.from(value);
/** `os.system("id")` */
const PAYLOAD = text("cos\nsystem\n(S'id'\ntR.");
const NOISE = Buffer.from(Array.from({ length: 4096 }, (_, at) => (at * 7919 + (at >> 3)) & 255));

async function verdictOf(name: string, bytes: Uint8Array) {
  const { files } = await inspectFiles([fileOf(name, bytes)]);
  const scans = files.map(({ file, format }) => scanFile(file, format));
  return worstVerdict((await Promise.all(scans)).map(({ verdict }) => verdict));
}

test.each([
  "exported.pt2",
  "extra_files.pt",
  "frozen.pt",
  "nested.pt",
  "complex32.pt",
  "float4_e2m1fn_x2.pt",
  "bits8.pt",
  "xgboost.ubj",
  "xgboost.json",
  "trained.keras",
  "trained.h5",
  "trained.weights.h5",
])("%s carries no code", async (name) => {
  expect(await verdictOf(name, fixture(name))).toBe("clean");
});

test.each(["no_variables.zip", "exported.zip", "tf1_checkpoint.zip", "tf2_checkpoint.zip"])(
  "no file of %s carries code",
  async (name) => {
    const { files } = await inspectFiles(await unzippedFixture(`readers/${name}`));
    for (const { file, format } of files) {
      expect(await scanFile(file, format), file.path).toMatchObject({ verdict: "clean" });
    }
  },
);

describe("an exported program", () => {
  const exported = (name: string, bytes: Uint8Array) =>
    zipOf([
      { name: "m/archive_format", bytes: text("pt2") },
      { name: "m/archive_version", bytes: text("0") },
      { name: `m/${name}`, bytes },
    ]);
  const rows: [string, string, Uint8Array, string][] = [
    ["a weight may look like anything", "data/weights/weight_0", NOISE, "clean"],
    ["so may an extra file", "extra/vocabulary", NOISE, "clean"],
    ["a payload in a weight is found", "data/weights/weight_0", PAYLOAD, "malicious"],
    ["a payload in an extra file is found", "extra/.DS_Store", PAYLOAD, "malicious"],
    ["a payload in the sample inputs is found", "data/sample_inputs/m.pt", PAYLOAD, "malicious"],
    [
      "compiled code stays out",
      "data/aotinductor/m/m.wrapper.so",
      Buffer.concat([text("\x7fELF\x02\x01\x01\0"), NOISE]),
      "unscannable",
    ],
  ];
  test.each(rows)("%s", async (_, name, bytes, verdict) => {
    expect(await verdictOf("m.pt2", exported(name, bytes))).toBe(verdict);
  });
});

test("an empty file is clean, and noted when its name says that it was to be a model", async () => {
  const scan = async (name: string) => scanFile(fileOf(name, new Uint8Array(0)), "unknown");
  expect(await scan("pkg/__init__.py")).toMatchObject({ findings: [] });
  expect(await scan("model.bin")).toMatchObject({
    verdict: "clean",
    findings: [{ severity: "info", code: "empty_file" }],
  });
});

test("a text that begins as XGBoost's is still a text to other loaders", async () => {
  const bytes = text(
    '{"learner":{"attributes":{}},"auto_map":{"AutoModel":"m.M"},"version":[3,2,0]}',
  );
  expect(await verdictOf("config.json", bytes)).toBe("suspicious");
});
