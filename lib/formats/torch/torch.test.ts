import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { fileOf, refusalOf } from "../../../tests/support/hostile-bytes.ts";
import { memorySource } from "../bytes/byte-source.ts";
import { type FormatReader, HEAD_BYTES } from "../bytes/reader.ts";
import { sparseZip, zipOf } from "../fixtures/write-zip.ts";
import { inspectFiles } from "../inspect/inspect.ts";
import { pickleReader } from "../pickle/pickle-file.ts";
import { torchLegacyReader } from "./torch-legacy.ts";
import { torchZipReader } from "./torch-zip.ts";
import { torchScriptReader } from "./torchscript.ts";

const READERS: readonly FormatReader[] = [
  torchZipReader,
  torchScriptReader,
  torchLegacyReader,
  pickleReader,
];

type Expected = { tensors: [string, string, number[]][]; elements: number; parameters?: number };
const fixture = (name: string) => readFileSync(new URL(`../fixtures/${name}`, import.meta.url));
const expected: Record<string, Expected> = JSON.parse(
  fixture("torch_expected.json").toString("utf8"),
);

async function readerOf(bytes: Uint8Array): Promise<FormatReader> {
  const source = memorySource(bytes);
  for (const reader of READERS) {
    if (await reader.detect(bytes.subarray(0, HEAD_BYTES), source)) return reader;
  }
  throw new Error("no reader knows the fixture");
}

async function read(name: string, bytes: Uint8Array = fixture(name)) {
  return (await readerOf(bytes)).read({ path: name, source: memorySource(bytes) }, new Map());
}

describe("PyTorch's readers agree with PyTorch", () => {
  it.each([
    ["state_dict.pth", "torch-zip"],
    ["legacy.pt", "torch-legacy"],
    ["mixed.pt", "torch-zip"],
    ["checkpoint.tar", "torch-zip"],
    ["whole_module.pt", "torch-zip"],
    ["scripted.pt", "torchscript"],
  ])("on names, dtypes and shapes of %s", async (name, format) => {
    const facts = await read(name);
    const tensors = facts.tensors
      .filter(({ group }) => group === undefined)
      .map(({ name, dtype, shape }) => [name, dtype, shape]);
    const want = expected[name] as Expected;
    expect(facts).toMatchObject({ format, framework: "pytorch", parsedToEnd: true });
    expect(tensors.sort()).toEqual(want.tensors.sort());
    expect(facts.parameters).toBe(want.parameters ?? want.elements);
  });

  it("counts a view's bytes by its own shape", async () => {
    const { tensors } = await read("mixed.pt");
    expect(tensors.find(({ name }) => name === "view")).toMatchObject({
      shape: [2, 4],
      sizeBytes: 32,
    });
  });

  it("tells sklearn from the globals of a pickle", async () => {
    for (const name of ["sklearn.pkl", "tree_protocol2.pkl", "sklearn.joblib"]) {
      const facts = await read(name);
      expect(facts).toMatchObject({ framework: "sklearn", format: "pickle", parsedToEnd: true });
      expect(facts.globals.some((global) => global.startsWith("sklearn."))).toBe(true);
    }
  });
});

describe("PyTorch's readers refuse or report damage", () => {
  it("reports every cut of a legacy file, or refuses it", async () => {
    const whole = fixture("legacy.pt");
    for (let length = 200; length < whole.length; length += 13) {
      const facts = await read("legacy.pt", whole.subarray(0, length)).catch((error) => error);
      if (!(facts instanceof Error)) expect(facts.parsedToEnd, `cut at ${length}`).toBe(false);
    }
  });

  it("says when bytes follow the last storage", async () => {
    const facts = await read("legacy.pt", Buffer.concat([fixture("legacy.pt"), Buffer.from("x")]));
    expect(facts.pickles.at(-1)?.oddities.map(({ code }) => code)).toContain(
      "pickle_trailing_bytes",
    );
  });

  it.each(["state_dict.pth", "mixed.pt", "checkpoint.tar", "whole_module.pt", "scripted.pt"])(
    "%s cut anywhere behind its first header is refused as a PyTorch model",
    async (name) => {
      const whole = fixture(name);
      for (let length = 100; length < whole.length; length += 1 + Math.floor(whole.length / 400)) {
        const cut = fileOf(name, whole.subarray(0, length));
        const refusal = await refusalOf(() => inspectFiles([cut]));
        expect(refusal, `cut at ${length}`).toMatch(
          /^invalid_model_file: \S+ cannot be read as a PyTorch model: .* cut short/,
        );
      }
    },
  );

  it("a zip of something else that is cut is refused as a zip", async () => {
    const cut = zipOf([{ name: "notes/a.txt", bytes: Buffer.from("x") }]).subarray(0, -5);
    const refusal = await refusalOf(() => inspectFiles([fileOf("a.zip", cut)]));
    expect(refusal).toBe(
      "invalid_model_file: a.zip: The zip file cannot be read: its end is missing: it is cut short.",
    );
  });
});

describe("a PyTorch zip of 5 GiB", () => {
  it("is inspected by its directory and its pickle alone", async () => {
    const storageBytes = 5 * 1024 ** 3;
    const { source, readBytes } = sparseZip([
      { name: "big/data.pkl", bytes: tensorPickle(storageBytes / 4) },
      { name: "big/data/0", hole: storageBytes },
      { name: "big/version", bytes: Buffer.from("3\n") },
    ]);
    expect(source.sizeBytes).toBeGreaterThan(storageBytes);
    const facts = await torchZipReader.read({ path: "m.pth", source }, new Map());
    expect(facts.tensors).toEqual([
      { name: "w", dtype: "F32", shape: [1_342_177_280], sizeBytes: storageBytes, file: "m.pth" },
    ]);
    expect(facts.producer).toEqual({ torch_archive_version: "3" });
    expect(readBytes()).toBeLessThan(256 * 1024);
  });

  it("is refused when a tensor says that it is larger than its storage", async () => {
    const { source } = sparseZip([
      { name: "m/data.pkl", bytes: tensorPickle(1000) },
      { name: "m/data/0", hole: 3999 },
    ]);
    const reading = torchZipReader.read({ path: "m.pth", source }, new Map());
    await expect(reading).rejects.toMatchObject({ code: "invalid_model_file" });
  });
});

/** What torch.save writes for {"w": a float tensor of one dimension}, in protocol 0 for legibility. */
function tensorPickle(elements: number): Buffer {
  return Buffer.from(
    "(S'w'\nctorch._utils\n_rebuild_tensor_v2\n((S'storage'\nctorch\nFloatStorage\nS'0'\nS'cpu'\n" +
      `I${elements}\ntQI0\n(I${elements}\nt(I1\ntI00\nNtRd.`,
  );
}
