/** Whole commands against servers that want to write elsewhere, or to lead astray who reads. */
import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { runCommandLine } from "../command-line.ts";
import { EXIT } from "../exit-codes.ts";
import { closeConnections } from "../http/exchange.ts";
import { VERSION } from "../version.ts";

const BYTES = Buffer.from("evil");
const DIGEST = `sha256:${createHash("sha256").update(BYTES).digest("hex")}`;

let server: Server;
let folder: string;
/** Path below /api/v1 -> JSON. */
let answers: Record<string, unknown>;

const file = (path: string) => ({ path, size_bytes: 4, digest: DIGEST, verdict: "clean" });
const version = (paths: string[], more: object = {}) => ({
  ...{
    model: "m",
    version: "1.0.0",
    number: 1,
    digest: DIGEST,
    framework: "other",
    format: "unknown",
  },
  ...{
    stage: "none",
    aliases: [],
    description: "",
    tags: {},
    parameters: null,
    tensors: 0,
    size_bytes: 4,
  },
  ...{ created_at: "now", created_by: "x", downloads: 0, metadata: {}, withheld: [] },
  scan: { verdict: "clean", findings: [], scanned_at: null },
  files: paths.map(file),
  ...more,
});

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "hostile-server-"));
  answers = {};
  server = createServer((request, response) => {
    const path = request.url?.replace("/api/v1", "") ?? "";
    const json = path === "/healthz" ? { status: "ok", version: VERSION } : answers[path];
    if (json !== undefined) {
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify(json));
      return;
    }
    response.writeHead(206, { "content-range": "bytes 0-3/4", "content-length": 4 }).end(BYTES);
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
});
afterEach(async () => {
  closeConnections();
  server.closeAllConnections();
  await new Promise((closed) => server.close(closed));
  rmSync(folder, { recursive: true, force: true });
});

async function run(...args: string[]) {
  const printed = { stdout: "", stderr: "" };
  const stream = (name: keyof typeof printed) => ({
    write: (text: string) => {
      printed[name] += text;
    },
  });
  const address = server.address();
  const port = typeof address === "object" ? address?.port : 0;
  const code = await runCommandLine([...args, "--url", `http://127.0.0.1:${port}`], {
    env: { XDG_CONFIG_HOME: folder, XDG_CACHE_HOME: folder },
    streams: { stdout: stream("stdout"), stderr: stream("stderr") },
    isInteractive: false,
    signal: new AbortController().signal,
  });
  return { code, ...printed };
}

describe("a download", () => {
  it.each(["../evil", "a/../../evil", "/evil", "a\\..\\..\\evil", "C:evil", "ok/\u0000"])(
    "with a file %j writes nothing at all, also not the files beside it",
    async (path) => {
      answers["/models/m/versions/latest"] = version(["good.bin", path]);
      const target = join(folder, "deep", "target");
      const { code, stdout } = await run("download", "m", "-o", target);
      expect({ code, stdout }).toEqual({ code: EXIT.damaged, stdout: "" });
      expect(readdirSync(folder)).toEqual([]);
    },
  );

  it.each([{ model: "../up" }, { version: "../../up" }, { model: "/abs" }])(
    "of %j writes nothing either",
    async (more) => {
      answers["/models/m/versions/latest"] = version(["a.bin", "b.bin"], more);
      expect((await run("download", "m")).code).toBe(EXIT.damaged);
      expect(existsSync("../up-1.0.0")).toBe(false);
    },
  );

  it("with two files of one path, or a file where a folder is, ends with a sentence", async () => {
    for (const paths of [
      ["a", "a/b"],
      ["a", "a"],
    ]) {
      answers["/models/m/versions/latest"] = version(paths);
      const { code, stderr } = await run(
        "download",
        "m",
        "-o",
        join(folder, paths.join("-").replace("/", "")),
      );
      expect([EXIT.ok, EXIT.local]).toContain(code);
      expect(stderr).not.toContain("unexpected");
    }
  });

  it("with nonsense instead of sizes and digests is no registry", async () => {
    for (const wrong of [{ size_bytes: -1 }, { size_bytes: 1e300 }, { digest: "sha256:../x" }]) {
      answers["/models/m/versions/latest"] = version([], { files: [{ ...file("a"), ...wrong }] });
      expect((await run("download", "m", "-o", folder)).code).toBe(EXIT.incompatible);
    }
  });
});

describe("what is shown", () => {
  it("has no escape codes and no lines that the server made up", async () => {
    const evil = "x\u001b[2J\n[ok] Server\t\u202e";
    answers["/models/m/versions/1"] = version(["a\u001b[31m"], {
      description: evil,
      tags: { [evil]: evil },
      scan: { verdict: evil, findings: [], scanned_at: evil },
    });
    const { code, stdout } = await run("show", "m", "1");
    expect(code).toBe(EXIT.ok);
    expect(stdout).not.toContain("\u001b");
    expect(stdout).not.toContain("\u202e");
    expect(stdout.split("\n").some((line) => line.startsWith("[ok]"))).toBe(false);
    expect((await run("scan", "m", "1")).stderr).not.toContain("\u001b");
  });

  it("a list without an end is not followed for ever", async () => {
    const page = { items: [], next_cursor: "again", total: 10 };
    answers["/models?sort=-updated_at&limit=200"] = page;
    expect((await run("list", "--all")).code).toBe(EXIT.ok);
  });
});
