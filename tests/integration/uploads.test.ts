/** Resumable uploads through the built server: what clients may rely on, and what hostile ones get. */
import { randomBytes, randomUUID } from "node:crypto";
import { request } from "node:http";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { safetensors } from "../support/model-files.ts";
import { sha256 } from "../support/registry-client.ts";
import { type RunningServer, startServer } from "../support/server.ts";
import { contentDigest, partOf, stalling, UploadsClient } from "../support/uploads.ts";

const MEBIBYTE = 1024 * 1024;
const PART = 5 * MEBIBYTE;

let server: RunningServer;
let client: UploadsClient;

beforeAll(async () => {
  server = await startServer({
    env: {
      MODEL_REGISTRY_UPLOADS__PART_SIZE: "5MiB",
      MODEL_REGISTRY_UPLOADS__IDLE_TIMEOUT: "2s",
      MODEL_REGISTRY_STORAGE__MAX_UPLOAD_SIZE: "1GB",
    },
  });
  client = new UploadsClient(server.baseUrl);
});
afterAll(() => server.stop());

function random(size: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(randomBytes(size));
}
/** A model file of about `size` random bytes. */
function model(size: number): Uint8Array<ArrayBuffer> {
  return safetensors({ weight: { dtype: "U8", shape: [size], bytes: random(size) } });
}
const register = (name: string, files: object[], version = "1.0.0") =>
  client.api.send("POST", "/api/v1/models", { name, version, files });

describe("an upload", () => {
  it("becomes a version, byte for byte, with parts in any order and in parallel", async () => {
    const bytes = model(3 * PART + 12_345);
    const upload = await client.create(bytes.length, `sha256:${sha256(bytes)}`);
    expect(upload).toMatchObject({ part_size_bytes: PART, parts: 4, received: [] });
    await client.sendParts(upload, bytes, [3, 1, 2, 0]);
    expect((await client.get(upload.id)).body.received).toEqual([0, 1, 2, 3]);
    const done = await client.complete(upload.id);
    const sealed = { digest: `sha256:${sha256(bytes)}`, size_bytes: bytes.length };
    expect(done).toMatchObject({ status: 200, body: sealed });
    expect((await client.complete(upload.id)).body).toEqual(sealed);
    expect((await client.get(upload.id)).body.digest).toBe(sealed.digest);

    const files = [{ path: "deep/model.safetensors", upload_id: upload.id }];
    const created = await register("resumed", files);
    expect(created.status).toBe(201);
    // The answer may have been lost: the same again is the same version.
    expect((await register("resumed", files)).status).toBe(200);
    const file = "/api/v1/models/resumed/versions/1.0.0/files/deep/model.safetensors";
    expect(sha256((await client.api.download(file)).bytes)).toBe(sha256(bytes));
  });

  it("is one of many files of a version, mixed with files that are stored", async () => {
    const [first, second] = [model(1000), model(2000)];
    await client.api.register({ name: "base", version: "1.0.0" }, [{ path: "a", bytes: first }]);
    const uploads = await Promise.all([client.upload(second), client.upload(model(3000))]);
    const answer = await register("mixed", [
      { path: "stored.safetensors", digest: `sha256:${sha256(first)}` },
      { path: "new.safetensors", upload_id: uploads[0].id },
      { path: "other.safetensors", upload_id: uploads[1].id },
    ]);
    expect(answer.status).toBe(201);
    const paths = answer.body.files.map((file: { path: string }) => file.path).sort();
    expect(paths).toEqual(["new.safetensors", "other.safetensors", "stored.safetensors"]);
  });

  it("may have no bytes and no parts, and comes back like that", async () => {
    const upload = await client.create(0);
    expect(upload).toMatchObject({ parts: 0, received: [] });
    const done = await client.complete(upload.id);
    expect(done).toMatchObject({ status: 200, body: { size_bytes: 0 } });
    const weights = await client.upload(model(500));
    const answer = await register("with-empty", [
      { path: "model.safetensors", upload_id: weights.id },
      { path: "pkg/__init__.py", upload_id: upload.id },
    ]);
    expect(answer.status).toBe(201);
    const files = "/api/v1/models/with-empty/versions/1.0.0/files";
    const file = await client.api.download(`${files}/pkg/__init__.py`);
    expect(file).toMatchObject({ status: 200, bytes: new Uint8Array(0) });
  });

  it("is skipped when the registry has the bytes, and only then", async () => {
    const bytes = model(1500);
    const digest = `sha256:${sha256(bytes)}`;
    const body = { size_bytes: bytes.length, digest };
    expect((await client.tryCreate(body)).status).toBe(201);
    // Complete, but in no version yet: nobody may read it.
    await client.upload(bytes);
    expect((await client.tryCreate(body)).status).toBe(201);
    await client.api.register({ name: "skip", version: "1.0.0" }, [{ path: "m", bytes }]);
    const skipped = await client.tryCreate(body);
    expect(skipped).toMatchObject({ status: 200, body: { stored: true } });
    expect((await client.tryCreate({ ...body, size_bytes: 1 })).status).toBe(201);
    await client.api.send("DELETE", "/api/v1/models/skip");
    expect((await client.tryCreate(body)).status).toBe(201);
  });

  it("is completed once, however many ask at once", async () => {
    const bytes = random(2 * PART + 1);
    const upload = await client.create(bytes.length);
    await client.sendParts(upload, bytes);
    const answers = await Promise.all(
      Array.from({ length: 100 }, () => client.complete(upload.id)),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(new Set(answers.map(({ body }) => body.digest))).toEqual(
      new Set([`sha256:${sha256(bytes)}`]),
    );
  });

  it("shares its blob with another one of the same bytes", async () => {
    const bytes = model(PART + 99);
    const both = await Promise.all([client.upload(bytes), client.upload(bytes)]);
    expect(both[0].digest).toBe(both[1].digest);
    const named = both.map(({ id }, index) => ({ path: `${index}.safetensors`, upload_id: id }));
    expect((await register("twice", named)).status).toBe(201);
  });

  it("can be removed, and removing it again is a 404", async () => {
    const upload = await client.create(10);
    await client.put(upload.id, 0, random(10));
    expect((await client.remove(upload.id)).status).toBe(204);
    expect((await client.remove(upload.id)).status).toBe(404);
    expect((await client.get(upload.id)).body.code).toBe("upload_not_found");
  });
});

describe("a part", () => {
  it("may be sent again with the same bytes, never with others", async () => {
    const bytes = random(PART + 5);
    const upload = await client.create(bytes.length);
    for (let time = 0; time < 3; time += 1)
      expect((await client.put(upload.id, 1, partOf(bytes, upload, 1))).status).toBe(204);
    const other = await client.put(upload.id, 1, random(5));
    expect(other).toMatchObject({ status: 409, body: { code: "upload_conflict" } });
    await client.sendParts(upload, bytes, [0]);
    expect((await client.complete(upload.id)).body.digest).toBe(`sha256:${sha256(bytes)}`);
    const late = await client.put(upload.id, 1, partOf(bytes, upload, 1));
    expect(late).toMatchObject({ status: 409, body: { code: "upload_conflict" } });
  });

  it("is compared with its Content-Digest, of either algorithm", async () => {
    const bytes = random(1000);
    const upload = await client.create(1000);
    const put = (header: string) =>
      client.put(upload.id, 0, bytes, { headers: { "Content-Digest": header } });
    const other = random(1000);
    for (const wrong of [contentDigest(other), contentDigest(other, "sha512")])
      expect(await put(wrong)).toMatchObject({ status: 400, body: { code: "digest_mismatch" } });
    const half = `${contentDigest(bytes)}, ${contentDigest(other, "sha512")}`;
    expect((await put(half)).body.code).toBe("digest_mismatch");
    for (const malformed of ["sha-256=abc", "sha-256=:YWJj:", "sha-256", ":", "x".repeat(2000)])
      expect((await put(malformed)).body.code).toBe("invalid_request");
    expect((await client.get(upload.id)).body.received).toEqual([]);
    const both = `${contentDigest(bytes)}, ${contentDigest(bytes, "sha512")}, md5=:YWJj:`;
    expect((await put(both)).status).toBe(204);
  });

  it("must have its length, whatever the headers say", async () => {
    const upload = await client.create(PART + 5);
    for (const wrong of [random(0), random(4), random(6), random(PART)])
      expect(await client.put(upload.id, 1, wrong)).toMatchObject({
        status: 400,
        body: { code: "length_mismatch" },
      });
    const chunked = new Response(random(PART + 1)).body as ReadableStream<Uint8Array>;
    expect((await client.put(upload.id, 0, chunked)).body.code).toBe("length_mismatch");
    expect((await client.get(upload.id)).body.received).toEqual([]);
  });

  it("may come in chunks, and be larger than what a proxied body may be", async () => {
    const bytes = random(PART);
    const upload = await client.create(bytes.length);
    const chunked = new Response(bytes).body as ReadableStream<Uint8Array>;
    expect((await client.put(upload.id, 0, chunked)).status).toBe(204);
    expect((await client.complete(upload.id)).body.digest).toBe(`sha256:${sha256(bytes)}`);
  });

  it.each([1, 50, 99])("leaves nothing when its client is gone at %d %%", async (percent) => {
    const bytes = random(PART);
    const upload = await client.create(bytes.length);
    const sent = Math.floor((PART * percent) / 100);
    await sendAndHangUp(upload.id, bytes.subarray(0, sent));
    expect((await client.get(upload.id)).body.received).toEqual([]);
    expect((await client.put(upload.id, 0, bytes)).status).toBe(204);
    expect((await client.complete(upload.id)).body.digest).toBe(`sha256:${sha256(bytes)}`);
  });

  it("of a silent client is cut, and a new attempt does not wait for it", async () => {
    const bytes = random(PART);
    const upload = await client.create(bytes.length);
    const silent = client.put(upload.id, 0, stalling(bytes, 100_000)).catch((error) => error);
    await expect.poll(() => hasFolder(upload.id)).toBe(true);
    expect((await client.put(upload.id, 0, bytes)).status).toBe(204);
    // Refused by the newer attempt, or cut by the server after its idle time.
    const end = await silent;
    expect(end instanceof Error || end.body.code === "upload_conflict").toBe(true);
    expect((await client.complete(upload.id)).body.digest).toBe(`sha256:${sha256(bytes)}`);
  });
});

describe("what is not right", () => {
  it("names the missing parts", async () => {
    const upload = await client.create(3 * PART);
    await client.put(upload.id, 1, random(PART));
    const answer = await client.complete(upload.id);
    expect(answer).toMatchObject({ status: 409, body: { code: "upload_incomplete" } });
    expect(answer.body.errors.map(({ pointer }: { pointer: string }) => pointer)).toEqual([
      "/parts/0",
      "/parts/2",
    ]);
    const named = await register("early", [{ path: "m", upload_id: upload.id }]);
    expect(named).toMatchObject({ status: 409, body: { code: "upload_incomplete" } });
  });

  it("drops the parts when the whole is not what was announced, which may then be sent again", async () => {
    const bytes = random(PART + 5);
    const upload = await client.create(bytes.length, `sha256:${sha256(bytes)}`);
    await client.sendParts(upload, random(PART + 5));
    const answer = await client.complete(upload.id);
    expect(answer).toMatchObject({ status: 400, body: { code: "digest_mismatch" } });
    expect((await client.get(upload.id)).body.received).toEqual([]);
    await client.sendParts(upload, bytes);
    expect((await client.complete(upload.id)).body.digest).toBe(`sha256:${sha256(bytes)}`);
  });

  it.each([
    [{}, 400],
    [{ size_bytes: -1 }, 400],
    [{ size_bytes: 1.5 }, 400],
    [{ size_bytes: "10" }, 400],
    [{ size_bytes: 2 ** 60 }, 400],
    [{ size_bytes: 2e9 }, 413],
    [{ size_bytes: 1, digest: "md5:abc" }, 400],
    [{ size_bytes: 1, digest: `sha256:${"A".repeat(64)}` }, 400],
    [{ size_bytes: 1, actor: "admin", owner: "admin" }, 400],
    [{ size_bytes: null }, 400],
    [[], 400],
  ])("refuses to begin %j", async (body, status) => {
    expect((await client.tryCreate(body)).status).toBe(status);
  });

  it.each(["-1", "1", "1e0", "NaN", "Infinity", "0x0", "00", "99999999999", "٠", "0%00", "..%2f0"])(
    "has no part %s",
    async (part) => {
      const upload = await client.create(10);
      expect((await client.put(upload.id, part, random(10))).status).toBe(400);
    },
  );

  it.each(["x", "..%2f..%2fetc", randomUUID().toUpperCase(), `${randomUUID()}%00`, "ü"])(
    "has no upload %s",
    async (id) => {
      for (const answer of [client.get(id), client.remove(id), client.put(id, 0, random(1))])
        expect((await answer).status).toBe(400);
      const named = await register("hostile", [{ path: "m", upload_id: decodeURIComponent(id) }]);
      expect(named.status).toBe(400);
    },
  );

  it("does not tell an upload that never was from one that is gone", async () => {
    const id = randomUUID();
    for (const answer of [client.get(id), client.remove(id), client.complete(id)])
      expect(await answer).toMatchObject({ status: 404, body: { code: "upload_not_found" } });
    const put = await client.put(id, 0, random(PART));
    expect(put).toMatchObject({ status: 404, body: { code: "upload_not_found" } });
    const named = await register("none", [{ path: "m", upload_id: id }]);
    expect(named).toMatchObject({ status: 404, body: { code: "upload_not_found" } });
  });
});

async function hasFolder(id: string): Promise<boolean> {
  const { access } = await import("node:fs/promises");
  return access(`${server.dataFolder}/uploads/${id}/data`).then(
    () => true,
    () => false,
  );
}

/** Announces a whole part, sends so much of it, and closes the connection. */
function sendAndHangUp(id: string, bytes: Uint8Array): Promise<void> {
  return new Promise((resolve) => {
    const sending = request(`${server.baseUrl}/api/v1/uploads/${id}/parts/0`, {
      method: "PUT",
      headers: { "Content-Length": PART },
    });
    sending.on("error", () => {});
    sending.on("close", () => resolve());
    sending.write(bytes, () => sending.destroy());
  });
}
