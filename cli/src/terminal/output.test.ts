import { describe, expect, it } from "vitest";
import { Output } from "./output.ts";
import { printable } from "./printable.ts";
import { Progress } from "./progress.ts";
import { bytesText, secondsText } from "./values.ts";

function outputOf(isTTY: boolean, env = {}, flags = {}) {
  const written = { stdout: "", stderr: "" };
  const stream = (name: keyof typeof written) => ({
    isTTY,
    columns: 60,
    write: (text: string) => {
      written[name] += text;
    },
  });
  const streams = { stdout: stream("stdout"), stderr: stream("stderr") };
  return {
    written,
    streams,
    out: new Output(streams, { json: false, quiet: false, env, ...flags }),
  };
}

describe("what is printed", () => {
  it("is aligned under titles on a terminal, and tab-separated without them elsewhere", () => {
    const rows = [
      ["a", "1"],
      ["longer", "2"],
    ];
    expect(outputOf(true, { NO_COLOR: "1" }).out.table(["Name", "No"], rows)).toEqual([
      "Name    No",
      "a       1",
      "longer  2",
    ]);
    expect(outputOf(false).out.table(["Name", "No"], rows)).toEqual(["a\t1", "longer\t2"]);
  });

  it("has colours on a terminal only, and none where NO_COLOR or a dumb terminal say so", () => {
    expect(outputOf(true).out.paint("red", "x")).toBe("\u001b[31mx\u001b[0m");
    for (const { out } of [
      outputOf(false),
      outputOf(true, { NO_COLOR: "1" }),
      outputOf(true, { TERM: "dumb" }),
    ])
      expect(out.paint("red", "x")).toBe("x");
  });

  it("cannot move the cursor, forge a line or turn the reading direction", () => {
    expect(printable("a\u001b[2Jb\nc\td\u202ee\u009bf")).toBe("a [2Jb c d e f");
    const { out } = outputOf(false);
    expect(out.table(["x"], [["a\tb\nc"]])).toEqual(["a b c"]);
    expect(out.facts([["x", "\u001b]0;title\u0007"]])).toEqual(["x:   ]0;title "]);
  });

  it("says nothing on stderr with --quiet", () => {
    const { out, written } = outputOf(true, {}, { quiet: true });
    out.say("hello");
    expect(written.stderr).toBe("");
  });
});

describe("the bar", () => {
  const options = { label: "m", totalBytes: 100, isQuiet: false, language: "en" } as const;

  it("is drawn on a terminal, within its width, and removed at the end", () => {
    const { streams, written } = outputOf(true);
    const bar = new Progress(streams.stderr, options);
    bar.skip(50);
    bar.clear();
    expect(written.stderr).toMatch(/^\r\[#{12}-{12}\] {2}50% 100 B /);
    expect(written.stderr.endsWith("\r\u001b[K")).toBe(true);
    expect(Math.max(...written.stderr.split("\r").map((line) => line.length))).toBeLessThan(64);
  });

  it("is not drawn elsewhere", () => {
    const { streams, written } = outputOf(false);
    const bar = new Progress(streams.stderr, options);
    bar.add(50);
    bar.clear();
    expect(written.stderr).toBe("");
  });
});

describe("values", () => {
  it.each([
    [0, "0 B"],
    [999, "999 B"],
    [1000, "1 kB"],
    [1234, "1.23 kB"],
    [999_999, "1 MB"],
    [12_345_678_901, "12.3 GB"],
  ])("%d bytes are %s", (bytes, text) => {
    expect(bytesText(bytes, "en")).toBe(text);
  });
  it("seconds are told in the largest units", () => {
    expect([5, 65, 3700].map(secondsText)).toEqual(["5 s", "1 min 5 s", "1 h 1 min"]);
  });
});
