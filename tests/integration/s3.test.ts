/** The product with its bytes in a real S3 store: two replicas on one bucket and one PostgreSQL. */
import { createHash, randomBytes } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand } from "@aws-sdk/client-s3";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { S3Settings } from "../../lib/storage/s3-settings.ts";
import { safetensors } from "../support/model-files.ts";
import { createTestDatabase, type TestDatabase } from "../support/postgres.ts";
import { RegistryClient, sha256 } from "../support/registry-client.ts";
import { type S3Proxy, startS3Proxy } from "../support/s3-proxy.ts";
import { S3_KEYS, type S3Server, startS3Server } from "../support/s3-server.ts";
import { type RunningServer, startServer } from "../support/server.ts";
import { settleQueue } from "../support/settled-queue.ts";
import { expectNoTemporaryFiles } from "../support/temporary-files.ts";
import { partOf, type Upload, UploadsClient } from "../support/uploads.ts";

const MEBIBYTE = 1024 * 1024;

let store: S3Server;
let proxy: S3Proxy;
let bucket: S3Settings;
let database: TestDatabase;
let first: RunningServer;
let second: RunningServer;

function environment(more: Record<string, string> = {}): Record<string, string> {
  return {
    MODEL_REGISTRY_DATABASE__URL: database.url,
    MODEL_REGISTRY_STORAGE__DRIVER: "s3",
    MODEL_REGISTRY_STORAGE__COMPRESSION: "false",
    MODEL_REGISTRY_STORAGE__S3__ENDPOINT: proxy.endpoint,
    MODEL_REGISTRY_STORAGE__S3__BUCKET: bucket.bucket,
    MODEL_REGISTRY_STORAGE__S3__PREFIX: bucket.prefix,
    MODEL_REGISTRY_STORAGE__S3__ACCESS_KEY_ID: S3_KEYS.accessKeyId,
    MODEL_REGISTRY_STORAGE__S3__SECRET_ACCESS_KEY: S3_KEYS.secretAccessKey,
    MODEL_REGISTRY_LOG__LEVEL: "debug",
    ...more,
  };
}

beforeAll(async () => {
  [store, database] = await Promise.all([startS3Server(), createTestDatabase("migrated")]);
  proxy = await startS3Proxy(store.endpoint);
  bucket = await store.createBucket();
  [first, second] = await Promise.all([
    startServer({ env: environment() }),
    startServer({ env: environment() }),
  ]);
});
afterAll(async () => {
  const printed = [first, second].map((server) => server?.logs()).join("");
  await Promise.all([first?.stop(), second?.stop()]);
  await proxy?.close();
  await Promise.all([store?.stop(), database?.drop()]);
  expect(printed).not.toContain(S3_KEYS.secretAccessKey);
});

function model(values: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  return safetensors({ weight: { dtype: "U8", shape: [values.length], bytes: values } });
}
const fileOf = (name: string) => `/api/v1/models/${name}/versions/1.0.0/files/m.safetensors`;

function register(server: RunningServer, name: string, bytes: Uint8Array<ArrayBuffer>) {
  const api = new RegistryClient(server.baseUrl);
  return api.register({ name, version: "1.0.0" }, [{ path: "m.safetensors", bytes }]);
}

async function objects(): Promise<string[]> {
  const { Contents } = await store.client.send(
    new ListObjectsV2Command({ Bucket: bucket.bucket, Prefix: bucket.prefix }),
  );
  return (Contents ?? []).map(({ Key }) => (Key ?? "").slice(bucket.prefix.length));
}

describe("two replicas", () => {
  it("see each other's models, whole and by range", async () => {
    const bytes = model(randomBytes(3 * MEBIBYTE));
    expect((await register(first, "shared", bytes)).status).toBe(201);
    const api = new RegistryClient(second.baseUrl);
    const listed = await api.get("/api/v1/models?query=shared");
    expect(listed.body.items[0]).toMatchObject({ name: "shared" });
    const whole = await api.download(fileOf("shared"));
    expect(sha256(whole.bytes)).toBe(sha256(bytes));
    expect(whole.headers.get("etag")).toBe(`"sha256:${sha256(bytes)}"`);
    for (const [start, end] of [
      [0, 0],
      [65_535, 65_536],
      [1_000_000, 2_999_999],
      [bytes.length - 5, bytes.length - 1],
    ] as const) {
      const part = await api.download(fileOf("shared"), { range: `bytes=${start}-${end}` });
      expect(part.status).toBe(206);
      expect(Buffer.compare(part.bytes, bytes.subarray(start, end + 1))).toBe(0);
    }
  });

  it("keep models in the bucket and nothing of them on their own disks", async () => {
    const bytes = model(randomBytes(1000));
    await register(second, "placed", bytes);
    const digest = sha256(bytes);
    await settleQueue(second.baseUrl);
    expect(await objects()).toEqual(
      expect.arrayContaining([
        `blobs/sha256/${digest.slice(0, 2)}/${digest.slice(2, 4)}/${digest}`,
        "metadata/placed/1.0.0.json",
      ]),
    );
    for (const { dataFolder } of [first, second]) {
      expect(existsSync(join(dataFolder, "blobs"))).toBe(false);
      await expectNoTemporaryFiles(dataFolder);
    }
  });

  it("register the same bytes at once: one blob", async () => {
    const bytes = model(randomBytes(500_000));
    const answers = await Promise.all(
      Array.from({ length: 12 }, (_, index) =>
        register(index % 2 === 0 ? first : second, `same-${index}`, bytes),
      ),
    );
    expect(answers.map(({ status }) => status)).toEqual(Array(12).fill(201));
    expect((await objects()).filter((key) => key.includes(sha256(bytes)))).toHaveLength(1);
  });

  it("move a model to the trash and back", async () => {
    const bytes = model(randomBytes(1000));
    await register(first, "trashed", bytes);
    const api = new RegistryClient(second.baseUrl);
    expect((await api.send("DELETE", "/api/v1/models/trashed")).status).toBe(204);
    await settleQueue(second.baseUrl);
    expect(await objects()).toContain("metadata/trashed/1.0.0.json");
    await new RegistryClient(first.baseUrl).send("POST", "/api/v1/models/trashed/restore");
    expect(sha256((await api.download(fileOf("trashed"))).bytes)).toBe(sha256(bytes));
  });
});

describe("an object with a byte turned", () => {
  const keyOf = (digest: string) =>
    `${bucket.prefix}blobs/sha256/${digest.slice(0, 2)}/${digest.slice(2, 4)}/${digest}`;

  async function turn(digest: string, at: number): Promise<void> {
    const object = { Bucket: bucket.bucket, Key: keyOf(digest) };
    const { Body } = await store.client.send(new GetObjectCommand(object));
    const bytes = (await Body?.transformToByteArray()) ?? new Uint8Array();
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    await store.client.send(new PutObjectCommand({ ...object, Body: bytes }));
  }

  it("is given by no range and by no download, and is healed by the same bytes", async () => {
    const bytes = model(randomBytes(3 * MEBIBYTE));
    const digest = sha256(bytes);
    await register(first, "turned", bytes);
    await turn(digest, 2 * MEBIBYTE);
    const api = new RegistryClient(second.baseUrl);
    const step = 64 * 1024;
    const refused: number[] = [];
    for (let start = 0; start < bytes.length; start += step) {
      const range = `bytes=${start}-${Math.min(bytes.length, start + step) - 1}`;
      const part = await api.download(fileOf("turned"), { range }).catch(() => null);
      if (part?.status === 206)
        expect(Buffer.compare(part.bytes, bytes.subarray(start, start + step))).toBe(0);
      else refused.push(start);
    }
    expect(refused).toContain(2 * MEBIBYTE);
    const whole = await api.download(fileOf("turned")).catch(() => null);
    expect(whole?.status ?? 500).toBe(500);
    await expect
      .poll(async () => (await api.get("/api/v1/alerts?open=true")).body.items, { timeout: 30_000 })
      .toMatchObject([{ subject: `sha256:${digest}`, detail: { problem: "wrong_bytes" } }]);
    expect((await register(second, "turned-again", bytes)).status).toBe(201);
    expect(sha256((await api.download(fileOf("turned"))).bytes)).toBe(digest);
    expect((await api.get("/api/v1/alerts?open=true")).body.total).toBe(0);
  });

  it("is noticed although its checksums are not known", async () => {
    const bytes = model(randomBytes(3 * MEBIBYTE));
    await register(first, "turned-old", bytes);
    const client = new pg.Client({ connectionString: database.url });
    await client.connect();
    await client.query("delete from block_sums where digest = $1", [sha256(bytes)]);
    await client.end();
    await turn(sha256(bytes), MEBIBYTE);
    const range = `bytes=${MEBIBYTE - 10}-${MEBIBYTE + 10}`;
    const part = await new RegistryClient(second.baseUrl)
      .download(fileOf("turned-old"), { range })
      .catch(() => null);
    expect(part?.status ?? 500).toBe(500);
  });
});

describe("kill -9 of a replica in the middle of registrations", () => {
  it("loses no acknowledged version, and shows nothing that is not whole", async () => {
    const acknowledged = new Map<string, string>();
    let isRunning = true;
    let seed = 0;
    const clients = Array.from({ length: 6 }, async () => {
      while (isRunning) {
        seed += 1;
        const name = `k-${seed}`;
        const bytes = model(randomBytes(300_000));
        const answer = await register(first, name, bytes).catch(() => null);
        if (answer?.status === 201) acknowledged.set(name, sha256(bytes));
      }
    });
    await expect.poll(() => acknowledged.size, { timeout: 60_000 }).toBeGreaterThan(10);
    await first.kill9();
    isRunning = false;
    await Promise.all(clients);

    const api = new RegistryClient(second.baseUrl);
    const listed = await api.get("/api/v1/models?limit=200&query=k-");
    for (const { name } of listed.body.items.filter((item: { name: string }) =>
      item.name.startsWith("k-"),
    )) {
      const { bytes } = await api.download(fileOf(name));
      const { body } = await api.get(`/api/v1/models/${name}/versions/1.0.0`);
      expect(sha256(bytes), name).toBe(body.sha256);
      if (acknowledged.has(name)) expect(sha256(bytes), name).toBe(acknowledged.get(name));
      acknowledged.delete(name);
    }
    expect([...acknowledged.keys()]).toEqual([]);
    await first.restart();
    await expectNoTemporaryFiles(first.dataFolder);
  });
});

describe("a resumable upload", () => {
  it("goes through both replicas, over the death of one, and is registered by the other", async () => {
    const bytes = model(randomBytes(42 * MEBIBYTE));
    const [toFirst, toSecond] = [first, second].map(
      ({ baseUrl }) => new UploadsClient(baseUrl),
    ) as [UploadsClient, UploadsClient];
    const upload = await toFirst.create(bytes.length);
    const put = (client: UploadsClient, part: number) =>
      client.put(upload.id, part, partOf(bytes, upload, part)).catch(() => null);
    expect((await put(toFirst, 2))?.status).toBe(204);
    expect((await put(toSecond, 0))?.status).toBe(204);
    const dying = put(toFirst, 1);
    await first.kill9();
    await dying;
    const now: Upload = (await toSecond.get(upload.id)).body;
    expect(now.received).toEqual(expect.arrayContaining([0, 2]));
    await toSecond.sendParts(now, bytes);
    await first.restart();
    expect((await toFirst.complete(upload.id)).body.digest).toBe(`sha256:${sha256(bytes)}`);
    const files = [{ path: "m.safetensors", upload_id: upload.id }];
    const registration = { name: "resumed", version: "1.0.0", files };
    expect((await toSecond.api.send("POST", "/api/v1/models", registration)).status).toBe(201);
    const whole = await toFirst.api.download(fileOf("resumed"));
    expect(sha256(whole.bytes)).toBe(sha256(bytes));
    expect((await objects()).filter((key) => key.startsWith("uploads/"))).toEqual([]);
    await expectNoTemporaryFiles(first.dataFolder);
  });
});

describe("a store that is away", () => {
  it("is a 503 that says so; readiness fails, liveness holds, and all recovers unaided", async () => {
    const api = new RegistryClient(first.baseUrl);
    const bytes = model(randomBytes(1000));
    proxy.setFaults(() => ({ kind: "reset" }));
    try {
      expect(await register(first, "later", bytes)).toMatchObject({
        status: 503,
        body: { code: "unavailable" },
      });
      expect((await api.download(fileOf("shared"))).status).toBe(503);
      expect((await api.get("/readyz")).status).toBe(503);
      expect((await api.get("/healthz")).status).toBe(200);
    } finally {
      proxy.setFaults(null);
    }
    expect((await api.get("/readyz")).status).toBe(200);
    expect((await register(first, "later", bytes)).status).toBe(201);
  });

  it("that hangs fails readiness in time, and not liveness", async () => {
    const api = new RegistryClient(first.baseUrl);
    process.kill(store.pid, "SIGSTOP");
    try {
      expect((await api.get("/readyz")).status).toBe(503);
      expect((await api.get("/healthz")).status).toBe(200);
    } finally {
      process.kill(store.pid, "SIGCONT");
    }
    await expect.poll(async () => (await api.get("/readyz")).status).toBe(200);
  });

  it("is a 503 when it gives nothing, and a cut when it stops: never a whole download", async () => {
    const bytes = model(randomBytes(8 * MEBIBYTE));
    await register(first, "cut", bytes);
    const download = () => new RegistryClient(second.baseUrl).download(fileOf("cut"));
    const cutAfter = (start: number, left: number) =>
      proxy.setFaults(({ operation, range }) => {
        if (operation !== "GetObject" || range === "bytes=0-65535") return null;
        const begin = Number(/^bytes=(\d+)-/.exec(range ?? "")?.[1]);
        return { kind: "cut-body", bytes: begin >= start ? 0 : left };
      });
    try {
      cutAfter(0, 0);
      expect((await download()).status).toBe(503);
      cutAfter(MEBIBYTE, 3 * MEBIBYTE);
      await expect(download()).rejects.toThrow();
    } finally {
      proxy.setFaults(null);
    }
  });
});

describe("a wrong bucket or key", () => {
  it.each([
    ["MODEL_REGISTRY_STORAGE__S3__BUCKET", "nowhere-at-all", /does not exist; create it/],
    ["MODEL_REGISTRY_STORAGE__S3__SECRET_ACCESS_KEY", "wrong-secret", /does not belong to/],
  ])("ends the start with a sentence: %s", async (name, value, sentence) => {
    const start = startServer({ env: environment({ [name]: value }) });
    const printed = await start.then(
      () => "",
      (error: Error) => error.message,
    );
    expect(printed).toMatch(sentence);
    expect(printed).not.toMatch(/wrong-secret|\n {4}at /);
  });
});

describe("redirect_downloads", () => {
  let redirecting: RunningServer;
  let bytes: Uint8Array<ArrayBuffer>;
  beforeAll(async () => {
    const name = "MODEL_REGISTRY_STORAGE__S3__REDIRECT_DOWNLOADS";
    redirecting = await startServer({ env: environment({ [name]: "true" }) });
    bytes = model(randomBytes(2 * MEBIBYTE));
    await register(redirecting, "redirected", bytes);
  });
  afterAll(() => redirecting?.stop());

  it("sends whole downloads to the store by a URL that ends soon, and counts them", async () => {
    const url = redirecting.baseUrl + fileOf("redirected");
    const answer = await fetch(url, { redirect: "manual" });
    expect(answer.status).toBe(307);
    expect(answer.headers.get("cache-control")).toBe("private, no-store");
    const location = new URL(answer.headers.get("location") ?? "");
    expect(location.origin).toBe(proxy.endpoint);
    expect(Number(location.searchParams.get("X-Amz-Expires"))).toBeLessThanOrEqual(300);
    const fetched = await fetch(location);
    expect(fetched.headers.get("content-disposition")).toContain('filename="m.safetensors"');
    expect(sha256(new Uint8Array(await fetched.arrayBuffer()))).toBe(sha256(bytes));
    const api = new RegistryClient(redirecting.baseUrl);
    const version = "/api/v1/models/redirected/versions/1.0.0";
    await expect.poll(async () => (await api.get(version)).body.downloads).toBe(1);
  });

  it("answers ranges, conditions and HEAD itself", async () => {
    const send = (method: string, headers: Record<string, string>) =>
      fetch(redirecting.baseUrl + fileOf("redirected"), { method, headers, redirect: "manual" });
    const range = await send("GET", { range: "bytes=5-9" });
    expect(range.status).toBe(206);
    expect(Buffer.compare(Buffer.from(await range.arrayBuffer()), bytes.subarray(5, 10))).toBe(0);
    expect((await send("HEAD", {})).status).toBe(200);
    const etag = `"sha256:${sha256(bytes)}"`;
    expect((await send("GET", { "if-none-match": etag })).status).toBe(304);
  });
});

describe("a large file", () => {
  it("takes no memory that grows with it, up or down", async () => {
    const small = await peakOf(() => transfer("small", 96 * MEBIBYTE));
    const large = await peakOf(() => transfer("large", 512 * MEBIBYTE));
    expect(large).toBeLessThan(small + 192 * MEBIBYTE);
  });

  /** Up, then down from the store and once more, which fills the cache. */
  async function transfer(name: string, size: number): Promise<void> {
    const digest = await uploadStreamed(first.baseUrl, name, size);
    for (let time = 0; time < 2; time += 1) {
      const response = await fetch(first.baseUrl + fileOf(name));
      const hash = createHash("sha256");
      for await (const chunk of response.body ?? []) hash.update(chunk);
      expect(hash.digest("hex")).toBe(digest);
    }
  }

  async function peakOf(work: () => Promise<void>): Promise<number> {
    let peakBytes = 0;
    const watch = setInterval(() => {
      peakBytes = Math.max(peakBytes, residentBytes(first.pid));
    }, 20);
    try {
      await work();
    } finally {
      clearInterval(watch);
    }
    return peakBytes;
  }
});

function residentBytes(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) * 1024;
}

/** A multipart registration that this process does not hold in memory either. Gives the file's SHA-256. */
async function uploadStreamed(baseUrl: string, name: string, size: number): Promise<string> {
  const hash = createHash("sha256");
  const json = Buffer.from(
    JSON.stringify({ weight: { dtype: "U8", shape: [size], data_offsets: [0, size] } }),
  );
  const prefix = Buffer.alloc(8);
  prefix.writeBigUInt64LE(BigInt(json.length));
  const boundary = "boundary-of-the-test";
  const field = (key: string, value: string) =>
    `--${boundary}\r\nContent-Disposition: form-data; name="${key}"\r\n\r\n${value}\r\n`;
  const answer = new Promise<number>((resolve, reject) => {
    const sending = request(
      `${baseUrl}/api/v1/models`,
      {
        method: "POST",
        headers: { "Content-Type": `multipart/form-data; boundary=${boundary}` },
      },
      (response) => {
        response.resume().on("end", () => resolve(response.statusCode ?? 0));
      },
    );
    sending.on("error", reject);
    const write = async () => {
      const push = async (chunk: Uint8Array) => {
        if (!sending.write(chunk))
          await new Promise<void>((drained) => sending.once("drain", drained));
      };
      sending.write(field("name", name) + field("version", "1.0.0"));
      sending.write(
        `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="m.safetensors"\r\n\r\n`,
      );
      for (const chunk of [prefix, json]) {
        hash.update(chunk);
        await push(chunk);
      }
      const block = randomBytes(MEBIBYTE);
      for (let at = 0; at < size; at += block.length) {
        const fresh = Buffer.from(block);
        fresh.writeBigUInt64LE(BigInt(at));
        hash.update(fresh);
        await push(fresh);
      }
      sending.end(`\r\n--${boundary}--\r\n`);
    };
    write().catch(reject);
  });
  expect(await answer).toBe(201);
  return hash.digest("hex");
}
