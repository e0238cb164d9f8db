/** Payloads that share their bytes with something harmless, and harmless files that once were taken for them. */
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { memorySource } from "#lib/formats/bytes/byte-source.ts";
import { zipOf } from "#lib/formats/fixtures/write-zip.ts";
import { scanFile } from "./scan-file.ts";

const scan = (bytes: Uint8Array, path = "model.bin") =>
  scanFile({ path, source: memorySource(bytes) }, "unknown");
const verdict = async (bytes: Uint8Array, path?: string) => (await scan(bytes, path)).verdict;
const latin1 = (text: string) => Buffer.from(text, "latin1");
const OS = latin1("cos\nsystem\n(S'true'\ntR.");
const EMPTY = latin1("N.");
const NOISE = latin1("\x01\xfe\x80\0\xff\x9c\x07\xee\x13\0\x81\xf1");

describe("a tar whose first name is a pickle", () => {
  // `U`, a length of zero: to tar the name ends there, to a pickle it is an empty text.
  const tar = tarOf(latin1(`U\x000${OS.toString("latin1")}`));
  it.each(["m.tar", "m.nemo", "notes.txt"])("is malicious as %s", async (name) => {
    expect(await verdict(tar, name)).toBe("malicious");
  });
  it("is clean when it is a name", async () => {
    expect(await verdict(tarOf(latin1("U")), "m.tar")).toBe("clean");
  });
});

describe("what follows the end of a tar", () => {
  const tar = tarOf(latin1("a.txt"));
  it.each<[string, Buffer, string]>([
    ["a pickle", OS, "malicious"],
    ["another tar", tarOf(latin1("b"), OS), "malicious"],
    ["anything", NOISE, "suspicious"],
    ["zeros", Buffer.alloc(9000), "clean"],
  ])("%s", async (_, rest, expected) => {
    expect(await verdict(Buffer.concat([tar, rest]), "m.tar")).toBe(expected);
    expect(await verdict(gzipSync(Buffer.concat([tar, rest])), "m.tgz")).toBe(expected);
  });
});

describe("a model inside of an archive", () => {
  const fixture = (name: string) =>
    readFileSync(new URL(`../formats/fixtures/${name}`, import.meta.url));
  it.each(["lambda.h5", "lambda.keras", "saved_model_read_file.zip"])("%s", async (name) => {
    for (const isDeflated of [true, false]) {
      const zip = zipOf([{ name: "m/model", bytes: fixture(name), isDeflated }]);
      expect(await verdict(zip, "m.zip")).toBe("malicious");
    }
    expect(await verdict(gzipSync(fixture(name)), "m.gz")).toBe("malicious");
  });
  it.each(["plain.h5", "plain.keras", "external.onnx"])("%s", async (name) => {
    expect(await verdict(zipOf([{ name: "m/model", bytes: fixture(name) }]), "m.zip")).toBe(
      "clean",
    );
  });
  it("whose code is a pickle, although TorchScript compiles its code itself", async () => {
    const members = ["data.pkl", "constants.pkl"].map((name) => ({
      name: `m/${name}`,
      bytes: latin1("\x80\x02)."),
    }));
    const code = (bytes: Buffer) => zipOf([...members, { name: "m/code/__torch__.py", bytes }]);
    expect(await verdict(code(latin1("class M(Module):\n  pass\n")), "m.pt")).toBe("clean");
    expect(await verdict(code(OS), "m.pt")).toBe("malicious");
  });
});

describe("a frozen graph of TensorFlow", () => {
  const graph = (...operators: string[]) =>
    Buffer.concat(
      operators.map((name, at) => {
        const node = [`\x0a\x06node_${at}`, `\x12${String.fromCharCode(name.length)}${name}`].join(
          "",
        );
        return latin1(`\x0a${String.fromCharCode(node.length)}${node}`);
      }),
    );
  it.each([
    [["Placeholder", "MatMul", "Const"], "clean"],
    [["Placeholder", "SaveV2", "RestoreV2"], "suspicious"],
    [["Placeholder", "WriteFile"], "malicious"],
    [["Placeholder", "DebugIdentityV3"], "malicious"],
    [["Placeholder", "ExperimentalLMDBDataset"], "suspicious"],
    [["Placeholder", "CSVDatasetV2"], "suspicious"],
  ])("with %j", async (operators, expected) => {
    expect(await verdict(graph(...operators), "frozen.pb")).toBe(expected);
  });
  it("as text", async () => {
    const text = (name: string) => latin1(`meta_graphs {\n  node {\n    op: "${name}"\n  }\n}\n`);
    expect(await verdict(text("MatMul"), "saved_model.pbtxt")).toBe("clean");
    expect(await verdict(text("ReadFile"), "saved_model.pbtxt")).toBe("suspicious");
  });
});

describe("a zip that readers list differently", () => {
  const listed = zipOf([{ name: "a.txt", bytes: latin1("a") }]);
  const directory = listed.indexOf("PK\x01\x02", 0, "latin1");
  const end = listed.indexOf("PK\x05\x06", 0, "latin1");
  const other = zipOf([{ name: "m/data.pkl", bytes: OS }]);
  const hidden = other.subarray(0, other.indexOf("PK\x01\x02", 0, "latin1"));
  /** With bytes between the last member and the directory. */
  const withGap = (gap: Uint8Array) => {
    const tail = Buffer.from(listed.subarray(end));
    tail.writeUInt32LE(directory + gap.length, 16);
    return Buffer.concat([
      listed.subarray(0, directory),
      gap,
      listed.subarray(directory, end),
      tail,
    ]);
  };
  it.each([0, 12, 16, 20, 24])("hides a member behind %i bytes", async (length) => {
    const result = await scan(withGap(Buffer.concat([Buffer.alloc(length), hidden])), "a.zip");
    expect(result.findings.map(({ code }) => code)).toContain("zip_hidden_member");
    expect(result.verdict).toBe("unscannable");
  });
  it("hides nothing in what follows a member otherwise", async () => {
    expect(await verdict(withGap(Buffer.alloc(16)), "a.zip")).toBe("clean");
    const nested = zipOf([
      { name: "in.zip", bytes: listed },
      { name: "b", bytes: EMPTY },
    ]);
    expect(await verdict(nested, "a.zip")).toBe("clean");
  });
});

it("PyTorch's zip, which has the wide end records, is found behind anything", async () => {
  const model = readFileSync(new URL("../formats/fixtures/state_dict.pth", import.meta.url));
  expect(model.includes("PK\x06\x06", 0, "latin1")).toBe(true);
  for (const front of ["\x01\xfe\x80\0\xff", "a text\n", "%PDF-1.4\n%%EOF\n"]) {
    const { findings } = await scan(Buffer.concat([latin1(front), model]));
    expect(findings.map(({ code }) => code)).toContain("zip_appended");
  }
});

describe("a NumPy array", () => {
  const headers: [string, number][] = [
    ["{'descr': '<f8', 'fortran_order': False, 'shape': (3, 2), }", 48],
    ["{'descr': '<f4', 'fortran_order': True, 'shape': (), }", 4],
    ["{'descr': '<U3', 'fortran_order': False, 'shape': (2,), }", 24],
    ["{'descr': '<M8[ns]', 'fortran_order': False, 'shape': (2L,), }", 16],
    [
      "{'descr': [('a', '|S5'), ('', '|V3'), ('b', '<f8', (2,))], 'fortran_order': False, 'shape': (2,), }",
      48,
    ],
    ["{'descr': [(('title', 'x'), [('y', '<i4')])], 'fortran_order': False, 'shape': (0, 5), }", 0],
  ];
  it.each(headers)("%s ends where it says", async (header, bytes) => {
    const array = npyOf(header, bytes);
    expect(await verdict(array, "a.npy")).toBe("clean");
    expect(await verdict(Buffer.concat([array, array, array]), "a.npy")).toBe("clean");
    // `numpy.load` of the open file once more reads a pickle.
    expect(await verdict(Buffer.concat([array, array, OS]), "a.npy")).toBe("malicious");
    expect(await verdict(Buffer.concat([array, NOISE]), "a.npy")).toBe("suspicious");
  });
  it("that does not say where it ends is not clean", async () => {
    const array = npyOf("{'descr': '<f', 'fortran_order': False, 'shape': (3,), }", 12);
    expect(await verdict(array, "a.npy")).toBe("unscannable");
  });
});

describe("what real files have is clean", () => {
  it("a log with colours, and with a progress bar that takes characters back", async () => {
    const log = "\x1b[32mINFO\x1b[0m 1/3 [=>..]\b\b\b\b\b\b\b2/3 [==>.]\r\n\v";
    expect(await scan(latin1(log), "train.log")).toMatchObject({ verdict: "clean", findings: [] });
  });
  it("the example that a traced module keeps", async () => {
    const example = latin1("\x80\x02ctorch.jit._pickle\nrestore_type_tag\n(]U\x09List[int]tR.");
    const members = ["data", "constants", "traced_inputs"].map((name) => ({
      name: `m/${name}.pkl`,
      bytes: name === "traced_inputs" ? example : latin1("\x80\x02)."),
    }));
    expect(await verdict(zipOf(members), "m.pt")).toBe("clean");
  });
  it("a range of a jagged tensor's dimension", async () => {
    const range = latin1("\x80\x02ctorch._dynamo.decorators\n_DimRange\nK\0K\x01\x86R.");
    expect(await verdict(range, "m.pt")).toBe("clean");
  });
});

function npyOf(header: string, bytes: number): Buffer {
  const head = latin1(`\x93NUMPY\x01\0..${header}\n`);
  head.writeUInt16LE(head.length - 10, 8);
  return Buffer.concat([head, Buffer.alloc(bytes, 1)]);
}

function tarOf(name: Buffer, content = Buffer.alloc(0)): Buffer {
  const header = Buffer.alloc(512);
  name.copy(header);
  header.write(`${content.length.toString(8).padStart(11, "0")}\0`, 124);
  header.write("        0", 148);
  header.write("ustar\x0000", 257);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  const padding = Buffer.alloc(-content.length & 511);
  return Buffer.concat([header, content, padding, Buffer.alloc(1024)]);
}
