/** The snippets of "Use this model": commands run as they are, and Python means what it should. */
import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  commandLineSnippets,
  daskSnippets,
  pythonSnippets,
} from "#components/models/client-snippets.ts";
import { CliPlace } from "../support/cli.ts";
import { tinyModel } from "../support/model-files.ts";
import { RegistryClient } from "../support/registry-client.ts";
import { type RunningServer, startServer } from "../support/server.ts";

const HOSTILE = 'vocab/it\'s $(touch no) "and" `id` ü.txt';
const VERSION = "2.0.0+build.1";

let server: RunningServer;
let place: CliPlace;
beforeAll(async () => {
  server = await startServer();
  place = new CliPlace();
  // The command under its name, as an installation puts it on the path.
  const source = resolve("cli", "src", "main.ts");
  writeFileSync(
    place.path("model-registry"),
    `#!/bin/sh\nexec '${process.execPath}' '${source}' "$@"\n`,
  );
  chmodSync(place.path("model-registry"), 0o755);
  const files = [
    { path: "model.safetensors", bytes: tinyModel(1) },
    { path: HOSTILE, bytes: new TextEncoder().encode("one\ntwo\n") },
  ];
  const { status } = await new RegistryClient(server.baseUrl).register(
    { name: "used", version: VERSION },
    files,
  );
  expect(status).toBe(201);
});
afterAll(async () => {
  place.remove();
  await server.stop();
});

const inputFor = (path: string, acceptRisk = false) => ({
  origin: server.baseUrl,
  name: "used",
  version: VERSION,
  file: { path, digest: `sha256:${"a".repeat(64)}` },
  fileCount: 2,
  acceptRisk,
});

function bash(script: string): string {
  const env = {
    ...place.env,
    NODE_ENV: "production" as const,
    PATH: `${place.folder}:${place.env.PATH}`,
  };
  return execFileSync("bash", ["-euc", script], {
    cwd: place.folder,
    env,
    encoding: "utf8",
    stdio: "pipe",
  });
}

describe("the commands", () => {
  it("show the version, and bring all files", () => {
    const { all, facts } = commandLineSnippets(inputFor("model.safetensors"));
    expect(bash(facts)).toContain(VERSION);
    bash(all ?? "");
    expect(
      readFileSync(place.path(`used-${VERSION}`, "model.safetensors")).equals(tinyModel(1)),
    ).toBe(true);
  });

  it("bring one file, whatever it is called, and run nothing that its name says", () => {
    bash(commandLineSnippets(inputFor(HOSTILE, true)).file);
    expect(readFileSync(place.path(HOSTILE), "utf8")).toBe("one\ntwo\n");
    expect(existsSync(place.path("no"))).toBe(false);
  });
});

/** The arguments of all calls with literals, in their order, as Python reads them. */
function callsOf(code: string): unknown {
  const script = `
import ast, json, sys
tree = ast.parse(sys.stdin.read())
calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
read = lambda node: ast.unparse(node) if isinstance(node, (ast.Attribute, ast.Name)) else ast.literal_eval(node)
print(json.dumps([[ast.unparse(call.func), [read(one) for one in call.args], {word.arg: read(word.value) for word in call.keywords}] for call in sorted(calls, key=lambda call: call.lineno)]))`;
  return JSON.parse(execFileSync("python3", ["-c", script], { input: code, encoding: "utf8" }));
}

describe("the Python code", () => {
  it("loads this version of this model from this server", () => {
    const { load, file } = pythonSnippets(inputFor(HOSTILE));
    const connect = ["ModelRegistry", [server.baseUrl], {}];
    expect(callsOf(load)).toEqual([
      connect,
      ["registry.load_model", ["used"], { version: VERSION }],
    ]);
    expect(callsOf(file)).toEqual([
      connect,
      ["registry.download", ["used"], { version: VERSION, path: ".", files: [HOSTILE] }],
    ]);
  });

  it("accepts a risk only where that was said, and runs on a cluster", () => {
    const { cluster, task } = daskSnippets(inputFor("model.safetensors", true));
    const connect = [
      ["Client", [], {}],
      ["ModelRegistry", [server.baseUrl], {}],
    ];
    expect(callsOf(cluster)).toEqual([
      ["worker_model", ["used"], { version: VERSION }],
      ["type", ["model"], {}],
      ...connect,
      ["registry.load_on_cluster", ["client", "used"], { version: VERSION, accept_risk: true }],
      ["client.submit(use).result", [], {}],
      ["client.submit", ["use"], {}],
    ]);
    expect(callsOf(task)).toEqual([
      ...connect,
      ["client.submit", ["registry.load_model", "used"], { version: VERSION, accept_risk: true }],
      ["future.result", [], {}],
    ]);
  });

  it.each(["a\\\nb", "\u202egnp.exe", "\u0085\u2028", '"""', "\\", "{x}", "\ud83d\ude00"])(
    "has %j as one text",
    (path) => {
      const { file } = pythonSnippets(inputFor(path));
      expect(JSON.stringify(callsOf(file))).toContain(JSON.stringify(path));
      expect(file).not.toMatch(/[\u0085\u2028\u202e]/);
      expect(file.match(/\n/g)).toHaveLength(8);
    },
  );
});
