/** Bytes that went wrong on the disk never reach a client as a download that ended well. */
import { randomBytes } from "node:crypto";
import { readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, it } from "vitest";
import { blobKey } from "../../lib/storage/layout.ts";
import { safetensors } from "../support/model-files.ts";
import { RegistryClient, sha256 } from "../support/registry-client.ts";
import { type RunningServer, startServer } from "../support/server.ts";

let server: RunningServer;
let api: RegistryClient;
beforeAll(async () => {
  server = await startServer({ env: { MODEL_REGISTRY_STORAGE__COMPRESSION: "false" } });
  api = new RegistryClient(server.baseUrl);
});
afterAll(() => server?.stop());

const MEBIBYTE = 1024 * 1024;
const model = (bytes: number) =>
  safetensors({ w: { dtype: "U8", shape: [bytes], bytes: randomBytes(bytes) } });
const pathOf = (digest: string) => join(server.dataFolder, blobKey(digest));
const fileUrl = (name: string) => `/api/v1/models/${name}/versions/1.0.0/files/m.safetensors`;

async function register(name: string, bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const answer = await api.register({ name }, [{ path: "m.safetensors", bytes }]);
  expect([200, 201], JSON.stringify(answer.body)).toContain(answer.status);
  return sha256(bytes);
}

async function flip(digest: string): Promise<void> {
  const bytes = await readFile(pathOf(digest));
  const at = Math.floor(bytes.length / 2);
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  await writeFile(pathOf(digest), bytes);
}

const isClean = async (name: string, headers: Record<string, string> = {}) => {
  try {
    return (await api.download(fileUrl(name), headers)).status < 300;
  } catch {
    return false;
  }
};

async function until<T>(look: () => Promise<T | null | undefined | false>): Promise<T> {
  for (;;) {
    const found = await look();
    if (found) return found;
    await sleep(50);
  }
}

const openAlert = async (digest: string) => {
  const { body } = await api.get("/api/v1/alerts?open=true");
  return body.items.find(({ subject }: { subject: string }) => subject === `sha256:${digest}`);
};

it.each([
  ["20 kB", 20_000],
  ["24 MiB", 24 * MEBIBYTE],
])(
  "breaks off the download of %s with a byte flipped, says so, and is healed",
  async (_size, length) => {
    const name = `flipped-${length}`;
    const bytes = model(length);
    const digest = await register(name, bytes);
    // The bytes were downloaded before: what is remembered of a file does not outlive its change.
    expect(await isClean(name)).toBe(true);
    await flip(digest);
    expect(await isClean(name)).toBe(false);
    const alert = await until(() => openAlert(digest));
    expect(alert).toMatchObject({ kind: "blob_damaged", severity: "critical" });
    expect(alert.detail).toMatchObject({ problem: "wrong_bytes" });
    const refused = await api.get(fileUrl(name));
    expect(refused.status).toBe(500);
    expect(refused.body.code).toBe("storage_corrupt");
    const { body: storage } = await api.get("/api/v1/storage");
    expect(storage.scrub.damaged_blobs).toBe(1);

    await register(`${name}-again`, bytes);
    expect(sha256((await api.download(fileUrl(name))).bytes)).toBe(digest);
    expect(await openAlert(digest)).toBeUndefined();
  },
);

it("breaks off the rest of a download that is resumed", async () => {
  const digest = await register("resumed", model(24 * MEBIBYTE));
  await flip(digest);
  expect(await isClean("resumed", { Range: `bytes=${10 * MEBIBYTE}-` })).toBe(false);
  await until(() => openAlert(digest));
});

it("never sends one blob for another, and puts both right", async () => {
  const [a, b] = [await register("a", model(50_000)), await register("b", model(50_000))];
  await rename(pathOf(a), `${pathOf(a)}.swap`);
  await rename(pathOf(b), pathOf(a));
  await rename(`${pathOf(a)}.swap`, pathOf(b));
  expect(await isClean("a")).toBe(false);
  expect(await isClean("b")).toBe(false);
  for (const [name, digest] of [
    ["a", a],
    ["b", b],
  ] as const) {
    await until(async () => !(await openAlert(digest)) && (await isClean(name)));
    expect(sha256((await api.download(fileUrl(name))).bytes)).toBe(digest);
  }
});

it("verifies on request, one blob, one model or everything, and tells what it found", async () => {
  const digest = await register("verified", model(30_000));
  const lost = await register("lost", model(30_000));
  await rm(pathOf(lost));
  const scrub = async (target: Record<string, string>) => {
    const started = await api.send("POST", "/api/v1/storage/scrubs", target);
    expect(started.status, JSON.stringify(started.body)).toBe(202);
    return until(async () => {
      const { body } = await api.get("/api/v1/storage/scrubs?limit=1");
      return body.items[0].id === started.body.id && body.items[0].finished_at && body.items[0];
    });
  };
  expect(await scrub({ digest: `sha256:${digest}` })).toMatchObject({ blobs: 1, damaged: 0 });
  const { body: blob } = await api.get(`/api/v1/storage/blobs/sha256:${digest}`);
  expect(blob.verified_at).not.toBeNull();
  expect(await scrub({ model: "lost" })).toMatchObject({ blobs: 1, damaged: 1, healed: 0 });
  expect((await openAlert(lost)).detail.problem).toBe("missing");
  const { total } = (await api.get("/api/v1/alerts?open=true")).body;
  expect(await scrub({})).toMatchObject({ state: "done", damaged: total });
  for (const unknown of [{ model: "nobody" }, { digest: `sha256:${"0".repeat(64)}` }]) {
    const answer = await api.send("POST", "/api/v1/storage/scrubs", unknown);
    expect(answer.status).toBe(404);
  }
});
