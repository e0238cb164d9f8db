import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { fingerprint } from "./fingerprint.mjs";

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "fingerprint-"));
  mkdirSync(join(root, "app"));
  writeFileSync(join(root, "app", "page.tsx"), "one");
  writeFileSync(join(root, "config.js"), "two");
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const now = () => fingerprint(root, ["app", "config.js", "missing.ts"]);

describe("the fingerprint that decides whether to build again", () => {
  it("changes with a file's content, name, and with a file more or less", async () => {
    const seen = new Set([await now()]);
    writeFileSync(join(root, "app", "page.tsx"), "other");
    seen.add(await now());
    writeFileSync(join(root, "app", "more.tsx"), "");
    seen.add(await now());
    rmSync(join(root, "app", "page.tsx"));
    seen.add(await now());
    expect(seen.size).toBe(4);
  });

  it("is the same for a file that was only touched, and for tests and generated code", async () => {
    const before = await now();
    utimesSync(join(root, "app", "page.tsx"), new Date(), new Date());
    writeFileSync(join(root, "app", "page.test.ts"), "expect");
    mkdirSync(join(root, "app", "generated"));
    writeFileSync(join(root, "app", "generated", "client.ts"), "made");
    expect(await now()).toBe(before);
  });
});
