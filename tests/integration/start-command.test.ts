/** `npm start` itself, on a clone that is installed and built: the second start. */
import { type ChildProcess, spawn } from "node:child_process";
import { chmod, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const projectFolder = resolve(import.meta.dirname, "..", "..");
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "start-command-"));
  await chmod(folder, 0o711);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

type Started = { child: ChildProcess; url: string; said: () => string };

async function start(): Promise<Started> {
  const child = spawn(process.execPath, [join(projectFolder, "scripts", "start.mjs")], {
    // Not under npm, whatever runs this test.
    env: {
      ...process.env,
      npm_lifecycle_event: undefined,
      MODEL_REGISTRY_API__HOST: "127.0.0.1",
      MODEL_REGISTRY_API__PORT: "0",
      MODEL_REGISTRY_STORAGE__BASE_PATH: join(folder, "data"),
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let said = "";
  child.stdout?.on("data", (chunk) => (said += chunk));
  child.stderr?.on("data", (chunk) => (said += chunk));
  const ready = () => /Ready: (\S+)/.exec(said)?.[1];
  await expect
    .poll(() => ready() ?? (child.exitCode === null ? "" : "ended"), { timeout: 170_000 })
    .not.toBe("");
  const url = ready();
  if (url === undefined) throw new Error(`The start command ended:\n${said}`);
  return { child, url, said: () => said };
}

async function exitCodeOf(child: ChildProcess): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) {
    await new Promise((resolve) => child.once("exit", resolve));
  }
  return child.exitCode;
}

const isServing = (url: string) =>
  fetch(`${url}/healthz`).then(
    () => true,
    () => false,
  );

describe("the start command", () => {
  it("says each step, serves, and ends all of it with exit code 0 on SIGINT", async () => {
    const { child, url, said } = await start();
    for (const topic of ["Packages", "Node", "Client", "Build", "Database", "Migrations"]) {
      expect(said()).toMatch(new RegExp(`^  ${topic} `, "m"));
    }
    expect(await isServing(url)).toBe(true);
    child.kill("SIGINT");
    expect(await exitCodeOf(child)).toBe(0);
    expect(await isServing(url)).toBe(false);
  });

  it("leaves neither server nor PostgreSQL behind when it is killed outright", async () => {
    const { child, url } = await start();
    child.kill("SIGKILL");
    await exitCodeOf(child);
    await expect.poll(() => isServing(url), { timeout: 60_000 }).toBe(false);
    const file = join(folder, "data", "postgres", "cluster", "postmaster.pid");
    const postmaster = () => readFile(file, "utf8").catch(() => "gone");
    await expect.poll(postmaster, { timeout: 60_000 }).toBe("gone");
  });
});
