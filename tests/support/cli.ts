/** The command line as a person runs it: a process with pipes for its streams, and folders of its own. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { COMPILE_CACHE } from "../../scripts/lib/server-flags.mjs";

const SOURCE = resolve(import.meta.dirname, "..", "..", "cli", "src", "main.ts");

export type CliResult = { code: number | null; stdout: string; stderr: string };
export type RunningCli = { child: ChildProcess; result: Promise<CliResult> };

/** A folder to run in, with its own configuration and cache. */
export class CliPlace {
  readonly folder = mkdtempSync(join(tmpdir(), "registry-cli-"));
  readonly env: Record<string, string>;

  constructor(env: Record<string, string> = {}) {
    this.env = {
      PATH: process.env.PATH ?? "",
      HOME: this.folder,
      XDG_CONFIG_HOME: join(this.folder, "config"),
      XDG_CACHE_HOME: join(this.folder, "cache"),
      LANG: "C.UTF-8",
      NODE_COMPILE_CACHE: COMPILE_CACHE,
      ...env,
    };
  }

  /** `program` is the command line of the checkout, or the one that was installed. */
  start(args: readonly string[], options: { input?: string; program?: string[] } = {}): RunningCli {
    const [command = process.execPath, ...first] = options.program ?? [process.execPath, SOURCE];
    const child = spawn(command, [...first, ...args], {
      cwd: this.folder,
      env: { ...this.env, NODE_ENV: "production" },
    });
    const printed = { stdout: "", stderr: "" };
    for (const name of ["stdout", "stderr"] as const)
      child[name].setEncoding("utf8").on("data", (text: string) => {
        printed[name] += text;
      });
    child.stdin.end(options.input ?? "");
    const result = new Promise<CliResult>((done, fail) => {
      child.on("error", fail);
      child.on("close", (code) => done({ code, ...printed }));
    });
    return { child, result };
  }

  run(...args: string[]): Promise<CliResult> {
    return this.start(args).result;
  }

  /** The answer of `--json`; throws unless the command succeeds. */
  // biome-ignore lint/suspicious/noExplicitAny: tests read JSON of many shapes and assert each value
  async json(...args: string[]): Promise<any> {
    const { code, stdout, stderr } = await this.run(...args, "--json");
    if (code !== 0) throw new Error(`${args.join(" ")} ended with ${code}: ${stderr}`);
    return JSON.parse(stdout);
  }

  path(...parts: string[]): string {
    return join(this.folder, ...parts);
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
