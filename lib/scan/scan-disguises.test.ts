/** Payloads that share their bytes with something harmless, and harmless files that once were taken for them. */
import { describe, expect, it } from "vitest";
import { memorySource } from "../formats/byte-source.ts";
import { zipOf } from "../formats/fixtures/write-zip.ts";
import { scanFile } from "./scan-file.ts";

const scan = (bytes: Uint8Array, path = "model.bin") =>
  scanFile({ path, source: memorySource(bytes) }, "unknown");
const verdict = async (bytes: Uint8Array, path?: string) => (await scan(bytes, path)).verdict;
const latin1 = (text: string) => Buffer.from(text, "latin1");
const OS = latin1("cos\nsystem\n(S'true'\ntR.");
const EMPTY = latin1("N.");

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
    expect(await verdict(Buffer.concat([array, latin1("\x01\xfe\x80\0")]), "a.npy")).toBe(
      "suspicious",
    );
  });
  it("that does not say where it ends is not clean", async () => {
    const array = npyOf("{'descr': '<f', 'fortran_order': False, 'shape': (3,), }", 12);
    expect(await verdict(array, "a.npy")).toBe("unscannable");
  });
});

describe("a configuration with letters as numbers", () => {
  it.each([
    ["config.json", '{"auto\\u005fmap": {"AutoModel": "m.M"}}'],
    ["config.json", '{"a": 1, "trust\\u005Fremote_cod\\u0065": true}'],
    ["config.yaml", '"auto\\x5fmap": {AutoModel: m.M}\n'],
  ])("%s: %s", async (name, text) => {
    expect(await verdict(Buffer.from(text), name)).toBe("suspicious");
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

function tarOf(name: Buffer): Buffer {
  const header = Buffer.alloc(512);
  name.copy(header);
  header.write("00000000000\0", 124);
  header.write("        0", 148);
  header.write("ustar\x0000", 257);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return Buffer.concat([header, Buffer.alloc(1024)]);
}
