/** Parts of files whose bytes went wrong on the disk: no clean 206 has other bytes than those that were stored. */
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { open, rename, stat, truncate, utimes } from "node:fs/promises";
import { type IncomingMessage, request } from "node:http";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createDatabase, type Database } from "../../lib/db/client.ts";
import { blobKey } from "../../lib/storage/layout.ts";
import { safetensors } from "../support/model-files.ts";
import { createTestDatabase, type TestDatabase } from "../support/postgres.ts";
import { RegistryClient, sha256 } from "../support/registry-client.ts";
import { type RunningServer, startServer } from "../support/server.ts";
import { partOf, type Upload, UploadsClient } from "../support/uploads.ts";

const KIBIBYTE = 1024;
const MEBIBYTE = 1024 * KIBIBYTE;
const STEP = 64 * KIBIBYTE;

let database: TestDatabase;
let db: Database;
let server: RunningServer;
let api: RegistryClient;
beforeAll(async () => {
  database = await createTestDatabase("migrated");
  db = createDatabase({ url: database.url, poolSize: 2 });
  server = await startServer({
    env: {
      MODEL_REGISTRY_DATABASE__URL: database.url,
      MODEL_REGISTRY_STORAGE__COMPRESSION: "false",
    },
  });
  api = new RegistryClient(server.baseUrl);
});
afterAll(async () => {
  await server?.stop();
  await db?.$disconnect();
  await database?.drop();
});

type Bytes = Uint8Array<ArrayBuffer>;
const model = (bytes: number): Bytes =>
  safetensors({ w: { dtype: "U8", shape: [bytes], bytes: randomBytes(bytes) } });
const pathOf = (digest: string) => join(server.dataFolder, blobKey(digest));
const fileUrl = (name: string) => `/api/v1/models/${name}/versions/1.0.0/files/m.safetensors`;

async function register(name: string, bytes: Bytes): Promise<string> {
  const answer = await api.register({ name }, [{ path: "m.safetensors", bytes }]);
  expect([200, 201], JSON.stringify(answer.body)).toContain(answer.status);
  return sha256(bytes);
}

/** In place, and unless told otherwise as a program that hides its traces. */
async function flip(digest: string, at: number, { hidesTime = true } = {}): Promise<void> {
  const before = await stat(pathOf(digest));
  const file = await open(pathOf(digest), "r+");
  const byte = new Uint8Array(1);
  await file.read(byte, 0, 1, at);
  byte[0] = (byte[0] ?? 0) ^ 1;
  await file.write(byte, 0, 1, at);
  await file.close();
  if (hidesTime) await utimes(pathOf(digest), before.atime, before.mtime);
}

type Part = { status: number; bytes: Bytes } | "cut";

async function part(url: string, start: number, end: number): Promise<Part> {
  try {
    return await api.download(url, { Range: `bytes=${start}-${end - 1}` });
  } catch {
    return "cut";
  }
}

/** Every part of the file; those that are answered well must be right. Gives where it was not answered well. */
async function readParts(url: string, bytes: Bytes, step = STEP): Promise<number[]> {
  const refused: number[] = [];
  for (let start = 0; start < bytes.length; start += step) {
    const end = Math.min(bytes.length, start + step);
    const answer = await part(url, start, end);
    if (answer === "cut" || answer.status !== 206) refused.push(start);
    else expect(Buffer.compare(answer.bytes, bytes.subarray(start, end)), `at ${start}`).toBe(0);
  }
  return refused;
}

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

describe.each([
  ["was never read", false],
  ["was read whole before", true],
])("a file that %s", (_name, isRead) => {
  it("gives no part with a byte turned, says so, and is healed", async () => {
    const name = `turned-${isRead}`;
    const bytes = model(3 * MEBIBYTE);
    const digest = await register(name, bytes);
    if (isRead) expect(await readParts(fileUrl(name), bytes)).toEqual([]);
    const at = 2 * MEBIBYTE + 300_001;
    await flip(digest, at);
    const answer = await part(fileUrl(name), at - 100, at + 100);
    expect(answer).toMatchObject({ status: 500 });
    expect((await readParts(fileUrl(name), bytes)).length).toBeGreaterThan(0);
    const alert = await until(() => openAlert(digest));
    expect(alert).toMatchObject({ kind: "blob_damaged", detail: { problem: "wrong_bytes" } });
    expect(
      (await api.get(`/api/v1/storage/blobs/sha256:${digest}`)).body.damaged_at,
    ).not.toBeNull();

    await register(`${name}-again`, bytes);
    expect(await readParts(fileUrl(name), bytes)).toEqual([]);
    expect(await openAlert(digest)).toBeUndefined();
  });
});

it("cuts a part of many blocks whose last byte is turned", async () => {
  const bytes = model(9 * MEBIBYTE);
  const digest = await register("long-part", bytes);
  await flip(digest, 8 * MEBIBYTE - 1);
  expect(await part(fileUrl("long-part"), 1000, 8 * MEBIBYTE)).toBe("cut");
  await until(() => openAlert(digest));
});

it("cuts a part that is turned while it is sent, although the file was right a moment ago", async () => {
  const bytes = model(64 * MEBIBYTE);
  const digest = await register("slow", bytes);
  expect(await readParts(fileUrl("slow"), bytes, 16 * MEBIBYTE)).toEqual([]);
  const last = 60 * MEBIBYTE;
  const sent = request(`${server.baseUrl}${fileUrl("slow")}`, {
    headers: { Range: `bytes=5-${last}` },
  });
  sent.end();
  const [answer] = (await once(sent, "response")) as [IncomingMessage];
  answer.pause();
  await sleep(200);
  await flip(digest, last - 10_000);
  let received = 0;
  answer.on("data", (chunk: Buffer) => {
    received += chunk.length;
  });
  answer.resume();
  await once(answer, "error");
  expect(received).toBeLessThan(last - 4);
  await until(() => openAlert(digest));
});

it("gives no part of a file that was cut, or lies in another's place", async () => {
  const cut = model(MEBIBYTE);
  const cutDigest = await register("cut", cut);
  await truncate(pathOf(cutDigest), 500_000);
  expect(await part(fileUrl("cut"), 0, STEP)).toMatchObject({ status: 500 });
  await until(() => openAlert(cutDigest));

  const both = [model(MEBIBYTE), model(MEBIBYTE)] as const;
  const a = await register("a", both[0]);
  const b = await register("b", both[1]);
  await rename(pathOf(a), `${pathOf(a)}.swap`);
  await rename(pathOf(b), pathOf(a));
  await rename(`${pathOf(a)}.swap`, pathOf(b));
  for (const [name, bytes] of [
    ["a", both[0]],
    ["b", both[1]],
  ] as const) {
    await readParts(fileUrl(name), bytes);
    await until(async () => (await readParts(fileUrl(name), bytes)).length === 0);
  }
});

it("verifies what came by a resumable upload", async () => {
  const bytes = model(9 * MEBIBYTE);
  const uploads = new UploadsClient(server.baseUrl);
  const upload: Upload = await uploads.create(bytes.length);
  for (let number = 0; number < upload.parts; number += 1)
    await uploads.put(upload.id, number, partOf(bytes, upload, number));
  expect((await uploads.complete(upload.id)).status).toBe(200);
  const files = [{ path: "m.safetensors", upload_id: upload.id }];
  expect((await api.send("POST", "/api/v1/models", { name: "resumable", files })).status).toBe(201);
  expect(await readParts(fileUrl("resumable"), bytes, 3 * MEBIBYTE)).toEqual([]);
  await flip(sha256(bytes), 5 * MEBIBYTE);
  const answer = await part(fileUrl("resumable"), 5 * MEBIBYTE - 5, 5 * MEBIBYTE + 5);
  expect(answer).toMatchObject({ status: 500 });
});

describe("a file of before there were checksums", () => {
  const forget = (digest: string) => db.blockSums.deleteMany({ where: { digest } });

  it("is hashed before a part of it is given to its end, and has checksums from then on", async () => {
    const bytes = model(3 * MEBIBYTE);
    const digest = await register("old", bytes);
    await forget(digest);
    expect(await readParts(fileUrl("old"), bytes)).toEqual([]);
    expect(await db.blockSums.count({ where: { digest } })).toBe(1);
  });

  it("gives no part with a byte turned", async () => {
    const bytes = model(20 * MEBIBYTE);
    const digest = await register("old-turned", bytes);
    await forget(digest);
    await flip(digest, 19 * MEBIBYTE);
    expect(await part(fileUrl("old-turned"), 19 * MEBIBYTE - 5, 19 * MEBIBYTE + 5)).toMatchObject({
      status: 500,
    });
    await until(() => openAlert(digest));
  });

  it("gets checksums from a scrub", async () => {
    const digest = await register("old-scrubbed", model(300_000));
    await forget(digest);
    await api.send("POST", "/api/v1/storage/scrubs", { digest: `sha256:${digest}` });
    await until(async () => (await db.blockSums.count({ where: { digest } })) === 1);
  });
});

it("is right again when the checksums were what was wrong", async () => {
  const bytes = model(MEBIBYTE);
  const digest = await register("wrong-sums", bytes);
  const { sums } = await db.blockSums.findUniqueOrThrow({ where: { digest } });
  sums[0] = (sums[0] ?? 0) ^ 1;
  await db.blockSums.update({ where: { digest }, data: { sums } });
  await flip(digest, 10);
  await flip(digest, 10);
  await readParts(fileUrl("wrong-sums"), bytes);
  await until(async () => (await readParts(fileUrl("wrong-sums"), bytes)).length === 0);
  expect(await openAlert(digest)).toBeUndefined();
});

it("sends no tar, and no part of one, with a byte turned", async () => {
  const files = [model(2 * MEBIBYTE), model(3 * MEBIBYTE)] as const;
  const answer = await api.register({ name: "pair" }, [
    { path: "a.safetensors", bytes: files[0] },
    { path: "b.safetensors", bytes: files[1] },
  ]);
  expect(answer.status).toBe(201);
  const url = "/api/v1/models/pair/versions/1.0.0/download";
  const whole = (await api.download(url)).bytes;
  await flip(sha256(files[1]), 1_500_000);
  const refused = await readParts(url, whole);
  expect(refused.length).toBeGreaterThan(0);
  await expect(api.download(url).then(({ status }) => status))
    .resolves.toBe(500)
    .catch(() => {});
  await until(() => openAlert(sha256(files[1])));
});
