/** `scan PATH` as a person runs it: processes of its own, on a folder that means harm. */
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { zipOf } from "../../../lib/formats/fixtures/write-zip.ts";
import { CliPlace } from "../../../tests/support/cli.ts";

const CALL = Buffer.from("cos\nsystem\n(S'true'\ntR.", "latin1");
/** Some seconds of opcodes. */
const LONG = Buffer.concat([
  Buffer.from("\x80\x02", "latin1"),
  Buffer.alloc(60 * 1024 * 1024, "N0"),
  Buffer.from("N."),
]);

let place: CliPlace;
beforeAll(() => {
  place = new CliPlace({ MODEL_REGISTRY_URL: "http://127.0.0.1:9" });
});
afterAll(() => place.remove());

function folder(name: string, files: Record<string, Uint8Array | string>): string {
  mkdirSync(place.path(name), { recursive: true });
  for (const [file, bytes] of Object.entries(files)) {
    writeFileSync(place.path(name, file), bytes);
  }
  return name;
}

async function scanJson(...args: string[]) {
  const { code, stdout } = await place.run("scan", "--json", ...args);
  const report = JSON.parse(stdout);
  const verdicts = Object.fromEntries(
    report.files.map((file: { path: string; verdict: string }) => [file.path, file.verdict]),
  );
  return { code, report, verdicts };
}

describe("the exit code", () => {
  it.each<[string, Record<string, string | Buffer>, number]>([
    ["clean", { "config.json": "{}" }, 0],
    ["suspicious", { "config.json": "{}", "a.py": "import os\n" }, 10],
    ["malicious", { "config.json": "{}", "a.safetensors": CALL }, 10],
    ["malicious beside unscannable", { "a.7z": "7z\xbc\xaf\x27\x1c", "b.onnx": CALL }, 10],
    ["unscannable", { "a.bin": gzipSync(CALL).subarray(0, 20) }, 12],
  ])("of a %s folder", async (name, files, expected) => {
    expect((await place.run("scan", folder(`code ${name}`, files))).code).toBe(expected);
  });

  it("of what cannot be read, unless something is malicious", async () => {
    const name = folder("links", { "config.json": "{}" });
    symlinkSync("nowhere", place.path(name, "weights.bin"));
    const result = await place.run("scan", name);
    expect(result).toMatchObject({ code: 11, stdout: "clean\tlinks/config.json\n" });
    expect(result.stderr).toContain("links/weights.bin cannot be read: the link leads nowhere");
    writeFileSync(place.path(name, "a.pkl"), CALL);
    expect((await place.run("scan", name)).code).toBe(10);
    expect((await place.run("scan", "./not/there")).code).toBe(11);
  });
});

describe("what is said", () => {
  it("a line for each file, then each finding with its place, and what it means", async () => {
    const member = { name: "archive/data.pkl", bytes: CALL };
    const name = folder("said", { "a.txt": "a\n", "m.pt": zipOf([member]) });
    const { stdout } = await place.run("scan", name);
    const [clean, verdict, finding, risk, remedy] = stdout.split("\n");
    expect(clean).toBe("clean\tsaid/a.txt");
    expect(verdict).toBe("malicious\tsaid/m.pt");
    expect(finding).toBe(
      "\tmalicious\tsaid/m.pt!/archive/data.pkl, byte 0\tThe pickle names os.system, a way to start programs.",
    );
    expect(risk).toMatch(/^\t\tWhat it could do: Whoever loads the file runs this call/);
    expect(remedy).toMatch(/^\t\tWhat to do: Do not load the file\./);
    const portuguese = await place.run("scan", name, "--lang", "pt-BR", "--quiet");
    expect(portuguese.stdout).not.toContain("a.txt");
    expect(portuguese.stdout).toContain("O que fazer: Não carregue o arquivo.");
  });

  it("as JSON of a stable shape", async () => {
    const name = folder("shape", { "m.pkl": Buffer.from(`\x80\x02}0${CALL}`, "latin1") });
    expect((await scanJson(name)).report).toEqual({
      verdict: "malicious",
      files: [
        {
          path: "shape/m.pkl",
          size_bytes: 27,
          verdict: "malicious",
          findings: [
            {
              severity: "malicious",
              code: "pickle_executor",
              detail: "The pickle names os.system, a way to start programs.",
              file: "shape/m.pkl",
              offset: 4,
              risk: expect.stringContaining("Whoever loads the file"),
              remedy: expect.stringContaining("Do not load the file"),
            },
          ],
        },
      ],
      unreadable: [],
      left_out: [],
    });
  });

  it("as SARIF, with the byte and the rule of each finding", async () => {
    const name = folder("sarif é", { "m.pkl": CALL, "a.py": "import os\n" });
    const { code, stdout } = await place.run("scan", name, "--sarif");
    expect(code).toBe(10);
    const { version, runs } = JSON.parse(stdout);
    expect(version).toBe("2.1.0");
    const [{ tool, results }] = runs;
    expect(results).toHaveLength(2);
    for (const { ruleId, ruleIndex } of results) {
      expect(tool.driver.rules[ruleIndex].id).toBe(ruleId);
      expect(tool.driver.rules[ruleIndex].help.text).not.toBe("");
    }
    const found = results.find((result: { ruleId: string }) => result.ruleId === "pickle_executor");
    expect(found).toMatchObject({
      level: "error",
      message: { text: "The pickle names os.system, a way to start programs." },
      locations: [
        {
          physicalLocation: {
            artifactLocation: { uri: "sarif%20%C3%A9/m.pkl" },
            region: { byteOffset: 0 },
          },
        },
      ],
    });
    expect((await place.run("scan", name, "--sarif", "--json")).code).toBe(2);
  });
});

describe("a folder that means harm", () => {
  it("is scanned once, whatever its links, pipes and names are", async () => {
    const name = folder("hostile", { "a.json": "{}" });
    mkdirSync(place.path(name, "deep", "er"), { recursive: true });
    symlinkSync("../..", place.path(name, "deep", "er", "loop"));
    symlinkSync("itself", place.path(name, "itself"));
    symlinkSync("../a.json", place.path(name, "deep", "linked.json"));
    execFileSync("mkfifo", [place.path(name, "pipe.bin")]);
    writeFileSync(place.path(name, "\u001b[2Jx\u202egnp.pkl"), CALL);
    writeFileSync(Buffer.from(`${place.path(name)}/\xff\xfe.pkl`, "latin1"), CALL);
    writeFileSync(place.path(name, "; touch hacked #.json"), "{}");
    const { code, verdicts, report } = await scanJson(name);
    expect(code).toBe(10);
    expect(verdicts).toEqual({
      "hostile/a.json": "clean",
      "hostile/deep/linked.json": "clean",
      "hostile/; touch hacked #.json": "clean",
      "hostile/\u001b[2Jx\u202egnp.pkl": "malicious",
      "hostile/\ufffd\ufffd.pkl": "malicious",
    });
    expect(report.unreadable.map(({ path }: { path: string }) => path).sort()).toEqual([
      "hostile/itself",
      "hostile/pipe.bin",
    ]);
    for (const options of [[], ["--json"], ["--sarif"]]) {
      const { stdout, stderr } = await place.run("scan", name, ...options);
      for (const char of ["\u001b", "\u202e"]) expect(stdout + stderr).not.toContain(char);
    }
  });

  it("of ten thousand small files ends within a minute", async () => {
    const name = folder("many", {});
    for (let at = 0; at < 10_000; at += 1) {
      writeFileSync(place.path(name, `${at}.json`), `{"at": ${at}}`);
    }
    writeFileSync(place.path(name, "9999.json"), CALL);
    const result = await place.run("scan", name, "--quiet");
    expect(result.code).toBe(10);
    expect(result.stdout.split("\n")[0]).toBe("malicious\tmany/9999.json");
    expect(result.stderr).toContain("Files: 10000. Clean: 9999");
  });

  it("has files that take too long, which are unscannable, and the rest goes on", async () => {
    const name = folder("long", { "a.pkl": LONG, "b.json": "{}", "c.pkl": LONG, "d.pkl": CALL });
    writeFileSync(place.path(name, "huge.bin"), "");
    truncateSync(place.path(name, "huge.bin"), 2 ** 40);
    const { code, verdicts, report } = await scanJson(name, "--max-seconds", "1");
    expect(code).toBe(10);
    expect(verdicts).toEqual({
      "long/a.pkl": "unscannable",
      "long/b.json": "clean",
      "long/c.pkl": "unscannable",
      "long/d.pkl": "malicious",
      "long/huge.bin": expect.stringMatching(/suspicious|unscannable/),
    });
    const [first] = report.files[0].findings.concat(report.files[1].findings);
    expect(first.code).toBe("time_exceeded");
  });

  it("is never loaded: nothing that it calls is run", async () => {
    const proof = place.path("proof");
    const name = folder("alive", { "m.pkl": `cos\nsystem\n(S'touch ${proof}'\ntR.` });
    expect((await place.run("scan", name)).code).toBe(10);
    expect(() => readFileSync(proof)).toThrow(/ENOENT/);
  });
});

it("a model of the server is asked for where no such path is there", async () => {
  expect((await place.run("scan", "some-model")).code).toBe(3);
  folder("some-model", { "config.json": "{}" });
  expect((await place.run("scan", "some-model")).code).toBe(0);
  expect((await place.run("scan", "some-model", "latest")).code).toBe(3);
});

it("weights that a file beside them describes are clean, alone and in their folder", async () => {
  const onnx = readFileSync(
    new URL("../../../lib/formats/fixtures/external.onnx", import.meta.url),
  );
  const data = readFileSync(
    new URL("../../../lib/formats/fixtures/external.onnx.data", import.meta.url),
  );
  const name = folder("external", { "external.onnx": onnx, "external.onnx.data": data });
  expect((await scanJson(name)).verdicts).toEqual({
    "external/external.onnx": "clean",
    "external/external.onnx.data": "clean",
  });
  expect((await scanJson(`${name}/external.onnx`)).verdicts).toEqual({
    "external/external.onnx": "clean",
  });
});
