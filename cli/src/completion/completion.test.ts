/** The scripts, run by the shell that they are for. */
import { execFileSync } from "node:child_process";
import { beforeAll, describe, expect, it } from "vitest";
import { runCommandLine } from "../command-line.ts";

async function scriptFor(shell: string): Promise<string> {
  let stdout = "";
  const code = await runCommandLine(["completion", shell], {
    env: {},
    streams: {
      stdout: {
        write: (text) => {
          stdout += text;
        },
      },
      stderr: { write: () => undefined },
    },
    isInteractive: false,
    signal: new AbortController().signal,
  });
  expect(code).toBe(0);
  return stdout;
}

describe("bash", () => {
  let script: string;
  beforeAll(async () => {
    script = await scriptFor("bash");
  });

  /** What Tab offers after these words; the last may be empty. */
  function complete(...words: string[]): string[] {
    const set = `COMP_WORDS=(model-registry ${words.map((word) => `'${word}'`).join(" ")})`;
    const ask = `${set}; COMP_CWORD=${words.length}; _model_registry; printf '%s\\n' "\${COMPREPLY[@]}"`;
    return execFileSync("bash", ["--norc", "-c", `${script}\n${ask}`], { encoding: "utf8" })
      .trim()
      .split("\n");
  }

  it.each([
    [["al"], ["alias"]],
    [["alias", "s"], ["set"]],
    [["--json", "alias", "s"], ["set"]],
    [
      ["register", "x", "--bump", "m"],
      ["major", "minor"],
    ],
    [["stage", "m", "1.0.0", "p"], ["production"]],
    [["download", "m", "--acc"], ["--accept-risk"]],
    [["completion", "z"], ["zsh"]],
  ])("completes %j", (words, offered) => {
    expect(complete(...words)).toEqual(offered);
  });
});

describe("every script", () => {
  it.each(["bash", "zsh", "fish"])(
    "for %s knows all commands and has no word that a shell would run",
    async (shell) => {
      const script = await scriptFor(shell);
      for (const word of ["register", "download", "doctor", "verify", "revoke"])
        expect(script).toContain(word);
      expect(script).not.toMatch(/`|\$\((?!compgen)/);
    },
  );
});
