/** Downloads that are decoded on their way: on one core, and on all, where several are decoded ahead at once. */
import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { safetensors } from "../support/model-files.ts";
import { RegistryClient, sha256 } from "../support/registry-client.ts";
import { type RunningServer, startServer } from "../support/server.ts";

const SIZE = 7 * 1024 * 1024;
let server: RunningServer;
let client: RegistryClient;

type Model = { url: string; bytes: Uint8Array };

/** bfloat16 with few exponents. */
async function registerCompressed(name: string): Promise<Model> {
  const values = randomBytes(SIZE);
  for (let at = 1; at < SIZE; at += 2)
    values[at] = 0x3c | ((values[at] ?? 0) & 0x80) | ((values[at - 1] ?? 0) & 1);
  const tensor = { dtype: "BF16", shape: [SIZE / 2], bytes: values };
  const bytes = safetensors({ weight: tensor });
  await client.register({ name }, [{ path: "model.safetensors", bytes }]);
  const version = `/api/v1/models/${name}/versions/latest`;
  await expect
    .poll(async () => (await client.get(version)).body.stored_bytes, { timeout: 60_000 })
    .toBeLessThan(0.9 * bytes.length);
  return { url: `${version}/files/model.safetensors`, bytes };
}

async function expectExact({ url, bytes }: Model, from = 0, to = bytes.length): Promise<void> {
  const headers = { range: `bytes=${from}-${to - 1}` };
  const answer = await client.download(url, headers);
  expect(sha256(answer.bytes)).toBe(sha256(bytes.subarray(from, to)));
}

/** Reads one chunk, waits, and takes the rest. */
async function readSlowly({ url, bytes }: Model): Promise<void> {
  const response = await fetch(`${server.baseUrl}${url}`);
  const reader = response.body?.getReader();
  const chunks: Uint8Array[] = [];
  for (let part = await reader?.read(); part && !part.done; part = await reader?.read()) {
    if (chunks.length === 0) await sleep(500);
    chunks.push(part.value);
  }
  expect(sha256(Buffer.concat(chunks))).toBe(sha256(bytes));
}

async function leaveInTheMiddle({ url }: Model): Promise<void> {
  const controller = new AbortController();
  const response = await fetch(`${server.baseUrl}${url}`, { signal: controller.signal });
  await response.body?.getReader().read();
  controller.abort();
}

describe.each([true, false])("a server (on one core: %s)", (isOnOneCore) => {
  beforeAll(async () => {
    server = await startServer({
      isOnOneCore,
      // Nothing fits: every download decodes.
      env: { MODEL_REGISTRY_STORAGE__CACHE_SIZE: "1MB" },
    });
    client = new RegistryClient(server.baseUrl);
  });
  afterAll(() => server?.stop());

  it("gives each of many downloads at once its own bytes, however they end", async () => {
    const models = await Promise.all(["a", "b", "c"].map(registerCompressed));
    for (let round = 0; round < 3; round += 1)
      await Promise.all(
        models.flatMap((model, index) => [
          expectExact(model),
          expectExact(model, 1_000_000 * (index + round) + 13),
          readSlowly(model),
          leaveInTheMiddle(model),
        ]),
      );
    const { body } = await client.get("/api/v1/stats");
    expect(body.cache.hits).toBe(0);
  });
});
