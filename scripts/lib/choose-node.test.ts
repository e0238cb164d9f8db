import { chmod, mkdtemp, open, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { chooseNode } from "./choose-node.mjs";

const OLD = { path: "/usr/bin/node", version: "20.20.2" };

let folder: string;
let packaged: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "choose-node-"));
  packaged = join(folder, "node");
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function writeProgram(script: string): Promise<void> {
  await writeFile(packaged, `#!/bin/sh\n${script}\n`);
  await chmod(packaged, 0o755);
}

it("takes the machine's own Node when it is new enough, and asks no other", async () => {
  const own = { path: "/usr/bin/node", version: "24.0.1" };
  expect(await chooseNode(own, packaged)).toBe(own.path);
});

it("takes the packaged Node, also when something else prints a warning first", async () => {
  await writeProgram(
    `echo "ERROR: ld.so: object 'x.so' cannot be preloaded" >&2; sleep 0.1; echo v24.21.0`,
  );
  expect(await chooseNode(OLD, packaged)).toBe(packaged);
});

it("waits for a packaged Node that is still being written", async () => {
  await writeProgram("echo v24.21.0");
  const writer = await open(packaged, "r+");
  setTimeout(() => void writer.close(), 300);
  expect(await chooseNode(OLD, packaged)).toBe(packaged);
});

describe("the refusal says why the packaged Node cannot be used", () => {
  const refusal = async () =>
    chooseNode(OLD, packaged).then(
      () => "it was not refused",
      (error: Error) => error.message,
    );

  it("that it is not there", async () => {
    expect(await refusal()).toContain("ENOENT");
  });
  it("that it may not be executed", async () => {
    await writeFile(packaged, "x");
    expect(await refusal()).toContain("EACCES");
  });
  it("that it is for another machine", async () => {
    await writeFile(packaged, "\x7fELF but of no machine");
    await chmod(packaged, 0o755);
    expect(await refusal()).toMatch(/ENOEXEC|exit code 126|exit code 127|exit code 2/);
  });
  it("that it is still being written", async () => {
    await writeProgram("echo v24.21.0");
    const writer = await open(packaged, "r+");
    expect(await refusal()).toContain("ETXTBSY");
    await writer.close();
  });
  it("its exit code and what it printed", async () => {
    await writeProgram("echo 'libatomic.so.1: cannot open shared object file' >&2; exit 127");
    expect(await refusal()).toContain("exit code 127");
    expect(await refusal()).toContain("libatomic.so.1: cannot open shared object file");
  });
  it("the signal that ended it", async () => {
    await writeProgram("kill -ILL $$");
    expect(await refusal()).toContain("SIGILL");
  });
  it("the version that it has", async () => {
    await writeProgram("echo v22.1.0");
    expect(await refusal()).toContain("v22.1.0");
  });
  it("which Node the machine has, and which one was tried", async () => {
    expect(await refusal()).toContain(OLD.version);
    expect(await refusal()).toContain(packaged);
  });
});
