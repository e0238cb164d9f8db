/** Payloads that share their bytes with something harmless, and harmless files that once were taken for them. */
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
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

describe("what follows the end of a tar", () => {
  const tar = tarOf(latin1("a.txt"));
  it.each<[string, Buffer, string]>([
    ["a pickle", OS, "malicious"],
    ["another tar", tarOf(latin1("b"), OS), "malicious"],
    ["anything", latin1("\x01\xfe\x80\0"), "suspicious"],
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
    [["Placeholder", "SaveV2", "RestoreV2"], "clean"],
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

describe("a tag of YAML that makes Python objects", () => {
  it.each([
    "%TAG !y! tag:yaml.org,2002:\n---\na: !y!python/object/apply:os.system ['true']\n",
    "%TAG ! tag:yaml.org,2002:\n---\na: !python/name:os.system\n",
    "%YAML 1.1\n%TAG !! tag:yaml.org,2002:py\n---\na: !!thon/name:os.system\n",
    "a: !!p%79thon/object/apply:os.system ['true']\n",
    "a: !<tag:yaml.org,2002:p%79thon/name:os.system> x\n",
  ])("%j", async (text) => {
    expect(await verdict(latin1(text), "config.yaml")).toBe("suspicious");
  });
  it("is not one of another kind", async () => {
    const text =
      "%YAML 1.2\n%TAG !! tag:yaml.org,2002:\n---\na: !!str 1\nb: !own {x: 5%20}\nc: 5 %!\n";
    expect(await verdict(latin1(text), "config.yaml")).toBe("clean");
  });
});

describe("markup that brings something along", () => {
  it.each([
    "<svg/onload=alert(1)>",
    "<svg><img src=x\n  onerror=a()></svg>",
    "<svg><p title='x'onclick=a()></p></svg>",
    "<svg xmlns:x='http://www.w3.org/1999/xhtml'><x:script>1</x:script></svg>",
    "<svg><a href='java&#115;cript:a()'/></svg>",
    "<svg><a href='java&Tab;script&colon;a()'/></svg>",
    "<svg><a href='java\tscript:a()'/></svg>",
    "<svg><set attributeName='onload' to='a()'/></svg>",
    "<svg><use href='data:image/svg+xml;base64,AAAA'/></svg>",
    "<svg><handler>a()</handler></svg>",
    "<?xml version='1.0'?><?xml-stylesheet type='text/xsl' href='x.xsl'?><a/>",
    "<!DOCTYPE html><html><meta http-equiv=refresh content='0;url=http://e'></html>",
    "<!DOCTYPE a SYSTEM 'http://e/x.dtd'><a/>",
    "<!DOCTYPE a PUBLIC '-//E//x' \"http://e/x.dtd\"><a/>",
  ])("%j", async (text) => {
    expect(await verdict(latin1(text), "a.svg")).toBe("suspicious");
  });
  it.each([
    '<?xml version="1.0"?>\n<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN"\n "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">\n<svg><g id="on x = 3"/></svg>',
    '<svg><image xlink:href="data:image/png;base64,AAAA"/><text>on = 1, only=2</text></svg>',
    "<!DOCTYPE html><html><head><meta charset=utf-8><link rel=stylesheet href=a.css></head><a href='https://e/?once=1&#38;b'>x</a></html>",
  ])("nothing: %j", async (text) => {
    expect(await verdict(latin1(text), "a.svg")).toBe("clean");
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
