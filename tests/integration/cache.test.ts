/** The cache of decompressed blobs, through the whole server. */
import { randomFillSync } from "node:crypto";
import { open, readdir, stat, truncate } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, it } from "vitest";
import { safetensors } from "../support/model-files.ts";
import { RegistryClient, sha256 } from "../support/registry-client.ts";
import { type RunningServer, startServer } from "../support/server.ts";

const SIZE = 4 * 1024 * 1024;
const CACHE_SIZE = 3 * SIZE;
let server: RunningServer;
let client: RegistryClient;

beforeAll(async () => {
  server = await startServer({
    env: { MODEL_REGISTRY_STORAGE__CACHE_SIZE: String(CACHE_SIZE) },
  });
  client = new RegistryClient(server.baseUrl);
});
afterAll(() => server?.stop());

/** Half of its bytes are random, the other half is not: it is compressed, whatever the codec's taste. */
function compressible(): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(SIZE - 1024);
  randomFillSync(bytes, 0, SIZE / 2);
  return safetensors({ weight: { dtype: "U8", shape: [bytes.length], bytes } });
}

async function until(what: string, isTrue: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (!(await isTrue())) {
    if (Date.now() > deadline) throw new Error(`this did not happen: ${what}\n${server.logs()}`);
    await sleep(50);
  }
}

async function registerCompressed(name: string): Promise<{ url: string; digest: string }> {
  const bytes = compressible();
  const answer = await client.register({ name }, [{ path: "model.safetensors", bytes }]);
  expect(answer.status).toBe(201);
  const version = `/api/v1/models/${name}/versions/latest`;
  await until(`compression of ${name}`, async () => {
    const { body } = await client.get(version);
    return body.stored_bytes < body.size_bytes * 0.95;
  });
  return { url: `${version}/files/model.safetensors`, digest: sha256(bytes) };
}

const cache = async () => (await client.get("/api/v1/stats")).body.cache;
const cacheFiles = () => readdir(join(server.dataFolder, "cache"));

async function download(model: { url: string; digest: string }): Promise<void> {
  const { status, bytes, headers } = await client.download(model.url);
  expect(status).toBe(200);
  expect(sha256(bytes)).toBe(model.digest);
  expect(headers.get("content-length")).toBe(String(bytes.length));
}

/** In the cache after one download. */
async function warm(model: { url: string; digest: string }): Promise<void> {
  await download(model);
  await until("a cache file", async () => (await cacheFiles()).includes(model.digest));
}

it("serves a compressed blob from its cache after the first download", async () => {
  const model = await registerCompressed("first");
  const before = await cache();
  await warm(model);
  await download(model);
  const after = await cache();
  expect(after.misses - before.misses).toBe(1);
  expect(after.hits - before.hits).toBe(1);
  expect(after.bytes).toBeGreaterThanOrEqual(SIZE - 1024);
  expect((await client.get("/metrics")).body).toMatch(/model_registry_cache_hits_total [1-9]/);
});

it("decompresses once for all who ask at once", async () => {
  const model = await registerCompressed("crowd");
  const fills = async () =>
    Number(/cache_fills_total (\d+)/.exec((await client.get("/metrics")).body)?.[1]);
  const before = await fills();
  await Promise.all(Array.from({ length: 12 }, () => download(model)));
  await until("the end of the fill", async () => (await fills()) > before);
  expect(await fills()).toBe(before + 1);
});

it("answers ranges of a compressed blob, cold and from the cache", async () => {
  const model = await registerCompressed("ranges");
  const whole = async () => (await client.download(model.url)).bytes;
  const part = await client.download(model.url, { Range: "bytes=1500000-1600000" });
  expect(part.status).toBe(206);
  const bytes = await whole();
  expect(part.bytes).toEqual(bytes.subarray(1_500_000, 1_600_001));
  await until("a cache file", async () => (await cacheFiles()).includes(model.digest));
  const again = await client.download(model.url, { Range: "bytes=-777" });
  expect(again.bytes).toEqual(bytes.subarray(bytes.length - 777));
});

it("stays within storage.cache_size", async () => {
  for (let turn = 0; turn < 4; turn += 1) await warm(await registerCompressed(`many-${turn}`));
  const files = await cacheFiles();
  const sizes = await Promise.all(
    files.map(async (name) => (await stat(join(server.dataFolder, "cache", name))).size),
  );
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(CACHE_SIZE);
  expect((await cache()).evictions).toBeGreaterThan(0);
});

it("drops a copy that became shorter, and serves the stored bytes", async () => {
  const model = await registerCompressed("damaged");
  await warm(model);
  await truncate(join(server.dataFolder, "cache", model.digest), 1000);
  await download(model);
});

it("gives no byte of a copy that was written to, whole or by range", async () => {
  const model = await registerCompressed("turned");
  const bytes = (await client.download(model.url)).bytes;
  for (const at of [SIZE / 2 + 77, 5]) {
    await warm(model);
    const path = join(server.dataFolder, "cache", model.digest);
    const file = await open(path, "r+");
    const before = await file.stat();
    await file.write(Uint8Array.from([(bytes[at] ?? 0) ^ 1]), 0, 1, at);
    await file.utimes(before.atime, before.mtime);
    await file.close();
    const part = await client.download(model.url, { Range: `bytes=${at - 5}-${at + 5}` });
    expect(part.status).toBe(206);
    expect(Buffer.compare(part.bytes, bytes.subarray(at - 5, at + 6))).toBe(0);
    await download(model);
  }
  const { body } = await client.get("/api/v1/alerts?open=true");
  expect(body.total).toBe(0);
});

it("is warm after a restart", async () => {
  const model = await registerCompressed("restarted");
  await warm(model);
  await server.terminate();
  await server.restart();
  await download(model);
  expect(await cache()).toMatchObject({ hits: 1, misses: 0 });
});

it("compresses what waited when the server was killed", async () => {
  const bytes = compressible();
  await client.register({ name: "killed" }, [{ path: "model.safetensors", bytes }]);
  await server.kill9();
  await server.restart();
  const url = "/api/v1/models/killed/versions/latest";
  await until("compression after the restart", async () => {
    const { body } = await client.get(url);
    return body.stored_bytes < body.size_bytes * 0.95;
  });
  await download({ url: `${url}/files/model.safetensors`, digest: sha256(bytes) });
});
