/** Formats that are weights alone: what their headers claim. */
import { type AttackRow, attack, json, latin1, NOT_CLEAN, REFUSED } from "./attack.ts";

const u32 = (value: number) => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
};
const u64 = (value: bigint | number) => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
};
const textOf = (value: string) =>
  Buffer.concat([u64(Buffer.byteLength(value)), Buffer.from(value)]);
const STRING = 8;

type Gguf = {
  tensors?: bigint;
  entries?: bigint;
  settings?: [key: string, type: number, value: Buffer][];
  tail?: Buffer;
};

function ggufOf({ settings = [], tensors = 0n, entries, tail = Buffer.alloc(0) }: Gguf): Buffer {
  const pairs = settings.map(([key, type, value]) =>
    Buffer.concat([textOf(key), u32(type), value]),
  );
  const head = Buffer.concat([
    latin1("GGUF"),
    u32(3),
    u64(tensors),
    u64(entries ?? settings.length),
  ]);
  return Buffer.concat([head, ...pairs, tail, Buffer.alloc(64)]);
}

const template = (value: string, key = "tokenizer.chat_template") =>
  ggufOf({
    settings: [
      ["general.architecture", STRING, textOf("llama")],
      [key, STRING, textOf(value)],
    ],
  });

function safetensorsOf(header: Buffer | string, data: Uint8Array, length?: bigint): Buffer {
  const text = Buffer.from(header);
  return Buffer.concat([u64(length ?? text.length), text, data]);
}

const tensor = (begin: number, end: number, shape = [(end - begin) / 4]) => ({
  dtype: "F32",
  shape,
  data_offsets: [begin, end],
});
const MOST = 2n ** 64n - 1n;
const refused = (name: string, path: string, bytes: Uint8Array) =>
  attack(name, path, bytes, REFUSED);
const lying = (name: string, header: unknown, bytes = 16) =>
  refused(name, "model.safetensors", safetensorsOf(json(header), Buffer.alloc(bytes)));

export const WEIGHTS: readonly AttackRow[] = [
  {
    row: "GGUF: counts and lengths near 2^64, lying dimensions, zero alignment, hostile chat template",
    attacks: [
      refused("2^64 - 1 tensors", "m.gguf", ggufOf({ tensors: MOST })),
      refused("2^64 - 1 entries", "m.gguf", ggufOf({ entries: MOST })),
      refused("a key of 2^64 - 1 bytes", "m.gguf", ggufOf({ entries: 1n, tail: u64(MOST) })),
      refused(
        "a text of 2^63 bytes",
        "m.gguf",
        ggufOf({ settings: [["a", STRING, u64(2n ** 63n)]] }),
      ),
      refused(
        "an alignment of 0",
        "m.gguf",
        ggufOf({ settings: [["general.alignment", 4, u32(0)]] }),
      ),
      refused(
        "dimensions that overflow",
        "m.gguf",
        ggufOf({
          tensors: 1n,
          tail: Buffer.concat([
            textOf("w"),
            u32(2),
            u64(2n ** 40n),
            u64(2n ** 40n),
            u32(0),
            u64(0),
          ]),
        }),
      ),
      ...[
        "{{ ''.__class__.__mro__[1].__subclasses__() }}",
        "{% for c in ().__class__.__base__.__subclasses__() %}{% endfor %}",
        "{{ cycler.__init__.__globals__.os.popen('true').read() }}",
        "{{ messages|attr('\\x5f\\x5fclass\\x5f\\x5f') }}",
        "{{ self._TemplateReference__context.namespace.__init__ }}",
      ].map((value) => attack(`the chat template ${value}`, "m.gguf", template(value), NOT_CLEAN)),
      attack(
        "a named chat template",
        "m.gguf",
        template("{{ x.__globals__ }}", "tokenizer.chat_template.tool_use"),
        NOT_CLEAN,
      ),
      attack(
        "names in brackets",
        "m.gguf",
        template("{{ messages['__cl' + 'ass__'] }}{{ x['__class__'] }}"),
        NOT_CLEAN,
      ),
    ],
  },
  {
    row: "safetensors: header longer than the file or than 100 MB, duplicate keys, overlapping or hole-y offsets, shape overflow, bytes after the data",
    attacks: [
      refused(
        "a header longer than the file",
        "model.safetensors",
        safetensorsOf(json({ w: tensor(0, 16) }), Buffer.alloc(16), 10_000n),
      ),
      refused(
        "a header of 200 MB",
        "model.safetensors",
        safetensorsOf(json({ w: tensor(0, 16) }), Buffer.alloc(16), 200_000_000n),
      ),
      refused(
        "a header of 2^64 - 1 bytes",
        "model.safetensors",
        safetensorsOf(json({ w: tensor(0, 16) }), Buffer.alloc(16), MOST),
      ),
      refused(
        "a name twice",
        "model.safetensors",
        safetensorsOf(
          '{"w":{"dtype":"F32","shape":[4],"data_offsets":[0,16]},"w":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}}',
          Buffer.alloc(16),
        ),
      ),
      lying("overlapping tensors", { a: tensor(0, 12), b: tensor(8, 16) }),
      lying("a hole", { a: tensor(0, 4), b: tensor(8, 16) }),
      lying("a shape that overflows", { a: tensor(0, 16, [2 ** 40, 2 ** 40]) }),
      lying("bytes after the data", { a: tensor(0, 16) }, 40),
      lying("a tensor behind the end", { a: tensor(0, 16) }, 8),
    ],
  },
];
