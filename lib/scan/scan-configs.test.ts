/** Configurations that make a loader call something, in texts of all kinds. */
import { describe, expect, it } from "vitest";
import { memorySource } from "#lib/formats/bytes/byte-source.ts";
import { scanFile } from "./scan-file.ts";

const verdict = async (name: string, text: string) =>
  (await scanFile({ path: name, source: memorySource(Buffer.from(text)) }, "unknown")).verdict;
const keras = (layer: unknown) =>
  JSON.stringify({ class_name: "Sequential", keras_version: "3.5", config: { layers: [layer] } });

it.each([
  ["model.json", keras({ class_name: "Lambda", config: {} }), "malicious"],
  ["model.json", keras({ class_name: "L\\u0061mbda" }).replace("\\\\", "\\"), "malicious"],
  ["model.json", keras({ class_name: "system", module: "os", config: {} }), "malicious"],
  ["model.yaml", "_target_: os.system\ncommand: 'true'\n", "suspicious"],
  ["model_config.yaml", "a:\n  - {_target_: 'builtins.exec', _args_: ['1']}\n", "suspicious"],
  ["config.json", '{"x": {"_target_": "subprocess.Popen", "args": ["true"]}}', "suspicious"],
  [
    "schema.json",
    '{"__class__": "system", "__module__": "os", "__loader__": "TypeNode"}',
    "suspicious",
  ],
  ["schema.json", '{"__class__": "eval", "__module__": "builtins"}', "suspicious"],
  [
    "state.json",
    '{"py/reduce": [{"py/function": "os.system"}, {"py/tuple": ["true"]}]}',
    "suspicious",
  ],
  ["chat_template.jinja", "{{ ''.__class__.__mro__[1].__subclasses__() }}", "suspicious"],
  ["tokenizer_config.json", '{"chat_template": "{{ messages|attr(\\"a\\") }}"}', "suspicious"],
])("%s: %s", async (name, text, expected) => {
  expect(await verdict(name, text)).toBe(expected);
});

it.each([
  ["model.json", keras({ class_name: "Dense", module: "keras.layers", config: {} })],
  ["model_config.yaml", "_target_: nemo.collections.asr.modules.ConvASREncoder\n"],
  ["hydra.yaml", "_target_: torch.optim.AdamW\nlr: 0.1\nnote: never _target_ os.system\n"],
  ["schema.json", '{"__class__": "dict", "__module__": "builtins", "__loader__": "DictNode"}'],
  [
    "chat_template.jinja",
    "{%- for m in messages %}{{ m['role'] + ': ' + m.content | trim }}{% endfor %}",
  ],
  ["tokenizer_config.json", '{"chat_template": "{% if bos_token %}{{ bos_token }}{% endif %}"}'],
  ["examples.json", '{"class_name": "Lambda", "text": "an AWS function"}'],
  ["prompt.txt", "{{ ''.__class__ }} is how an injection begins; _target_: os.system\n"],
])("nothing harmful: %s: %s", async (name, text) => {
  expect(await verdict(name, text)).toBe("clean");
});

describe("a tag of YAML that makes Python objects", () => {
  it.each([
    "%TAG !y! tag:yaml.org,2002:\n---\na: !y!python/object/apply:os.system ['true']\n",
    "%TAG ! tag:yaml.org,2002:\n---\na: !python/name:os.system\n",
    "%YAML 1.1\n%TAG !! tag:yaml.org,2002:py\n---\na: !!thon/name:os.system\n",
    "a: !!p%79thon/object/apply:os.system ['true']\n",
    "a: !<tag:yaml.org,2002:p%79thon/name:os.system> x\n",
  ])("%j", async (text) => {
    expect(await verdict("config.yaml", text)).toBe("suspicious");
  });
  it("is not one of another kind", async () => {
    const text =
      "%YAML 1.2\n%TAG !! tag:yaml.org,2002:\n---\na: !!str 1\nb: !own {x: 5%20}\nc: 5 %!\n";
    expect(await verdict("config.yaml", text)).toBe("clean");
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
    expect(await verdict("a.svg", text)).toBe("suspicious");
  });
  it.each([
    '<?xml version="1.0"?>\n<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN"\n "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">\n<svg><g id="on x = 3"/></svg>',
    '<svg><image xlink:href="data:image/png;base64,AAAA"/><text>on = 1, only=2</text></svg>',
    "<!DOCTYPE html><html><head><meta charset=utf-8><link rel=stylesheet href=a.css></head><a href='https://e/?once=1&#38;b'>x</a></html>",
  ])("nothing: %j", async (text) => {
    expect(await verdict("a.svg", text)).toBe("clean");
  });
});

describe("a configuration with letters as numbers", () => {
  it.each([
    ["config.json", '{"auto\\u005fmap": {"AutoModel": "m.M"}}'],
    ["config.json", '{"a": 1, "trust\\u005Fremote_cod\\u0065": true}'],
    ["config.yaml", '"auto\\x5fmap": {AutoModel: m.M}\n'],
  ])("%s: %s", async (name, text) => {
    expect(await verdict(name, text)).toBe("suspicious");
  });
});
