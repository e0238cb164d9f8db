import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { REAL_MODELS } from "../../scripts/real-models/catalog.ts";
import { fetchRealModels, realModelFolder } from "../../scripts/real-models/fetch-models.ts";
import { type RunningServer, startServer } from "../support/server.ts";

const run = promisify(execFile);
const COMMAND = fileURLToPath(new URL("../../scripts/real-models/register.ts", import.meta.url));

let server: RunningServer;
let printed: string;

beforeAll(async () => {
  await fetchRealModels(() => {});
  server = await startServer();
  printed = (await run(process.execPath, [COMMAND, "--url", server.baseUrl])).stdout;
}, 600_000);

afterAll(async () => {
  await server?.stop();
});

test.each(REAL_MODELS)("$name is registered, clean, and comes back bit for bit", async (model) => {
  expect(printed).toMatch(new RegExp(`^${model.name} 1\\.0\\.0 registered: .*clean$`, "m"));
  const at = `${server.baseUrl}/api/v1/models/${model.name}/versions/1.0.0`;
  const version = (await (await fetch(at)).json()) as Record<string, unknown>;
  expect(version).toMatchObject({ status: "ready", scan: { verdict: "clean", findings: [] } });
  for (const { path } of model.files) {
    const response = await fetch(`${at}/files/${path}`);
    expect(response.status).toBe(200);
    const sent = await readFile(join(realModelFolder(model), path));
    const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");
    expect(sha256(new Uint8Array(await response.arrayBuffer()))).toBe(sha256(sent));
  }
});

test("registering them again changes nothing", async () => {
  const { stdout } = await run(process.execPath, [COMMAND, "--url", server.baseUrl]);
  for (const { name } of REAL_MODELS) expect(stdout).toContain(`${name} 1.0.0 was there already`);
  const list = await (await fetch(`${server.baseUrl}/api/v1/models`)).json();
  expect(list).toMatchObject({ total: REAL_MODELS.length });
});

test("a registry that is not there is said in a sentence", async () => {
  const failed = run(process.execPath, [COMMAND, "--url", "http://127.0.0.1:9"]);
  await expect(failed).rejects.toMatchObject({
    stderr: expect.stringContaining("does not answer. "),
  });
});
