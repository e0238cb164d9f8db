/** Texts beside the weights: code, configurations, markup. */
import { type AttackRow, attack, json, NOT_CLEAN } from "./attack.ts";

const file = (path: string, text: string | Buffer) =>
  attack(`${path}: ${String(text).slice(0, 100)}`, path, Buffer.from(text), NOT_CLEAN);

export const REPOSITORY: readonly AttackRow[] = [
  {
    row: "repository code: auto_map with .py, YAML python tags, PMML with an external entity, SVG or HTML with script",
    attacks: [
      file("config.json", json({ auto_map: { AutoModel: "modeling.Net" } })),
      file("config.json", '{"auto\\u005fmap": {"AutoModel": "m.M"}}'),
      file("tokenizer_config.json", json({ trust_remote_code: true, a: 1 })),
      file("modeling.py", "import os\n"),
      file("run.sh", "#!/bin/sh\ntrue\n"),
      file("notebook.ipynb", json({ cells: [{ source: ["import os"] }] })),
      file("a.yaml", "a: !!python/object/apply:os.system ['true']\n"),
      file("a.yaml", "a: !!python/object/new:os.system ['true']\n"),
      file("a.yaml", "- !!python/name:os.system\n"),
      file("a.yml", "a: !<tag:yaml.org,2002:python/object/apply:eval> ['1']\n"),
      file("a.yaml", "%TAG !y! tag:yaml.org,2002:\n---\na: !y!python/object/apply:eval ['1']\n"),
      file("a.yaml", "_target_: os.system\ncommand: 'true'\n"),
      file("state.json", json({ "py/reduce": [{ "py/function": "os.system" }] })),
      file(
        "model.pmml",
        '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><PMML>&e;</PMML>',
      ),
      file(
        "model.pmml",
        '<?xml version="1.0"?><!DOCTYPE p SYSTEM "http://127.0.0.1/a.dtd"><PMML/>',
      ),
      file(
        "model.pmml",
        `\ufeff<?xml version="1.0"?>${" ".repeat(9)}<!DOCTYPE x [<!ENTITY % p SYSTEM "a">]><PMML/>`,
      ),
      file("a.svg", '<svg xmlns="http://www.w3.org/2000/svg"><script>1</script></svg>'),
      file("a.svg", "<svg onload='1'/>"),
      file("a.svg", "<svg><a href='java&#115;cript:1'/></svg>"),
      file("a.svg", "<svg><foreignObject><iframe src='data:text/html,x'/></foreignObject></svg>"),
      file("a.html", "<!doctype html><html><script>1</script></html>"),
      file("a.html", "<html><img src=x onerror=1></html>"),
      file("README.txt", "<!doctype html><html><script>1</script></html>"),
      file("chat_template.jinja", "{{ ''.__class__.__mro__ }}"),
      file("tokenizer_config.json", json({ chat_template: "{{ x.__globals__ }}" })),
    ],
  },
];
