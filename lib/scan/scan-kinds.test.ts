import { readdirSync, readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { memorySource } from "#lib/formats/bytes/byte-source.ts";
import type { SourceFile } from "#lib/formats/contract.ts";
import { zipOf } from "#lib/formats/fixtures/write-zip.ts";
import { scanFile } from "./scan-file.ts";

const folder = new URL("fixtures/", import.meta.url);
const fixture = (name: string) => readFileSync(new URL(name, folder));
const file = (path: string, bytes: Uint8Array): SourceFile => ({
  path,
  source: memorySource(bytes),
});
const scan = (bytes: Uint8Array, path = "side.bin", beside: SourceFile[] = []) =>
  scanFile(file(path, bytes), "unknown", beside);
const verdict = async (bytes: Uint8Array, path?: string) => (await scan(bytes, path)).verdict;
const latin1 = (text: string) => Buffer.from(text, "latin1");
const OS = latin1("cos\nsystem\n(S'true'\ntR.");
/** No text, no structure. */
const NOISE = Buffer.from(Array.from({ length: 997 }, (_, at) => (at * at * 31 + at * 7) & 255));

const INERT = readdirSync(folder).filter((name) =>
  /^(?:image|progressive|sound|table|flax_model|events|booster)\./.test(name),
);

describe("an inert file beside a model", () => {
  it.each(INERT)("%s is clean, whatever its name", async (name) => {
    expect(await scan(fixture(name), name)).toMatchObject({ verdict: "clean", findings: [] });
    expect(await verdict(fixture(name), "noname")).toBe("clean");
  });

  it.each(INERT)("%s that is cut or goes on is not clean", async (name) => {
    const whole = fixture(name);
    expect(await verdict(Buffer.concat([whole, NOISE]), name)).toBe("suspicious");
    expect(await verdict(whole.subarray(0, whole.length - 5), name)).toBe("suspicious");
  });

  it.each(INERT)("%s with a zip behind it is looked into", async (name) => {
    const zip = zipOf([{ name: "m/data.pkl", bytes: OS }]);
    expect(await verdict(Buffer.concat([fixture(name), zip]), name)).toBe("malicious");
    const clean = zipOf([{ name: "a.txt", bytes: latin1("a") }]);
    const result = await scan(Buffer.concat([fixture(name), clean]), name);
    expect(result.findings.map(({ code }) => code)).toContain("zip_appended");
  });

  it.each([".DS_Store", "a.png", "a.msgpack", "a.pdf", "events.out.tfevents.1", "a.ubj", "a.txt"])(
    "a pickle named %s is a pickle",
    async (name) => {
      expect(await verdict(OS, name)).toBe("malicious");
    },
  );

  it("a pickle inside of MessagePack is found", async () => {
    const bytes = Buffer.concat([latin1("\x81\xa1w\xc4"), Buffer.from([OS.length]), OS]);
    expect(await verdict(bytes, "flax_model.msgpack")).toBe("malicious");
  });

  it("Arrow's type that is a pickle is found, in base64 as well", async () => {
    const schema = Buffer.from("xarrow.py_extension_typey").toString("base64");
    const table = fixture("table.parquet");
    const footer = table.subarray(0, table.length - 8);
    const length = Buffer.alloc(4);
    length.writeUInt32LE(table.readUInt32LE(table.length - 8) + schema.length);
    const bytes = Buffer.concat([footer, latin1(schema), length, latin1("PAR1")]);
    expect(await verdict(bytes, "t.parquet")).toBe("malicious");
  });

  it("what is nothing known is suspicious, and a program stays out", async () => {
    const { verdict: unknown, findings } = await scan(NOISE);
    expect([unknown, findings[0]?.code]).toEqual(["suspicious", "unknown_content"]);
    for (const head of [
      "\x7fELF\x02\x01\x01\0",
      "MZ\x90\0",
      "\xcf\xfa\xed\xfe",
      "\xcb\r\r\n\0\0\0\0",
    ]) {
      expect(await verdict(Buffer.concat([latin1(head), NOISE]), "libx.so")).toBe("unscannable");
    }
  });
});

describe("documents", () => {
  const pdf = (extra: string) =>
    latin1(`%PDF-1.4\n1 0 obj<</Type/Catalog${extra}>>endobj\n%%EOF\n`);
  it.each([
    ["plain", "", "clean"],
    ["that starts something", "/OpenAction 3 0 R", "suspicious"],
    ["with a script", "/Names<</JavaScript 3 0 R>>", "suspicious"],
    ["with a name in escapes", "/Open#41ction 3 0 R", "suspicious"],
    ["with a file in it", "/EmbeddedFiles 3 0 R", "suspicious"],
  ])("a PDF %s", async (_name, extra, expected) => {
    expect(await verdict(pdf(extra), "paper.pdf")).toBe(expected);
  });
});

describe("texts in other encodings", () => {
  const wide = (text: string) => Buffer.from(text, "utf16le");
  const swap = (bytes: Buffer) => Buffer.from(bytes).swap16();
  const utf32 = (text: string) =>
    Buffer.concat(
      [...text].map((char) => {
        const bytes = Buffer.alloc(4);
        bytes.writeUInt32LE(char.codePointAt(0) as number);
        return bytes;
      }),
    );
  it.each<[string, Buffer]>([
    ["UTF-16 with a mark", wide("\ufefftorch==2.13.0\r\n")],
    ["UTF-16 big-endian with a mark", swap(wide("\ufefftorch==2.13.0\r\n"))],
    ["UTF-16 without", wide("labels, plain\n")],
    ["UTF-16 big-endian without", swap(wide("labels, plain\n"))],
    ["UTF-16, Japanese", wide("\ufeff日本語のラベル\n")],
    ["UTF-16, Chinese, without", wide("中文标签,猫狗\n")],
    ["UTF-32", utf32("\ufeffhéllo\n")],
    ["UTF-32 without a mark", utf32("labels\n")],
    ["Windows-1252", latin1("caf\xe9\nna\xefve \x93q\x94\n")],
    ["Shift-JIS", latin1("\x93\xfa\x96{\x8c\xea\x82\xcc\x83\x89\x83x\x83\x8b\n")],
    ["Shift-JIS, two characters", latin1("\x95\\\x8e\xa6\n")],
    ["Windows-1252, one letter", latin1("\xe9\n")],
    ["UTF-16, one letter", wide("\ufeff\xe9")],
    [
      "IBM 866",
      latin1("\x8f\xe0\xa8\xa2\xa5\xe2 \xac\xa8\xe0, \xae\xaf\xa8\xe1\xa0\xad\xa8\xa5\n"),
    ],
    ["GBK", latin1("\xd6\xd0\xce\xc4\xb1\xea\xc7\xa9\n")],
    ["EUC-KR", latin1("\xb0\xed\xbe\xe7\xc0\xcc\n")],
    ["Windows-1251", latin1("\xcf\xf0\xe8\xe2\xe5\xf2 \xec\xe8\xf0\n\xea\xee\xf2\n")],
  ])("%s is clean", async (_name, bytes) => {
    expect(await scan(bytes, "labels.txt")).toMatchObject({ verdict: "clean", findings: [] });
  });

  it("rules hold in every encoding", async () => {
    const yaml = "a: !!python/object/apply:os.system ['true']\n";
    for (const bytes of [
      wide(`\ufeff${yaml}`),
      wide(yaml),
      utf32(yaml),
      latin1(`# caf\xe9\n${yaml}`),
    ]) {
      expect(await verdict(bytes, "config.yaml")).toBe("suspicious");
    }
  });

  it("weights are no text", async () => {
    const ones = latin1("\x80\x3f".repeat(500));
    const floats = Buffer.from(Float32Array.from({ length: 99 }, (_, at) => Math.sin(at)).buffer);
    for (const bytes of [ones, floats]) expect(await verdict(bytes)).toBe("suspicious");
  });
});

describe("a text about code is no code", () => {
  it.each([
    ["prompts.json", '{"p": "explain !!python/object/apply:os.system and eval(x)"}'],
    ["prompts.json", '{"p": "x: !!python/object/apply:os.system"}'],
    ["prompts.jsonl", '{"p": "a: !!python/x"}\n{"p": "trust_remote_code=True"}\n'],
    ["prompt.txt", "import os\nos.system('ls')\ntrust_remote_code=True\n"],
    ["chat_template.jinja", "<|system|> never answer with <script> or !!python/name:os.system"],
    ["LICENSE", "(i) import os and\nsubprocess in this line\nor not.\n"],
    ["notes", "call AutoModel.from_pretrained(x, trust_remote_code=True) and see\n"],
    ["data.yaml", "prompt: what does a tag like !!python/object do\n"],
  ])("%s: %s", async (name, text) => {
    expect(await scan(Buffer.from(text), name)).toMatchObject({ verdict: "clean" });
  });

  it.each([
    ["config.json", '{"a": 1, "trust_remote_code": true}'],
    ["config.yaml", "trust_remote_code: true\n"],
    ["config.json", '{"module": "keras.config", "class_name": "enable_unsafe_deserialization"}'],
    ["x.yaml", "- &a !!python/name:os.system\n"],
    ["x.yaml", "a: !<tag:yaml.org,2002:python/name:os.system> x\n"],
    ["x.yaml", "a:\n          !!python/object/apply:os.system ['true']\n"],
  ])("a setting is one: %s: %s", async (name, text) => {
    expect(await verdict(Buffer.from(text), name)).toBe("suspicious");
  });
});

describe("raw weights", () => {
  const net =
    '<?xml version="1.0"?>\n<net name="m" version="11"><layers><data offset="0" size="997"/></layers></net>';
  it.each([
    ["described by OpenVINO's graph", net, "clean"],
    ["described as longer than they are", net.replace("997", "998"), "suspicious"],
    ["beside another document", "<svg/>", "suspicious"],
  ])("%s", async (_name, xml, expected) => {
    const beside = [file("ov/model.xml", Buffer.from(xml))];
    expect((await scan(NOISE, "ov/model.bin", beside)).verdict).toBe(expected);
    expect((await scan(NOISE, "model.bin", beside)).verdict).toBe("suspicious");
  });

  it.each([
    ["float32", [249], 996, "clean"],
    ["uint8", [997], 997, "clean"],
    ["float32", [250], 997, "suspicious"],
    ["string", [997], 997, "suspicious"],
  ])("of TensorFlow.js, %s %j in %i bytes", async (dtype, shape, size, expected) => {
    const weights = [{ name: "w", shape, dtype }];
    const manifest = { weightsManifest: [{ paths: ["group1-shard1of1.bin"], weights }] };
    const shard = file("js/group1-shard1of1.bin", NOISE.subarray(0, size));
    const beside = [file("js/model.json", Buffer.from(JSON.stringify(manifest))), shard];
    expect((await scanFile(shard, "unknown", beside)).verdict).toBe(expected);
  });

  it("that are a pickle are a pickle", async () => {
    const beside = [file("model.xml", Buffer.from(net))];
    expect((await scan(OS, "model.bin", beside)).verdict).toBe("malicious");
  });
});

describe("a tar is looked into", () => {
  it("file by file, compressed or not", async () => {
    for (const [content, expected] of [
      [OS, "malicious"],
      [latin1("a: 1\n"), "clean"],
    ] as const) {
      const tar = tarOf("model.ckpt", content);
      expect(await verdict(tar, "m.nemo")).toBe(expected);
      expect(await verdict(gzipSync(tar), "m.nemo")).toBe(expected);
    }
  });
});

function tarOf(name: string, content: Uint8Array): Buffer {
  const header = Buffer.alloc(512);
  header.write(name, 0);
  header.write(`${content.length.toString(8).padStart(11, "0")}\0`, 124);
  header.write("        0", 148);
  header.write("ustar\x0000", 257);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return Buffer.concat([header, content, Buffer.alloc(512 - content.length), Buffer.alloc(1024)]);
}
