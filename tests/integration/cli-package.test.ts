/** The command line as it is published: packed, installed without a network into an empty folder, and run. */
import { execFileSync } from "node:child_process";
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { delimiter, join, resolve } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, it } from "vitest";
import { CliPlace } from "../support/cli.ts";
import { tinyModel } from "../support/model-files.ts";
import { type RunningServer, startServer } from "../support/server.ts";

const projectFolder = resolve(import.meta.dirname, "..", "..");
const packageFolder = join(projectFolder, "cli");

let server: RunningServer;
let place: CliPlace;
/** Of the place where it is installed. */
let installed: string;

function npm(folder: string, ...args: string[]): string {
  return execFileSync("npm", args, {
    cwd: folder,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  });
}

beforeAll(async () => {
  server = await startServer();
  place = new CliPlace({ MODEL_REGISTRY_URL: server.baseUrl });
  const [packed] = JSON.parse(
    npm(packageFolder, "pack", "--json", "--pack-destination", place.folder),
  );
  mkdirSync(place.path("empty"));
  npm(
    place.path("empty"),
    "install",
    "--offline",
    "--no-audit",
    "--no-fund",
    place.path(packed.filename),
  );
  installed = place.path("empty", "node_modules", ".bin", "model-registry");
});
afterAll(async () => {
  place.remove();
  await server.stop();
});

it("the package has plain JavaScript, and nothing that has to be installed besides", () => {
  const folder = place.path("empty", "node_modules", "cluster-ai-model-registry-cli");
  expect(readdirSync(folder).sort()).toEqual(["LICENSE", "README.md", "dist", "package.json"]);
  expect(readdirSync(join(folder, "dist"))).toEqual(["model-registry.js", "scan-child.js"]);
  expect(
    readdirSync(place.path("empty", "node_modules")).filter((name) => !name.startsWith(".")),
  ).toEqual(["cluster-ai-model-registry-cli"]);
  // A start takes a fraction of a second as long as the file is small.
  expect(statSync(join(folder, "dist", "model-registry.js")).size).toBeLessThan(500_000);
});

it("the package has the version of the server that it is tested with", () => {
  const version = (folder: string) =>
    JSON.parse(readFileSync(join(folder, "package.json"), "utf8")).version;
  expect(version(packageFolder)).toBe(version(projectFolder));
});

/** The Node of the project, and the one that this machine has besides, from 20 on. */
function nodes(): string[] {
  const others = (process.env.PATH ?? "")
    .split(delimiter)
    .filter((folder) => !folder.includes("node_modules"))
    .map((folder) => join(folder, "node"));
  const isNew = (node: string) => {
    try {
      return (
        Number(/^v(\d+)/.exec(execFileSync(node, ["--version"], { encoding: "utf8" }))?.[1]) >= 20
      );
    } catch {
      return false;
    }
  };
  return [
    ...new Set([process.execPath, ...others.filter(isNew).map((node) => realpathSync(node))]),
  ];
}

it.each(nodes())("scans files without a server when it runs on %s", async (node) => {
  const run = (...args: string[]) => place.start(args, { program: [node, installed] }).result;
  mkdirSync(place.path("scanned"), { recursive: true });
  writeFileSync(place.path("scanned", "clean.safetensors"), tinyModel(1));
  for (const [name, bytes] of hostileFiles()) writeFileSync(place.path("scanned", name), bytes);
  const result = await run("scan", "scanned", "--json", "--url", "http://127.0.0.1:9");
  expect(result).toMatchObject({ code: 10 });
  const { files } = JSON.parse(result.stdout);
  const verdicts = Object.fromEntries(
    files.map(({ path, verdict }: { path: string; verdict: string }) => [path, verdict]),
  );
  expect(verdicts).toEqual({
    "scanned/clean.safetensors": "clean",
    "scanned/call.pkl": "malicious",
    "scanned/cut.safetensors": "unscannable",
    "scanned/packed.bin": "malicious",
    "scanned/seven.7z": "unscannable",
  });
});

function hostileFiles(): [string, Buffer][] {
  const call = Buffer.from("cos\nsystem\n(S'true'\ntR.");
  return [
    ["call.pkl", call],
    ["cut.safetensors", Buffer.from(tinyModel(1).subarray(0, 60))],
    ["packed.bin", gzipSync(call)],
    ["seven.7z", Buffer.from("7z\xbc\xaf\x27\x1c\0\x04 and more", "latin1")],
  ];
}

it.each(nodes())("registers, lists and downloads when it runs on %s", async (node) => {
  const run = (...args: string[]) => place.start(args, { program: [node, installed] }).result;
  writeFileSync(place.path("model.safetensors"), tinyModel(1));
  const registered = await run(
    "register",
    "model.safetensors",
    "--name",
    "packed",
    "--version",
    "1.0.0",
  );
  expect(registered).toMatchObject({ code: 0, stdout: "packed\t1.0.0\n" });
  expect((await run("list")).stdout).toContain("packed\t1.0.0");
  expect(await run("download", "packed", "-o", "got", "--json")).toMatchObject({ code: 0 });
  expect(readFileSync(place.path("got", "model.safetensors")).equals(tinyModel(1))).toBe(true);
  expect((await run("--version")).stdout.trim()).toMatch(/^\d+\.\d+\.\d+$/);
  expect((await run("show", "nope")).code).toBe(5);
});
