/** Resumable uploads below HTTP: who may, when they end, and that any order of events gives the exact bytes. */
import { createHash, randomBytes, randomUUID } from "node:crypto";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { anonymous } from "../../lib/access/actor.ts";
import { composeServices, type Services } from "../../lib/compose.ts";
import { loadConfig } from "../../lib/config/load-config.ts";
import { millis } from "../../lib/db/database-clock.ts";
import type { ModelCtx } from "../../lib/models/model-context.ts";
import { stageNamedFiles } from "../../lib/models/stage-named-files.ts";
import { abortUpload } from "../../lib/uploads/resumable/abort-upload.ts";
import { completeUpload } from "../../lib/uploads/resumable/complete-upload.ts";
import { choosePartSize, createUpload } from "../../lib/uploads/resumable/create-upload.ts";
import { describeUpload } from "../../lib/uploads/resumable/describe-upload.ts";
import { expireUploads } from "../../lib/uploads/resumable/expire-uploads.ts";
import { putPart } from "../../lib/uploads/resumable/put-part.ts";
import { userActor } from "../support/actors.ts";
import { createTestDatabase, type TestDatabase } from "../support/postgres.ts";

/** Far below what the configuration allows, so that many parts cost nothing. */
const PART_BYTES = 1000;
const EXPIRE_MS = 60_000;

let database: TestDatabase;
let folder: string;
let services: Services;
let ctx: ModelCtx;

beforeAll(async () => {
  database = await createTestDatabase("migrated");
  folder = await mkdtemp(join(tmpdir(), "registry-uploads-"));
  const config = loadConfig({
    DATABASE_URL: database.url,
    MODEL_REGISTRY_STORAGE__BASE_PATH: folder,
    MODEL_REGISTRY_STORAGE__MIN_FREE_SPACE: "1MB",
    MODEL_REGISTRY_LOG__LEVEL: "error",
  });
  const uploads = { ...config.uploads, partSizeBytes: PART_BYTES, expireAfterMs: EXPIRE_MS };
  services = await composeServices({ ...config, uploads }, { background: false });
  ctx = services.createContext({ requestId: null, address: null });
});
afterAll(async () => {
  await services.close();
  await database.drop();
  await rm(folder, { recursive: true });
});

/** Only the database's clock counts, so time passes by making what it dated older. */
const letPass = (ms: number) =>
  services.db.$executeRaw`update upload set expires_at = expires_at - ${millis(ms)}`;
const hexOf = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

async function begin(bytes: Uint8Array, as = ctx): Promise<string> {
  const upload = await createUpload(as, { size_bytes: bytes.length });
  if ("stored" in upload) throw new Error("nobody has these bytes");
  return upload.id;
}
function put(id: string, part: number, bytes: Uint8Array, as = ctx): Promise<void> {
  async function* body() {
    yield bytes.subarray(0, 300);
    yield bytes.subarray(300);
  }
  return putPart(as, { id, part, headers: {}, body: body() });
}
const slice = (bytes: Uint8Array, part: number) =>
  bytes.subarray(part * PART_BYTES, (part + 1) * PART_BYTES);
async function uploadAll(bytes: Uint8Array, as = ctx): Promise<string> {
  const id = await begin(bytes, as);
  for (let part = 0; part * PART_BYTES < bytes.length; part += 1)
    await put(id, part, slice(bytes, part), as);
  await completeUpload(as, id);
  return id;
}
async function storedBytes(sha256: string, sizeBytes: number): Promise<Buffer> {
  const reader = await ctx.blobs.openReader(sha256, sizeBytes);
  const into = Buffer.alloc(sizeBytes);
  for (let at = 0; at < sizeBytes; ) at += await reader.read(into.subarray(at), at);
  await reader.close();
  return into;
}
const uploadFolders = () => readdir(join(folder, "uploads"));

describe("an upload", () => {
  it("belongs to its actor: for everybody else it is not there", async () => {
    const bytes = randomBytes(1500);
    const id = await begin(bytes);
    const done = await uploadAll(randomBytes(10));
    const other = { ...ctx, actor: userActor("somebody") };
    const notFound = { code: "upload_not_found" };
    await expect(describeUpload(other, id)).rejects.toMatchObject(notFound);
    await expect(put(id, 0, slice(bytes, 0), other)).rejects.toMatchObject(notFound);
    await expect(completeUpload(other, id)).rejects.toMatchObject(notFound);
    await expect(completeUpload(other, done)).rejects.toMatchObject(notFound);
    await expect(abortUpload(other, id)).rejects.toMatchObject(notFound);
    const named = [{ path: "m.bin", upload_id: done }];
    await expect(stageNamedFiles(other, named)).rejects.toMatchObject(notFound);
    expect(await stageNamedFiles(ctx, named)).toMatchObject([{ path: "m.bin", sizeBytes: 10 }]);
    await abortUpload(ctx, id);
  });

  it("is refused to anonymous clients where accounts are required", async () => {
    const strict = { ...ctx, actor: anonymous(true) };
    const id = randomUUID();
    for (const refused of [
      createUpload(strict, { size_bytes: 1 }),
      describeUpload(strict, id),
      put(id, 0, Buffer.alloc(1), strict),
      completeUpload(strict, id),
      abortUpload(strict, id),
    ])
      await expect(refused).rejects.toMatchObject({ code: "unauthenticated" });
  });

  it("is gone when its time is over, and each part gives it more", async () => {
    const bytes = randomBytes(2500);
    const id = await begin(bytes);
    const nextYear = { ...ctx, now: () => new Date(Date.now() + 365 * 24 * 60 * EXPIRE_MS) };
    await letPass(EXPIRE_MS - 10_000);
    await put(id, 0, slice(bytes, 0), nextYear);
    await letPass(EXPIRE_MS - 10_000);
    expect((await describeUpload(nextYear, id)).received).toEqual([0]);
    await expireUploads(nextYear);
    expect(await uploadFolders()).toContain(id);
    await letPass(10_000);
    await expect(describeUpload(ctx, id)).rejects.toMatchObject({ code: "upload_not_found" });
    await expect(put(id, 1, slice(bytes, 1))).rejects.toMatchObject({ code: "upload_not_found" });
    await expireUploads(ctx);
    expect(await uploadFolders()).toEqual([]);
    expect(await ctx.db.upload.count({ where: { id } })).toBe(0);
    expect(await ctx.db.uploadPart.count({ where: { uploadId: id } })).toBe(0);
  });

  it("leaves nothing in the store that belongs to no upload", async () => {
    const orphan = randomUUID();
    await mkdir(join(folder, "uploads", orphan));
    await writeFile(join(folder, "uploads", orphan, "data"), "left by a crash");
    const open = await begin(Buffer.alloc(10));
    await put(open, 0, Buffer.alloc(10));
    await expireUploads(ctx);
    expect(await uploadFolders()).toEqual([open]);
    await abortUpload(ctx, open);
    expect(await uploadFolders()).toEqual([]);
  });

  it("is one of a bounded number", async () => {
    const actor = userActor("greedy");
    await ctx.db.$executeRaw`
      insert into upload (id, actor, actor_id, size_bytes, part_size_bytes, part_count, expires_at)
      select gen_random_uuid(), 'greedy', 'user-greedy', 1, 1000, 1, now() + interval '1 hour'
      from generate_series(1, 20000)`;
    const refused = createUpload({ ...ctx, actor }, { size_bytes: 1 });
    await expect(refused).rejects.toMatchObject({ code: "too_many_uploads", status: 429 });
    await createUpload(ctx, { size_bytes: 1 });
    await ctx.db.upload.deleteMany({ where: { actor: "greedy" } });
  });

  it("is refused when it would not leave the free space that the configuration asks for", async () => {
    const storage = { ...ctx.config.storage, minFreeSpaceBytes: 1e18 };
    const full = { ...ctx, config: { ...ctx.config, storage } };
    const refused = { code: "insufficient_storage", status: 507 };
    await expect(createUpload(full, { size_bytes: 1 })).rejects.toMatchObject(refused);
    const id = await begin(Buffer.alloc(10));
    await expect(put(id, 0, Buffer.alloc(10), full)).rejects.toMatchObject(refused);
    await abortUpload(ctx, id);
  });

  it("has at most 10,000 parts, of the configured size or larger", () => {
    const mebibyte = 1024 ** 2;
    expect(choosePartSize(1, 16 * mebibyte)).toBe(16 * mebibyte);
    expect(choosePartSize(10_000 * 16 * mebibyte, 16 * mebibyte)).toBe(16 * mebibyte);
    const large = choosePartSize(10_000 * 16 * mebibyte + 1, 16 * mebibyte);
    expect(large).toBe(17 * mebibyte);
    for (const size of [1, 2e9, 2e11, 2e12])
      expect(size / choosePartSize(size, 5 * mebibyte)).toBeLessThanOrEqual(10_000);
  });
});

describe("any order of parts, repeats, and attempts that end early", () => {
  const attempt = fc.record({
    part: fc.nat(5),
    cut: fc.option(fc.nat(PART_BYTES - 1), { nil: null }),
    isWrong: fc.boolean(),
  });

  it("gives the exact bytes, or says what is missing", async () => {
    const attempts = fc.array(attempt, { minLength: 3, maxLength: 40 });
    const model = fc.asyncProperty(
      attempts,
      fc.integer({ min: 1, max: 5500 }),
      async (all, size) => {
        const bytes = randomBytes(size);
        const parts = Math.ceil(size / PART_BYTES);
        const id = await begin(bytes);
        const outcomes = await Promise.allSettled(
          all.map(({ part, cut, isWrong }) => run(id, part, slice(bytes, part), cut, isWrong)),
        );
        const { received } = await describeUpload(ctx, id);
        const sound = new Set<number>();
        for (const [index, outcome] of outcomes.entries())
          if (outcome.status === "fulfilled") sound.add(all[index]?.part ?? -1);
        expect(received).toEqual([...sound].sort((a, b) => a - b));
        if (received.length < parts)
          await expect(completeUpload(ctx, id)).rejects.toMatchObject({
            code: "upload_incomplete",
          });
        for (let part = 0; part < parts; part += 1) await put(id, part, slice(bytes, part));
        expect(await completeUpload(ctx, id)).toEqual({
          digest: `sha256:${hexOf(bytes)}`,
          size_bytes: size,
        });
        expect((await storedBytes(hexOf(bytes), size)).equals(bytes)).toBe(true);
      },
    );
    await fc.assert(model, { numRuns: 40 });
    expect(ctx.transfers.turns.size).toBe(0);
    expect((await uploadFolders()).filter((name) => name.startsWith("tmp-"))).toEqual([]);
  });

  /** An attempt that is whole, that ends early, or whose bytes are not those that it announces. */
  async function run(
    id: string,
    part: number,
    bytes: Uint8Array,
    cut: number | null,
    isWrong: boolean,
  ): Promise<void> {
    async function* body() {
      const sent = isWrong ? Buffer.alloc(bytes.length, 7) : bytes;
      for (let at = 0; at < sent.length; at += 200) {
        if (cut !== null && at >= cut) throw new Error("the client went away");
        yield sent.subarray(at, at + 200);
        await new Promise((resolve) => setImmediate(resolve));
      }
    }
    const digest = createHash("sha256").update(bytes).digest("base64");
    const headers = { "content-digest": `sha-256=:${digest}:` };
    await putPart(ctx, { id, part, headers, body: body() });
  }
});
