import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { curlSnippets, quote } from "./curl-snippets.ts";

const base = {
  origin: "http://localhost:8080",
  name: "bert",
  version: "1.2.0",
  file: { path: "model.pth", digest: `sha256:${"a".repeat(64)}` },
  fileCount: 1,
  acceptRisk: false,
};

describe("curl snippets", () => {
  it("are short where nothing needs care", () => {
    const url = "http://localhost:8080/api/v1/models/bert/versions/1.2.0/files/model.pth";
    expect(curlSnippets(base)).toEqual({
      file: `curl -f -L -O -J ${url}`,
      resume: `curl -f -L -C - -o ./model.pth ${url}`,
      check: `echo '${"a".repeat(64)}  ./model.pth' | sha256sum -c`,
      tar: null,
    });
  });
  it("offer a tar only when there are several files", () => {
    expect(curlSnippets({ ...base, fileCount: 2 }).tar).toBe(
      "curl -f -L -o ./bert-1.2.0.tar http://localhost:8080/api/v1/models/bert/versions/1.2.0/download",
    );
  });
  it("say so when a risk is accepted, in a quoted URL", () => {
    expect(curlSnippets({ ...base, acceptRisk: true }).file).toMatch(/ 'http.*accept_risk=true'$/);
  });
  it("encode versions with build metadata and files in folders", () => {
    const file = { ...base.file, path: "a b/ä#?.bin" };
    expect(curlSnippets({ ...base, version: "1.0.0+x", file }).file).toContain(
      "/versions/1.0.0%2Bx/files/a%20b/%C3%A4%23%3F.bin",
    );
  });
  it.each([
    "it's",
    "$(touch /tmp/no)",
    "`id`",
    "a b;c|d&e>f",
    "-rf",
    'x"y',
    "!history",
    "new\nline",
    "*?[a]",
    "~root",
    "",
  ])("quote %j so that the shell sees one word with exactly these characters", (word) => {
    const printed = execFileSync("bash", ["-c", `printf '<%s>' ${quote(word)}`], {
      encoding: "utf8",
    });
    expect(printed).toBe(`<${word}>`);
  });
  it("never let a file's name become an option or a command", () => {
    const file = { ...base.file, path: "x/-o'; rm -rf $HOME" };
    const words = execFileSync(
      "bash",
      ["-c", `curl() { printf '%s\\n' "$@"; }; ${curlSnippets({ ...base, file }).resume}`],
      { encoding: "utf8" },
    ).split("\n");
    expect(words.slice(0, 6)).toEqual(["-f", "-L", "-C", "-", "-o", "./-o'; rm -rf $HOME"]);
    expect(words).toHaveLength(8);
  });
});
