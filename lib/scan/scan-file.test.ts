import { readFileSync } from "node:fs";
import { deflateSync, gzipSync, zstdCompressSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { memorySource } from "#lib/formats/bytes/byte-source.ts";
import { type ZipMember, zipOf } from "#lib/formats/fixtures/write-zip.ts";
import { growthOf, LINEAR_GROWTH } from "../../tests/support/cost.ts";
import { type FileScan, scanFile } from "./scan-file.ts";

const scan = (bytes: Uint8Array | string, path = "model.bin"): Promise<FileScan> =>
  scanFile({ path, source: memorySource(Buffer.from(bytes as Uint8Array)) }, "unknown");
const verdict = async (bytes: Uint8Array | string, path?: string) =>
  (await scan(bytes, path)).verdict;
const fixture = (name: string) =>
  readFileSync(new URL(`../formats/fixtures/${name}`, import.meta.url));
/** Latin-1 text with escapes: each character is a byte. */
const pickle = (text: string) => Buffer.from(text, "latin1");

const OS = "cos\nsystem\n(S'true'\ntR.";
const SHORT = (text: string) => `\x8c${String.fromCharCode(text.length)}${text}`;

describe("must be clean", () => {
  it.each([
    "state_dict.pth",
    "legacy.pt",
    "mixed.pt",
    "checkpoint.tar",
    "scripted.pt",
    "sklearn.pkl",
    "tree_protocol2.pkl",
    "sklearn.joblib",
    "tree_compressed.joblib",
    "array.npy",
    "arrays.npz",
  ])("%s", async (name) => {
    expect(await scan(fixture(name), name)).toMatchObject({ verdict: "clean", findings: [] });
  });

  it.each([
    ["README.md", "# A model\n\nimport torch\nx = 1\n"],
    ["labels.txt", "class_names\ncat\ndog\n"],
    ["info.txt", "import os\nimport sys\n"],
    ["config.json", '{"hidden_size": 768}'],
    ["config.yaml", "a: 1\n"],
    ["pt.txt", "descrição: olá\n"],
    ["dot.txt", "N. Korea"],
    ["vocab.txt", "<pad>\n<unk>\nonload=\n"],
    ["plain.svg", '<svg xmlns="http://www.w3.org/2000/svg"><path d="M0 0"/></svg>'],
    [".gitkeep", ""],
  ])("the text %s", async (name, text) => {
    expect(await scan(text, name)).toMatchObject({ verdict: "clean", findings: [] });
  });
});

describe("executors are malicious", () => {
  it.each([
    ["REDUCE", OS],
    ["INST", "(S'true'\nios\nsystem\n."],
    ["OBJ", "(cos\nsystem\nS'true'\no."],
    ["NEWOBJ", "\x80\x02cos\nsystem\nU\x04true\x85\x81."],
    ["NEWOBJ_EX", `\x80\x04cos\nsystem\n${SHORT("true")}\x85}\x92.`],
    ["STACK_GLOBAL", `\x80\x04${SHORT("os")}${SHORT("system")}\x93${SHORT("true")}\x85R.`],
    [
      "STACK_GLOBAL after DUP",
      `\x80\x04${SHORT("posix")}20${SHORT("system")}\x93${SHORT("true")}\x85R.`,
    ],
    [
      "memo games",
      `\x80\x04${SHORT("os")}\x94${SHORT("system")}q\x070j\x00\x00\x00\x00h\x07\x93${SHORT("true")}\x85R.`,
    ],
    [
      "MEMOIZE that counts what BINPUT put",
      `\x80\x04${SHORT("x")}q\x050${SHORT("os")}\x940${SHORT("system")}\x940h\x01h\x02\x93${SHORT("true")}\x85R.`,
    ],
    ["names in protocol 0 strings with escapes", `S'\\x6fs'\nS'sys\\164em'\n\x93S'true'\n\x85R.`],
    ["names in raw unicode", "V\\u006fs\nVsystem\n\x93Vtrue\n\x85R."],
    [
      "a computed name",
      `\x80\x04cbuiltins\nstr\nC\x02os${SHORT("ascii")}\x86R${SHORT("system")}\x93)R.`,
    ],
    ["a dotted name", `\x80\x04${SHORT("torch._utils")}${SHORT("os.system")}\x93)R.`],
    [
      "an escape through dunders",
      `\x80\x04${SHORT("collections")}${SHORT("OrderedDict.__init__.__globals__")}\x93.`,
    ],
    ["a popped result", `N${OS.slice(0, -1)}0.`],
    ["a second pickle", `\x80\x02}.${OS}`],
    ["a third pickle after two", `\x80\x02}.\x80\x02N.${OS}`],
    ["quirky booleans", `I01\nI00\n0I 5\n0${OS}`],
    ["a lying FRAME", `\x80\x04\x95\xff\xff\xff\xff\xff\xff\xff\x7f${OS}`],
    ["invalid UTF-8 before it", `\x80\x04\x8c\x02\xff\xfe0${OS}`],
    ["a cut instead of STOP", OS.slice(0, -1)],
    ["a cut within the last name", "(S'true'\nios\nsystemX"],
    ["junk instead of STOP", `${OS.slice(0, -1)}\xff\xff\xff`],
    ["an underflow before it", `0000${OS}`],
    ["a long string before it", `\x80\x02X\xa0\x86\x01\x00${"a".repeat(100_000)}0${OS}`],
  ])("by %s", async (_name, text) => {
    expect(await verdict(pickle(text))).toBe("malicious");
  });

  it.each(
    `os.popen posix.system nt.system subprocess.Popen importlib.import_module builtins.__import__
    __builtin__.eval pkgutil.resolve_name runpy.run_path pip.main timeit.timeit cProfile.run bdb.Bdb
    code.InteractiveInterpreter ctypes.CDLL marshal.loads types.CodeType types.FunctionType
    functools.partial functools.reduce operator.attrgetter builtins.getattr builtins.eval builtins.exec
    builtins.compile builtins.open torch.load torch.storage._load_from_bytes joblib.load dill.loads
    cloudpickle.loads numpy.load pandas.read_pickle urllib.request.urlopen requests.get linecache.getline
    shutil.rmtree socket.socket sys.modules _pickle.loads webbrowser.open torch.hub.load
    torch.serialization.load numpy.testing._private.utils.runstring numpy.core._ufunc_reconstruct`.split(
      /\s+/,
    ),
  )("for %s in protocols 0 and 4", async (full) => {
    const at = full.lastIndexOf(".");
    const [module, name] = [full.slice(0, at), full.slice(at + 1)];
    expect(await verdict(pickle(`c${module}\n${name}\n(tR.`))).toBe("malicious");
    const stacked = `\x80\x04${SHORT(module)}${SHORT(name)}\x93)R.`;
    expect(await verdict(pickle(stacked))).toBe("malicious");
  });

  it.each(["m.safetensors", "m.onnx", "m.gguf", "config.json", "README.md", "m.model", "noname"])(
    "whatever the name: %s",
    async (name) => {
      expect(await verdict(OS, name)).toBe("malicious");
    },
  );

  it("even when a reader took the file for a format without code", async () => {
    const file = { path: "m.onnx", source: memorySource(pickle(OS)) };
    expect((await scanFile(file, "onnx")).verdict).toBe("malicious");
  });
});

describe("what is not on the list of plain checkpoints is suspicious", () => {
  it.each([
    ["a class of one's own", "\x80\x02cmymodel\nNet\n)\x81}b."],
    ["the extension registry (EXT1)", "\x80\x02\x82\x01)R."],
    ["the extension registry (EXT2)", "\x80\x02\x83\x01\x01)R."],
    ["the extension registry (EXT4)", "\x80\x02\x84\x01\x01\x01\x00)R."],
    ["a call of a call's result", "ccollections\nOrderedDict\n(tR(tR."],
    ["a changed class", "ccollections\nOrderedDict\n}b."],
    ["bytes after the end", "\x80\x02}.\xff\xff\xff"],
    ["TorchScript's names outside of TorchScript", "\x80\x02c__torch__\nNet\n)\x81."],
    ["an unknown attribute of torch", "\x80\x02ctorch\nwhatever\n)R."],
  ])("%s", async (_name, text) => {
    expect(await verdict(pickle(text))).toBe("suspicious");
  });

  it("a whole module of PyTorch, naming its classes", async () => {
    const result = await scan(fixture("whole_module.pt"));
    expect(result.verdict).toBe("suspicious");
    expect(result.globals).toContain("__main__.Net");
  });

  it.each([
    ["modeling.py", "print(1)"],
    ["config.json", '{"auto_map": {"AutoModel": "modeling.Net"}}'],
    ["x.yaml", "a: !!python/object/apply:os.system ['true']"],
    [
      "model.pmml",
      '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x/>',
    ],
    ["logo.svg", '<svg onload="alert(1)"/>'],
    ["page.html", "<html><script>1</script></html>"],
    ["run.sh", "#!/bin/sh\ntrue\n"],
  ])("the text %s", async (name, text) => {
    expect(await verdict(text, name)).toBe("suspicious");
  });
});

describe("texts made to be slow", () => {
  it.each(["<!DOCTYPE ", "<a ", "<a on", " on", '"auto_map" ', "\n\n", "trust_remote_code="])(
    "%j, repeated, is judged in linear time",
    async (part) => {
      const judge = (scale: number) => scan(`<${part.repeat(300_000 * scale)}`, "x.html");
      expect(await growthOf(judge)).toBeLessThan(LINEAR_GROWTH);
    },
    60_000,
  );
});

describe("what cannot be understood is unscannable", () => {
  it.each([
    ["a cut pickle", pickle("\x80\x02}q\x00X\x05\x00\x00\x00ab")],
    ["7z", pickle("7z\xbc\xaf\x27\x1c\x00\x04 and more")],
    ["xz", pickle("\xfd7zXZ\x00\x00\x04\xe6\xd6\xb4\x46")],
    ["bzip2", pickle("BZh91AY&SY\xff\x00\x01\x02")],
    ["zstd", zstdCompressSync(OS)],
    ["a program", pickle("\x7fELF\x02\x01\x01\x00\x00\x00")],
    ["a cut gzip", gzipSync(pickle(OS)).subarray(0, 20)],
    ["2 GiB of zeros in a gzip", gzipSync(gzipSync(Buffer.alloc(200_000_000)))],
  ])("%s", async (_name, bytes) => {
    expect(await verdict(bytes)).toBe("unscannable");
  });

  it("a thousand pickles, one after the other", async () => {
    expect(await verdict(pickle("\x80\x02}.".repeat(1001)))).toBe("unscannable");
  });

  it("members that together expand beyond reason", async () => {
    const bytes = Buffer.alloc(120_000_000);
    const members = Array.from({ length: 6 }, (_, at) => ({
      name: `${at}`,
      bytes,
      isDeflated: true,
    }));
    const { findings } = await scan(zipOf(members));
    expect(findings.map(({ code }) => code)).toContain("bomb");
  }, 60_000);

  it("archives in archives beyond all habit", async () => {
    let bytes: Buffer = pickle("\x80\x02}.");
    for (let depth = 0; depth < 6; depth += 1) bytes = zipOf([{ name: "inner", bytes }]);
    expect(await verdict(bytes)).toBe("unscannable");
  });
});

describe("containers are looked into", () => {
  it.each([
    ["gzip", gzipSync(OS)],
    ["zlib", deflateSync(OS)],
    ["gzip in gzip", gzipSync(gzipSync(OS))],
    ["a stored member", zipOf([{ name: "a/notes.txt", bytes: pickle(OS) }])],
    ["a compressed member", zipOf([{ name: "weights", bytes: pickle(OS), isDeflated: true }])],
    [
      "a zip in a zip",
      zipOf([{ name: "x.mar", bytes: zipOf([{ name: "y", bytes: pickle(OS) }]) }]),
    ],
    ["an object array", numpyOf("|O", OS)],
    [
      "an object array in .npz",
      zipOf([{ name: "a.npy", bytes: numpyOf("|O", OS), isDeflated: true }]),
    ],
    ["constants.pkl", torchScript({ "constants.pkl": OS })],
    ["a storage", torchScript({ "data/0": OS })],
    ["a debug pickle", torchScript({ "code/x.py.debug_pkl": `\x80\x02${OS}` })],
    ["another member", torchScript({ "extra/readme": OS })],
    ["a second pickle after data.pkl", torchScript({ "data.pkl": `\x80\x02}.${OS}` })],
  ])("%s with a payload is malicious", async (_name, bytes) => {
    expect(await verdict(bytes)).toBe("malicious");
  });

  const payload = { name: "archive/data.pkl", bytes: pickle(OS) };
  it.each<[string, ZipMember]>([
    ["two names", { ...payload, localName: "archive/DATA.pkl" }],
    ["an encryption flag", { ...payload, flags: 1 }],
    ["a wrong checksum", { ...payload, crc: 1 }],
    ["an unknown method", { ...payload, method: 99 }],
    ["a length that lies", { ...payload, sizeBytes: 5 }],
    ["a length beyond the file", { ...payload, compressedBytes: 5000 }],
  ])("a member with %s is never clean", async (_name, member) => {
    expect(["malicious", "unscannable"]).toContain(await verdict(zipOf([member])));
    const benign = { ...member, bytes: pickle("\x80\x02}.") };
    expect(["malicious", "unscannable"]).toContain(await verdict(zipOf([benign])));
  });

  it("70,000 members are refused at once", async () => {
    const members = Array.from({ length: 70_000 }, (_, at) => ({ name: `f${at}` }));
    const result = await scan(zipOf(members));
    expect(result.verdict).toBe("unscannable");
    expect(result.findings[0]?.detail).toContain("70000 members");
  });

  it("200 MB of zeros in a member are not inflated", async () => {
    const bomb = zipOf([{ name: "x", bytes: Buffer.alloc(200_000_000), isDeflated: true }]);
    const before = process.memoryUsage().arrayBuffers;
    expect(await verdict(bomb)).toBe("unscannable");
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(50_000_000);
  });

  it("a finding says in which member it is", async () => {
    const { findings } = await scan(zipOf([payload]), "m.pth");
    expect(findings[0]).toMatchObject({
      code: "pickle_executor",
      file: "m.pth!/archive/data.pkl",
      detail: "The pickle names os.system, a way to start programs.",
    });
  });
});

function numpyOf(descr: string, content: string): Buffer {
  const header = `{'descr': '${descr}', 'fortran_order': False, 'shape': (1,), }\n`;
  const start = pickle(`\x93NUMPY\x01\x00${String.fromCharCode(header.length)}\x00${header}`);
  return Buffer.concat([start, pickle(content)]);
}

function torchScript(members: Record<string, string>): Buffer {
  const all = { "data.pkl": "\x80\x02}.", "constants.pkl": "\x80\x02).", ...members };
  return zipOf(
    Object.entries(all).map(([name, text]) => ({ name: `m/${name}`, bytes: pickle(text) })),
  );
}
