/** The command line against the server of the same commit: what scripts and people may rely on. */
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { CliPlace } from "../support/cli.ts";
import { safetensors, tinyModel } from "../support/model-files.ts";
import { RegistryClient } from "../support/registry-client.ts";
import { type RunningServer, startServer } from "../support/server.ts";
import { type SlowRelay, startSlowRelay } from "../support/slow-relay.ts";

const MEBIBYTE = 1024 * 1024;
const LARGE_BYTES = 48 * MEBIBYTE;

let server: RunningServer;
let cli: CliPlace;

beforeAll(async () => {
  server = await startServer({ env: { MODEL_REGISTRY_UPLOADS__PART_SIZE: "5MiB" } });
});
afterAll(() => server.stop());
beforeEach(() => {
  cli = new CliPlace({ MODEL_REGISTRY_URL: server.baseUrl });
});
afterEach(() => cli.remove());

let count = 0;
function newName(): string {
  count += 1;
  return `cli-${count}`;
}

function write(path: string, bytes: Uint8Array | string): void {
  const file = cli.path(path);
  mkdirSync(cli.path(path, ".."), { recursive: true });
  writeFileSync(file, bytes);
}

function largeModel(): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(randomBytes(LARGE_BYTES));
  return safetensors({ weight: { dtype: "U8", shape: [LARGE_BYTES], bytes } });
}

async function waitUntil(isTrue: () => boolean): Promise<void> {
  await expect.poll(isTrue, { timeout: 60_000, interval: 20 }).toBe(true);
}

describe("register", () => {
  it("makes a version of a file, with everything that was said about it", async () => {
    const name = newName();
    write("model.safetensors", tinyModel(1));
    write("metadata.json", '{"accuracy": 0.95, "dataset": "ImageNet"}');
    const signature = { inputs: [{ name: "x", dtype: "F32", shape: [null, 4] }], outputs: [] };
    write("signature.json", JSON.stringify(signature));
    const version = await cli.json(
      ...["register", "model.safetensors", "--name", name, "--version", "1.2.0"],
      ...["--signature", "signature.json"],
      ...["--framework", "pytorch", "--description", "Classifies images", "--tag", "team=vision"],
      ...["--tag", "url=http://a/?b=c", "--metadata", "@metadata.json"],
    );
    expect(version).toMatchObject({
      model: name,
      version: "1.2.0",
      framework: "pytorch",
      description: "Classifies images",
      tags: { team: "vision", url: "http://a/?b=c" },
      metadata: { accuracy: 0.95, dataset: "ImageNet" },
      signature,
      signature_given: true,
    });
    expect(version.files.map((file: { path: string }) => file.path)).toEqual(["model.safetensors"]);
  });

  it("makes a version of a folder, without what programs leave beside models, in parts for large files", async () => {
    const name = newName();
    write("bert/model.safetensors", largeModel());
    write("bert/config.json", "{}");
    write("bert/vocab/words.txt", "one\ntwo\n");
    write("bert/.git/HEAD", "ref");
    write("bert/__pycache__/a.pyc", "x");
    const version = await cli.json("register", "bert", "--name", name);
    expect(version.files.map((file: { path: string }) => file.path).sort()).toEqual([
      "config.json",
      "model.safetensors",
      "vocab/words.txt",
    ]);
  });

  it("sends nothing that is stored already, and says so", async () => {
    write("model.safetensors", tinyModel(2, 100_000));
    await cli.json("register", "model.safetensors", "--name", newName());
    const relay = await startSlowRelay(server.baseUrl, 1e9);
    const { stdout, stderr } = await cli.run(
      ...["register", "model.safetensors", "--name", newName(), "--url", relay.baseUrl],
    );
    await relay.close();
    expect(stdout).toMatch(/^cli-\d+\t1\.0\.0\n$/);
    expect(stderr).toContain("had 1 of 1 files already");
    expect(relay.toServerBytes).toBeLessThan(20_000);
  });

  it("raises the part of the version that was named", async () => {
    const name = newName();
    for (const [seed, bump, version] of [
      [3, "patch", "1.0.0"],
      [4, "minor", "1.1.0"],
      [5, "major", "2.0.0"],
    ] as const) {
      write("m.safetensors", tinyModel(seed));
      expect(
        (await cli.json("register", "m.safetensors", "--name", name, "--bump", bump)).version,
      ).toBe(version);
    }
  });

  it("tells in a sentence why a version was refused, with the request's id and a code", async () => {
    const name = newName();
    write("m.safetensors", tinyModel(6));
    await cli.json("register", "m.safetensors", "--name", name, "--version", "1.0.0");
    write("m.safetensors", tinyModel(7));
    const again = await cli.run("register", "m.safetensors", "--name", name, "--version", "1.0.0");
    expect(again).toMatchObject({ code: 6, stdout: "" });
    expect(again.stderr).toMatch(/^.*1\.0\.0.*\(request [0-9a-f-]{36}\)\n$/);
    const badName = await cli.run("register", "m.safetensors", "--name", "../x");
    expect(badName.code).toBe(7);
  });

  it("refuses what is not there, not a file, or there twice", async () => {
    write("a/m.bin", "a");
    write("b/m.bin", "b");
    mkdirSync(cli.path("empty"));
    for (const [paths, code] of [
      [["missing"], 11],
      [["/dev/null"], 11],
      [["a", "b"], 2],
      [["empty"], 2],
    ] as const)
      expect((await cli.run("register", ...paths, "--name", "x")).code, paths.join()).toBe(code);
  });
});

describe("finding", () => {
  it("lists, searches and shows models and versions", async () => {
    const name = newName();
    for (const seed of [10, 11]) {
      write("m.safetensors", tinyModel(seed));
      await cli.json("register", "m.safetensors", "--name", name, "--tag", "cli=finding");
    }
    const list = await cli.json("list", "--tag", "cli:finding");
    expect(list).toMatchObject({ total: 1, items: [{ name, latest_version: "1.0.1" }] });
    expect((await cli.json("search", name, "--limit", "1")).items[0].name).toBe(name);
    expect((await cli.json("show", name)).version_count).toBe(2);
    expect((await cli.json("show", name, "1.0.0")).version).toBe("1.0.0");
    const versions = await cli.json("versions", name, "--all");
    expect(versions.items.map((one: { version: string }) => one.version)).toEqual([
      "1.0.1",
      "1.0.0",
    ]);
    const limited = await cli.run("versions", name, "--limit", "1");
    expect(limited.stderr).toContain("1 of 2");
  });

  it("prints rows for programs, without titles and escape codes, where stdout is no terminal", async () => {
    const name = newName();
    write("m.safetensors", tinyModel(12));
    await cli.json("register", "m.safetensors", "--name", name);
    for (const args of [["list"], ["show", name], ["versions", name], ["scan", name], ["doctor"]]) {
      const { code, stdout, stderr } = await cli.run(...args);
      expect(code, args.join()).toBe(0);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what must not be there
      expect(stdout + stderr).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f]/);
    }
    const { stdout } = await cli.run("search", name);
    expect(stdout.split("\t").slice(0, 3)).toEqual([name, "1.0.0", "pytorch"]);
  });

  it("tells what is not there by the exit code", async () => {
    const { code, stdout, stderr } = await cli.run("show", "no-such-model");
    expect({ code, stdout }).toEqual({ code: 5, stdout: "" });
    expect(stderr).toContain("no-such-model");
    expect((await cli.run("list", "--sort", "colour")).code).toBe(7);
    expect((await cli.run("show")).code).toBe(2);
  });
});

describe("changing", () => {
  it("moves aliases and stages, compares, deletes and restores", async () => {
    const name = newName();
    write("m.safetensors", tinyModel(20));
    await cli.json("register", "m.safetensors", "--name", name, "--metadata", '{"a": 1, "b": 2}');
    write("m.safetensors", tinyModel(21, 8));
    write("extra.txt", "more");
    await cli.json(
      ...[
        "register",
        "m.safetensors",
        "extra.txt",
        "--name",
        name,
        "--metadata",
        '{"a": 1, "b": 3}',
      ],
    );

    await cli.json("alias", "set", name, "champion", "1.0.0");
    await cli.json("alias", "set", name, "champion", "latest");
    expect((await cli.json("show", name, "@champion")).version).toBe("1.0.1");
    const { items: moves } = await cli.json("alias", "history", name, "champion");
    expect(moves.map((one: { to_version: string }) => one.to_version)).toEqual(["1.0.1", "1.0.0"]);
    expect((await cli.json("stage", name, "@champion", "production")).stage).toBe("production");

    expect(await cli.json("compare", name, "1.0.0", "@champion")).toMatchObject({
      from: { version: "1.0.0" },
      to: { version: "1.0.1" },
      files: { added: [{ path: "extra.txt" }], removed: [], changed: [{ path: "m.safetensors" }] },
      tensors: { added: [], removed: [], changed: [{ name: "weight" }] },
      metadata: { added: {}, removed: {}, changed: { b: { from: 2, to: 3 } } },
    });
    expect((await cli.run("compare", name, "1.0.0", "1.0.1")).stdout.split("\n")).toEqual([
      ...["Files", "+ extra.txt", "~ m.safetensors", "Tensors", "~ weight"],
      ...["Metadata", "~ b", ""],
    ]);
    expect((await cli.run("compare", name, "1.0.0", "1.0.1", "--exit-code")).code).toBe(1);
    expect((await cli.run("compare", name, "1.0.0", "1.0.0", "--exit-code")).code).toBe(0);

    await cli.json("alias", "remove", name, "champion", "--yes");
    expect((await cli.json("alias", "list", name)).items).toEqual([]);
    await cli.json("delete", name, "1.0.0", "--yes");
    expect((await cli.json("versions", name)).total).toBe(1);
    await cli.json("restore", name, "1.0.0");
    await cli.json("delete", name, "--yes");
    expect((await cli.run("show", name)).code).toBe(5);
    await cli.json("restore", name);
    expect((await cli.json("versions", name)).total).toBe(2);
  });

  it("deletes nothing where nobody can be asked", async () => {
    const name = newName();
    write("m.safetensors", tinyModel(22));
    await cli.json("register", "m.safetensors", "--name", name);
    const { code, stderr } = await cli.run("delete", name);
    expect(code).toBe(2);
    expect(stderr).toContain("--yes");
    expect((await cli.json("show", name)).name).toBe(name);
  });
});

describe("verdicts", () => {
  // A pickle that would run os.system: cos\nsystem\n(S'true'\ntR.
  const malicious = "cos\nsystem\n(S'true'\ntR.";

  it("are told with their findings, and by the exit code", async () => {
    const name = newName();
    write("m.pkl", malicious);
    write("ok.safetensors", tinyModel(30));
    const { stderr } = await cli.run("register", "m.pkl", "ok.safetensors", "--name", name);
    expect(stderr).toContain("malicious");
    const scan = await cli.run("scan", name, "--json");
    expect(scan.code).toBe(10);
    expect(JSON.parse(scan.stdout).findings[0].severity).toBe("malicious");
  });

  it("withhold files from a download, which brings the others and says so", async () => {
    const name = newName();
    write("m.pkl", malicious);
    write("ok.safetensors", tinyModel(31));
    await cli.run("register", "m.pkl", "ok.safetensors", "--name", name);
    const { code, stderr } = await cli.run("download", name, "-o", "got");
    expect(code).toBe(10);
    expect(stderr).toContain("m.pkl (malicious)");
    expect(readdirSync(cli.path("got"))).toEqual(["ok.safetensors"]);
  });
});

describe("download", () => {
  it("brings all files of a version with their paths, and keeps what is right already", async () => {
    const name = newName();
    const bytes = largeModel();
    write("in/a.safetensors", bytes);
    write("in/b/c d.txt", "text");
    write("in/empty.txt", "");
    await cli.run("register", "in", "--name", name);
    const { files } = await cli.json("download", name);
    expect(files).toHaveLength(3);
    expect(readFileSync(cli.path(`${name}-1.0.0`, "a.safetensors")).equals(bytes)).toBe(true);
    expect(readFileSync(cli.path(`${name}-1.0.0`, "b", "c d.txt"), "utf8")).toBe("text");
    expect(readFileSync(cli.path(`${name}-1.0.0`, "empty.txt"), "utf8")).toBe("");

    const relay = await startSlowRelay(server.baseUrl, 1e9);
    await cli.json("download", name, "--url", relay.baseUrl);
    await relay.close();
    expect(relay.toClientBytes).toBeLessThan(20_000);
  });

  it("replaces other bytes only by force, and puts one file where the command runs", async () => {
    const name = newName();
    write("model.safetensors", tinyModel(40));
    await cli.json("register", "model.safetensors", "--name", name);
    write("model.safetensors", "something else");
    const { code, stderr } = await cli.run("download", name);
    expect(code).toBe(11);
    expect(stderr).toContain("--force");
    expect(readFileSync(cli.path("model.safetensors"), "utf8")).toBe("something else");
    await cli.json("download", name, "--force");
    expect(readFileSync(cli.path("model.safetensors")).equals(tinyModel(40))).toBe(true);
    expect((await cli.run("download", name, "--file", "other")).code).toBe(5);
  });
});

describe("a server that dies in the middle", () => {
  let relay: SlowRelay;
  let bytes: Uint8Array<ArrayBuffer>;
  beforeEach(async () => {
    relay = await startSlowRelay(server.baseUrl, 12 * MEBIBYTE);
    bytes = largeModel();
    write("model.safetensors", bytes);
  });
  afterEach(() => relay.close());

  it("does not end an upload: it goes on with the parts that are missing", async () => {
    const name = newName();
    const args = [
      "register",
      "model.safetensors",
      "--name",
      name,
      "--url",
      relay.baseUrl,
      "--json",
    ];
    const running = cli.start(args);
    // Of four parts at once, each of 5 MiB, some are stored by then.
    await waitUntil(() => relay.toServerBytes > 30 * MEBIBYTE);
    await server.kill9();
    await server.restart();
    const before = relay.toServerBytes;
    const { code, stdout, stderr } = await running.result;
    expect({ code, stderr }).toEqual({ code: 0, stderr: expect.any(String) });
    expect(JSON.parse(stdout)).toMatchObject({ model: name, size_bytes: bytes.length });
    expect(relay.toServerBytes - before).toBeLessThan(bytes.length - 5 * MEBIBYTE);
  });

  it("does not end a download: it goes on where it was cut, and the bytes are right", async () => {
    const name = newName();
    await cli.json("register", "model.safetensors", "--name", name);
    const running = cli.start(["download", name, "-o", "got", "--url", relay.baseUrl]);
    await waitUntil(() => relay.toClientBytes > 15 * MEBIBYTE);
    await server.kill9();
    await server.restart();
    const { code, stderr } = await running.result;
    expect({ code, stderr }).toEqual({ code: 0, stderr: expect.any(String) });
    expect(readFileSync(cli.path("got", "model.safetensors")).equals(bytes)).toBe(true);
    expect(relay.toClientBytes).toBeLessThan(bytes.length + 4 * MEBIBYTE);
  });

  it("a download that was killed goes on in the next run, and damage to what it left is found", async () => {
    const name = newName();
    await cli.json("register", "model.safetensors", "--name", name);
    const args = ["download", name, "-o", "got", "--url", relay.baseUrl];
    const { child, result } = cli.start(args);
    const part = () => readdirSync(cli.path("got")).find((file) => file.endsWith(".part"));
    await waitUntil(() => existsSync(cli.path("got")) && part() !== undefined);
    const file = cli.path("got", part() ?? "");
    await waitUntil(() => statSync(file).size >= 16 * MEBIBYTE);
    child.kill("SIGKILL");
    await result;
    const before = relay.toClientBytes;
    expect((await cli.run(...args)).code).toBe(0);
    expect(relay.toClientBytes - before).toBeLessThan(bytes.length - 15 * MEBIBYTE);

    writeFileSync(file, Buffer.alloc(16 * MEBIBYTE));
    const again = await cli.run("download", name, "-o", "got", "--force", "--url", server.baseUrl);
    expect(again.code).toBe(0);
    expect(readFileSync(cli.path("got", "model.safetensors")).equals(bytes)).toBe(true);
  });

  it("an upload that was interrupted goes on in the next run", async () => {
    const name = newName();
    const args = ["register", "model.safetensors", "--name", name, "--url", relay.baseUrl];
    const { child, result } = cli.start(args);
    await waitUntil(() => relay.toServerBytes > 25 * MEBIBYTE);
    child.kill("SIGINT");
    const { code, stderr } = await result;
    expect(code).toBe(130);
    expect(stderr).toContain("goes on where this one ended");
    const before = relay.toServerBytes;
    expect((await cli.run(...args)).code).toBe(0);
    expect(relay.toServerBytes - before).toBeLessThan(bytes.length - MEBIBYTE);
    const api = new RegistryClient(server.baseUrl);
    const { bytes: stored } = await api.download(`/api/v1/models/${name}/versions/latest/download`);
    expect(Buffer.from(stored).equals(bytes)).toBe(true);
  });
});

describe("a load on a cluster", () => {
  it("is asked for, and its id told", async () => {
    const name = newName();
    write("m.safetensors", tinyModel(50));
    await cli.json("register", "m.safetensors", "--name", name);
    const { id } = await cli.json("load", name, "--mode", "disk");
    const { body } = await new RegistryClient(server.baseUrl).get(`/api/v1/loads/${id}`);
    expect(body).toMatchObject({ model: name, mode: "disk", state: "queued" });
  });
});

describe("the server and who asks", () => {
  it("is remembered by login, in a file for its owner only, until logout", async () => {
    const other = new CliPlace();
    try {
      const { code } = await other.run("login", server.baseUrl);
      expect(code).toBe(0);
      const file = other.path("config", "model-registry", "credentials.json");
      expect(statSync(file).mode & 0o777).toBe(0o600);
      expect(await other.json("whoami")).toMatchObject({ url: server.baseUrl, url_source: "file" });
      expect((await other.run("list")).code).toBe(0);
      await other.run("logout");
      expect((await other.json("doctor").catch((error) => error)).message).toMatch(/ended with 3/);
    } finally {
      other.remove();
    }
  });

  it("speaks Portuguese where the environment or --lang says so", async () => {
    expect((await cli.run("show", "nope", "--lang", "pt-BR")).stderr).toContain("(requisição");
    cli.env.LC_ALL = "pt_BR.UTF-8";
    expect((await cli.run("--help")).stdout).toContain("Uso:");
    expect((await cli.run("bogus")).stderr).toContain("Não existe o comando bogus");
  });

  it("doctor finds a server well", async () => {
    const { checks } = await cli.json("doctor");
    const failed = checks.filter((check: { state: string }) => check.state === "failed");
    expect(failed).toEqual([]);
    expect(checks.length).toBeGreaterThan(7);
  });
});
