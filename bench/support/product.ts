import { access, readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { SERVER_NODE_FLAGS, serverEnvironment } from "../../scripts/lib/server-flags.mjs";
import { startProgram } from "./programs.ts";

/** Of this checkout; a baseline is another one. */
export const projectFolder = resolve(import.meta.dirname, "..", "..");

export type Product = {
  url: string;
  pid: number;
  dataFolder: string;
  /** Resident memory of the server process (PostgreSQL is another one), bytes. */
  memoryBytes: () => Promise<number>;
  stop: () => Promise<void>;
};

/** The built product on a free port with its own data and its own PostgreSQL. */
export async function startProduct(
  folder: string,
  settings: Record<string, string> = {},
  /** A program that starts the server and becomes it, such as `taskset -c 0`. */
  launcher: readonly string[] = [],
  checkout: string = projectFolder,
): Promise<Product> {
  const built = process.env.NEXT_DIST_DIR ?? ".next";
  await access(join(checkout, built, "BUILD_ID")).catch(() => {
    throw new Error(`There is no build in ${built}. Run npm start once, or next build.`);
  });
  const dataFolder = join(folder, "data");
  const env = {
    NODE_ENV: "production",
    MODEL_REGISTRY_API__PORT: "0",
    MODEL_REGISTRY_API__HOST: "127.0.0.1",
    MODEL_REGISTRY_STORAGE__BASE_PATH: dataFolder,
    MODEL_REGISTRY_LOG__LEVEL: "warn",
    ...settings,
  };
  const flags = [...SERVER_NODE_FLAGS];
  if (process.env.BENCH_PROFILE)
    flags.push("--cpu-prof", `--cpu-prof-dir=${process.env.BENCH_PROFILE}`);
  const script = join(checkout, "scripts", "serve.ts");
  const [command = "", ...args] = [...launcher, process.execPath, ...flags, script];
  const running = await startProgram(command, args, {
    ready: /Ready: (http:\/\/\S+)/,
    env: { ...serverEnvironment(), ...env },
    timeoutMs: 120_000,
  });
  const { pid = 0 } = running.child;
  return {
    url: running.match[1] ?? "",
    pid,
    dataFolder,
    memoryBytes: () => residentBytes(pid),
    stop: running.stop,
  };
}

async function residentBytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) * 1024;
}

/** Registers one file by multipart, as the user document does it. */
export function registerArguments(product: { url: string }, model: string, path: string): string[] {
  return ["-F", `file=@${path}`, "-F", `name=${model}`, `${product.url}/api/v1/models`];
}

/** Where the latest version of a model gives its only file. */
export function fileUrl(product: { url: string }, model: string, fileName: string): string {
  return `${product.url}/api/v1/models/${model}/versions/latest/files/${fileName}`;
}
